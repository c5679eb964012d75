variable "alarm_topic_arn" {
  description = "Topic that hears of failed, timed out and aborted executions, and of starts and stops that could not be delivered. null = the alarms have no action."
  type        = string
  default     = null
}

variable "flows" {
  description = "The flows that the workflows may act on: key → ARN, up to 20, in the provider's Region. Schedules name the key."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.flows) >= 1 && length(var.flows) <= 20
    error_message = "flows must have 1 to 20 flows, the most that a Region has."
  }
  validation {
    condition     = alltrue([for key in keys(var.flows) : can(regex("^[a-z0-9][a-z0-9-]{0,31}$", key))])
    error_message = "flows: a key must have 1 to 32 lower-case letters, digits or '-', and not start with '-'. Wrong: ${join(", ", [for key in keys(var.flows) : key if !can(regex("^[a-z0-9][a-z0-9-]{0,31}$", key))])}."
  }
  validation {
    condition     = alltrue([for arn in values(var.flows) : can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:[A-Za-z0-9_-]+$", arn))])
    error_message = "flows must hold ARNs of MediaConnect flows, such as arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-23aBC45dEF67hiJ8-12AbC34DE5fG:studio-a."
  }
  validation {
    # Step Functions calls services of its own Region only.
    condition     = alltrue([for arn in values(var.flows) : try(split(":", arn)[3], local.region) == local.region])
    error_message = "flows must be in the provider's Region, ${local.region}: a deployment of this module for each Region."
  }
  validation {
    condition     = length(distinct(values(var.flows))) == length(var.flows)
    error_message = "flows: two keys have the same ARN."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the workflows' log groups; its policy must admit logs.<region>.amazonaws.com and delivery.logs.amazonaws.com. null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that the workflows' logs are kept; 0 = for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "maximum_event_age_seconds" {
  description = "Seconds that Scheduler keeps trying to deliver a start or stop: 60 to 86400. Later than that it does more harm than good: it lies in the dead-letter queue, and an alarm says so."
  type        = number
  default     = 900
  nullable    = false

  validation {
    condition     = var.maximum_event_age_seconds >= 60 && var.maximum_event_age_seconds <= 86400
    error_message = "maximum_event_age_seconds must be from 60 to 86400."
  }
}

variable "maximum_retry_attempts" {
  description = "Times that Scheduler retries a delivery: 0 to 185."
  type        = number
  default     = 24
  nullable    = false

  validation {
    condition     = var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 185
    error_message = "maximum_retry_attempts must be from 0 to 185."
  }
}

variable "name" {
  description = "Name of the deployment; what belongs to it is called `<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,48}$", var.name))
    error_message = "name must have 1 to 49 letters, digits, '-' or '_', so that `<name>-flow-lifecycle` fits into the 64 of a schedule group, and start with a letter or digit."
  }
}

