variable "alarm_topic_arn" {
  description = "Topic that hears when undelivered events lie in this module's dead-letter queue. null = the alarm has no action."
  type        = string
  default     = null
}

variable "create_dead_letter_queue" {
  description = "Whether the rule gets a dead-letter queue of its own, `<name>-dead-letters`, with an alarm. Set to false together with `dead_letter_queue_arn`."
  type        = bool
  default     = true
  nullable    = false
}

variable "dead_letter_queue_arn" {
  description = "A standard queue of the caller's, in place of the rule's own. Its policy must allow sqs:SendMessage to events.amazonaws.com from this rule's ARN. Needs create_dead_letter_queue = false."
  type        = string
  default     = null

  validation {
    condition     = var.create_dead_letter_queue ? var.dead_letter_queue_arn == null : var.dead_letter_queue_arn != null
    error_message = "dead_letter_queue_arn goes with create_dead_letter_queue = false: set both, or neither."
  }
}

variable "description" {
  description = "What the rule is for, at most 512 characters."
  type        = string
  default     = null

  validation {
    condition     = var.description == null ? true : length(var.description) <= 512
    error_message = "description must have at most 512 characters."
  }
}

variable "enabled" {
  description = "Whether the rule is on."
  type        = bool
  default     = true
  nullable    = false
}

variable "event_bus_name" {
  description = "Event bus of the rule. Schedules live on the default bus only."
  type        = string
  default     = "default"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]{1,256}$", var.event_bus_name))
    error_message = "event_bus_name must have 1 to 256 letters, digits, '.', '-', '_' or '/'."
  }
  validation {
    condition     = var.schedule_expression == null || var.event_bus_name == "default"
    error_message = "event_bus_name must be default for a rule with schedule_expression."
  }
}

variable "event_pattern" {
  description = "JSON pattern of the events that start the machine. Give this or `schedule_expression`."
  type        = string
  default     = null

  validation {
    condition     = var.event_pattern == null ? true : can(keys(jsondecode(var.event_pattern)))
    error_message = "event_pattern must be a JSON object, for instance from jsonencode({ source = [\"aws.cloudwatch\"] })."
  }
  validation {
    condition     = var.event_pattern == null ? true : length(var.event_pattern) <= 4096
    error_message = "event_pattern must have at most 4096 characters."
  }
  validation {
    condition     = (var.event_pattern == null) != (var.schedule_expression == null)
    error_message = "Set either event_pattern or schedule_expression, not both and not neither."
  }
}

variable "input" {
  description = "JSON text passed to the machine in place of the event. null = the whole event, or what `input_transformer` makes of it."
  type        = string
  default     = null

  validation {
    condition     = var.input == null ? true : can(jsondecode(var.input))
    error_message = "input must be JSON, for instance from jsonencode()."
  }
  validation {
    condition     = var.input == null || var.input_transformer == null
    error_message = "Set input or input_transformer, not both."
  }
}

variable "input_transformer" {
  description = "Values taken from the event (`input_paths`: name → JSONPath) and the text made of them (`input_template`, with `<name>` where a value goes)."
  type = object({
    input_paths    = optional(map(string), {})
    input_template = string
  })
  default = null

  validation {
    condition     = var.input_transformer == null ? true : length(var.input_transformer.input_paths) <= 100 && alltrue([for path in values(var.input_transformer.input_paths) : startswith(path, "$")])
    error_message = "input_transformer.input_paths must have at most 100 JSONPaths, each beginning with '$'."
  }
  validation {
    condition     = var.input_transformer == null ? true : length(var.input_transformer.input_template) >= 1 && length(var.input_transformer.input_template) <= 8192
    error_message = "input_transformer.input_template must have 1 to 8192 characters."
  }
}

variable "maximum_event_age_seconds" {
  description = "Seconds that EventBridge keeps trying to deliver an event: 60 to 86400."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.maximum_event_age_seconds >= 60 && var.maximum_event_age_seconds <= 86400
    error_message = "maximum_event_age_seconds must be from 60 to 86400."
  }
}

variable "maximum_retry_attempts" {
  description = "Times that EventBridge retries a delivery: 0 to 185."
  type        = number
  default     = 24
  nullable    = false

  validation {
    condition     = var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 185
    error_message = "maximum_retry_attempts must be from 0 to 185."
  }
}

variable "name" {
  description = "Name of the rule; what belongs to it is called `<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", var.name))
    error_message = "name must have 1 to 64 letters, digits, '-' or '_', the longest that EventBridge allows, and start with a letter or digit."
  }
}

variable "schedule_expression" {
  description = "rate(…) or cron(…). Give this or `event_pattern`."
  type        = string
  default     = null

  validation {
    condition     = var.schedule_expression == null ? true : can(regex("^(rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)|cron\\(([^ ()]+ ){5}[^ ()]+\\))$", var.schedule_expression))
    error_message = "schedule_expression must be rate(1 minute), rate(5 minutes) and the like (singular for 1), or cron() with six fields."
  }
}

variable "state_machine_arn" {
  description = "ARN of the state machine to start, or better of its alias."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}(:[A-Za-z0-9_.-]+)?$", var.state_machine_arn))
    error_message = "state_machine_arn must be the ARN of a state machine or of its alias."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
