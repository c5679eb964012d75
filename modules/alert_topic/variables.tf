variable "alarm_topic_arn" {
  description = "Topic that hears when undelivered messages lie in the dead-letter queue. Not this topic: what it cannot deliver, it cannot report. null = the alarm has no action."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn must be the ARN of an SNS topic."
  }
}

variable "allowed_publisher_role_arns" {
  description = "IAM roles of other accounts that may publish. Roles of this account need only sns:Publish, kms:GenerateDataKey* and kms:Decrypt in their own policy."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.allowed_publisher_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", arn))])
    error_message = "Each of allowed_publisher_role_arns must be the ARN of an IAM role."
  }
}

variable "dead_letter_retention_days" {
  description = "Days that undelivered messages are kept: 1 to 14."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.dead_letter_retention_days >= 1 && var.dead_letter_retention_days <= 14
    error_message = "dead_letter_retention_days must be from 1 to 14, the longest that SQS keeps a message."
  }
}

variable "delivery_status_logging" {
  description = "Logs each delivery to HTTP, Lambda, SQS and Firehose: how many of the successes (per cent; failures always), and for how long. null = no such logs."
  type = object({
    retention_days         = optional(number, 30)
    success_sample_percent = optional(number, 100)
  })
  default = null

  validation {
    condition = var.delivery_status_logging == null ? true : (
      var.delivery_status_logging.success_sample_percent >= 0 && var.delivery_status_logging.success_sample_percent <= 100
    )
    error_message = "delivery_status_logging.success_sample_percent must be from 0 to 100."
  }
}

variable "display_name" {
  description = "Sender name in e-mails and text messages, at most 100 characters; text messages show the first 10. null = SNS's own."
  type        = string
  default     = null

  validation {
    condition     = var.display_name == null ? true : length(var.display_name) <= 100
    error_message = "display_name must have at most 100 characters."
  }
}

variable "https_retries" {
  description = "How SNS retries an HTTP or HTTPS endpoint that does not answer with 2xx: the number of retries and the shortest and longest pause between them. The whole may not exceed an hour."
  type = object({
    count             = optional(number, 10)
    max_delay_seconds = optional(number, 60)
    min_delay_seconds = optional(number, 2)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.https_retries.count >= 0 && var.https_retries.count <= 100
    error_message = "https_retries.count must be from 0 to 100."
  }
  validation {
    condition     = var.https_retries.min_delay_seconds >= 1 && var.https_retries.min_delay_seconds <= var.https_retries.max_delay_seconds
    error_message = "https_retries.min_delay_seconds must be at least 1 and at most max_delay_seconds."
  }
  validation {
    condition     = var.https_retries.count * var.https_retries.max_delay_seconds <= 3600
    error_message = "https_retries: count × max_delay_seconds must be at most 3600, the longest that SNS retries."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the deletion of the topic's key and its end: 7 to 30."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days must be from 7 to 30."
  }
}

variable "name" {
  description = "Name of the topic. The dead-letter queue is called `<name>-dead-letters` and the key's alias `alias/<name>`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_-]{0,66}$", var.name)) && !startswith(lower(var.name), "aws")
    error_message = "name must have 1 to 67 letters, digits, '-' or '_', start with a letter and not with 'aws' (SQS allows 80 characters with '-dead-letters')."
  }
}

variable "publisher_services" {
  description = "AWS services that may publish to the topic and use its key, for this account only. events.amazonaws.com cannot be held to the account, as EventBridge does not tell SNS for whom it publishes: name it only where a rule has the topic as its target."
  type        = set(string)
  default     = ["cloudwatch.amazonaws.com"]
  nullable    = false

  validation {
    condition     = alltrue([for service in var.publisher_services : can(regex("^[a-z0-9.-]+\\.amazonaws\\.com$", service))])
    error_message = "Each of publisher_services must be a service principal like cloudwatch.amazonaws.com."
  }
}