variable "schedules" {
  description = "When flows are started and stopped, by the schedule's name. flow is a key of flows; action start or stop. schedule_expression: cron(…) with six fields, rate(…), or at(yyyy-mm-ddThh:mm:ss) for once. cron and at mean the wall clock of timezone, an IANA name, in summer and winter. start and end (RFC 3339, in UTC) bound cron and rate; a rate without start begins at once. description: at most 512 characters."
  type = map(object({
    action              = string
    description         = optional(string)
    enabled             = optional(bool, true)
    end                 = optional(string)
    flow                = string
    schedule_expression = string
    start               = optional(string)
    timezone            = optional(string, "UTC")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.schedules) : can(regex("^[A-Za-z0-9_.-]{1,64}$", key))])
    error_message = "schedules: a name must have 1 to 64 letters, digits, '-', '_' or '.'. Wrong: ${join(", ", [for key in keys(var.schedules) : key if !can(regex("^[A-Za-z0-9_.-]{1,64}$", key))])}."
  }
  validation {
    condition     = alltrue([for one in values(var.schedules) : contains(["start", "stop"], one.action)])
    error_message = "schedules: action must be start or stop. A restart is an outage that nobody should schedule. Wrong: ${join(", ", [for key, one in var.schedules : key if !contains(["start", "stop"], one.action)])}."
  }
  validation {
    condition     = alltrue([for one in values(var.schedules) : contains(keys(var.flows), one.flow)])
    error_message = "schedules: flow must be a key of flows: ${join(", ", keys(var.flows))}. Wrong: ${join(", ", [for key, one in var.schedules : "${key} (${one.flow})" if !contains(keys(var.flows), one.flow)])}."
  }
  validation {
    condition     = alltrue([for one in values(var.schedules) : can(regex("^(rate\\([1-9][0-9]* (minute|minutes|hour|hours|day|days)\\)|cron\\(([^ ()]+ ){5}[^ ()]+\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\))$", one.schedule_expression))])
    error_message = "schedules: schedule_expression must be cron() with six fields (minutes hours day-of-month month day-of-week year), rate(1 day) and the like, or at(2026-12-31T18:00:00). Wrong: ${join(", ", [for key, one in var.schedules : key if !can(regex("^(rate\\([1-9][0-9]* (minute|minutes|hour|hours|day|days)\\)|cron\\(([^ ()]+ ){5}[^ ()]+\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\))$", one.schedule_expression))])}."
  }
  validation {
    # In cron, one of the two fields for days has to be '?'.
    condition     = alltrue([for one in values(var.schedules) : contains(split(" ", one.schedule_expression), "?") if startswith(one.schedule_expression, "cron(")])
    error_message = "schedules: of cron's day-of-month and day-of-week one must be '?', as in cron(0 18 ? * FRI *). Wrong: ${join(", ", [for key, one in var.schedules : key if startswith(one.schedule_expression, "cron(") && !contains(split(" ", one.schedule_expression), "?")])}."
  }
  validation {
    condition     = alltrue([for one in values(var.schedules) : can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2})$", one.timezone))])
    error_message = "schedules: timezone must be UTC or an IANA name such as Europe/Berlin; abbreviations such as CET know no summer time. Wrong: ${join(", ", [for key, one in var.schedules : key if !can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2})$", one.timezone))])}."
  }
  validation {
    condition     = alltrue(flatten([for one in values(var.schedules) : [for moment in compact([one.start, one.end]) : endswith(moment, "Z") && can(timecmp(moment, moment))]]))
    error_message = "schedules: start and end must be moments in UTC such as 2026-12-01T00:00:00Z. Wrong: ${join(", ", [for key, one in var.schedules : key if !alltrue([for moment in compact([one.start, one.end]) : endswith(moment, "Z") && can(timecmp(moment, moment))])])}."
  }
  validation {
    condition     = alltrue([for one in values(var.schedules) : one.start == null || one.end == null ? true : try(timecmp(one.start, one.end) < 0, true)])
    error_message = "schedules: start must come before end. Wrong: ${join(", ", [for key, one in var.schedules : key if one.start == null || one.end == null ? false : try(timecmp(one.start, one.end) >= 0, false)])}."
  }
  validation {
    condition     = alltrue([for one in values(var.schedules) : one.start == null && one.end == null if startswith(one.schedule_expression, "at(")])
    error_message = "schedules: at() has its one moment: leave start and end out. Wrong: ${join(", ", [for key, one in var.schedules : key if startswith(one.schedule_expression, "at(") && (one.start != null || one.end != null)])}."
  }
  validation {
    condition     = alltrue([for one in values(var.schedules) : one.description == null ? true : length(one.description) <= 512])
    error_message = "schedules: description must have at most 512 characters. Wrong: ${join(", ", [for key, one in var.schedules : key if one.description == null ? false : length(one.description) > 512])}."
  }
}

variable "settle_timeout_seconds" {
  description = "Seconds that are waited for a flow to settle, each time that it is: 10 to 3600. After that the workflow fails with FlowNotSettled."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.settle_timeout_seconds >= 10 && var.settle_timeout_seconds <= 3600 && floor(var.settle_timeout_seconds) == var.settle_timeout_seconds
    error_message = "settle_timeout_seconds must be a whole number from 10 to 3600."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