variable "signature_version" {
  description = "How SNS signs messages to HTTP and HTTPS endpoints: 1 = SHA-1, 2 = SHA-256. null = SNS's own choice (1)."
  type        = number
  default     = null

  validation {
    condition     = var.signature_version == null ? true : contains([1, 2], var.signature_version)
    error_message = "signature_version must be 1 or 2."
  }
}

variable "subscriptions" {
  description = "Who is told, by a key of your choice. `severities` (of HIGH, MEDIUM, LOW) filters on the message attribute `severity`; null = every message. `raw_message_delivery` is for sqs, http, https and firehose; `subscription_role_arn` for firehose only; `endpoint_auto_confirms` and `confirmation_timeout_minutes` for http and https."
  type = map(object({
    protocol                     = string
    endpoint                     = string
    severities                   = optional(set(string))
    raw_message_delivery         = optional(bool, false)
    subscription_role_arn        = optional(string)
    endpoint_auto_confirms       = optional(bool, false)
    confirmation_timeout_minutes = optional(number, 1)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for subscription in values(var.subscriptions) : contains(
      ["email", "email-json", "sms", "http", "https", "sqs", "lambda", "firehose"], subscription.protocol
    )])
    error_message = "subscriptions: protocol must be one of email, email-json, sms, http, https, sqs, lambda, firehose."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : can(regex("^[^@\\s<>,;\"]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$", subscription.endpoint))
      if contains(["email", "email-json"], subscription.protocol)
    ])
    error_message = "subscriptions: the endpoint of email and email-json must be one mail address like noc@example.com."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : can(regex("^\\+[1-9][0-9]{6,14}$", subscription.endpoint)) if subscription.protocol == "sms"
    ])
    error_message = "subscriptions: the endpoint of sms must be a phone number in E.164 form: '+', the country code and at most 15 digits, like +12025550123."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : can(regex("^${subscription.protocol}://[^\\s/?#]+([/?#]\\S*)?$", subscription.endpoint))
      if contains(["http", "https"], subscription.protocol)
    ])
    error_message = "subscriptions: the endpoint of http and https must be a URL that begins with its protocol: http://… for http, https://… for https."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : can(regex("^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}$", subscription.endpoint))
      if subscription.protocol == "sqs"
    ])
    error_message = "subscriptions: the endpoint of sqs must be the ARN of a standard queue (a standard topic cannot deliver to a .fifo queue)."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]+)?$", subscription.endpoint))
      if subscription.protocol == "lambda"
    ])
    error_message = "subscriptions: the endpoint of lambda must be the ARN of a function or of one of its aliases."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : can(regex("^arn:aws[a-z-]*:firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/[A-Za-z0-9_.-]{1,64}$", subscription.endpoint))
      if subscription.protocol == "firehose"
    ])
    error_message = "subscriptions: the endpoint of firehose must be the ARN of a delivery stream."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : (
        subscription.protocol == "firehose"
        ? can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", subscription.subscription_role_arn))
        : subscription.subscription_role_arn == null
      )
    ])
    error_message = "subscriptions: firehose needs subscription_role_arn, the ARN of a role that SNS may assume to write to the delivery stream; no other protocol takes it."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : length(coalesce(subscription.severities, ["HIGH"])) > 0 && alltrue([
        for severity in coalesce(subscription.severities, []) : contains(["HIGH", "MEDIUM", "LOW"], severity)
      ])
    ])
    error_message = "subscriptions: severities must name at least one of HIGH, MEDIUM, LOW; leave it out for every message."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : !subscription.raw_message_delivery || contains(["sqs", "http", "https", "firehose"], subscription.protocol)
    ])
    error_message = "subscriptions: raw_message_delivery is for sqs, http, https and firehose only."
  }
  validation {
    condition = alltrue([
      for subscription in values(var.subscriptions) : subscription.confirmation_timeout_minutes >= 1 && subscription.confirmation_timeout_minutes <= 60
    ])
    error_message = "subscriptions: confirmation_timeout_minutes must be from 1 to 60."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
