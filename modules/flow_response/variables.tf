variable "alarm_topic_arn" {
  description = "Topic that hears of executions that failed, timed out or were aborted: then nobody looks after the flow. null = the alarms have no action."
  type        = string
  default     = null
}

variable "flows" {
  description = "The flows that may be looked after: key, as in `monitor_config`, → ARN."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.flows) > 0
    error_message = "flows must name at least one flow."
  }

  validation {
    condition     = alltrue([for arn in values(var.flows) : can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:[^:/ ]+$", arn))])
    error_message = "flows: each must be the ARN of a flow, like arn:aws:mediaconnect:REGION:ACCOUNT:flow:ID:NAME."
  }
}

variable "functions" {
  description = "ARNs of the functions' aliases: alert_handler tells people, stream_monitor assesses (its operation `assess`)."
  type = object({
    alert_handler  = string
    stream_monitor = string
  })
  nullable = false
}

variable "lifecycle_alias_arn" {
  description = "ARN of the alias of the workflow that stops and starts a flow, in the same Region and account (../flow_lifecycle). null = no flow is ever restarted."
  type        = string
  default     = null

  validation {
    condition     = var.lifecycle_alias_arn == null ? true : can(regex("^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}:[A-Za-z0-9_.-]+$", var.lifecycle_alias_arn))
    error_message = "lifecycle_alias_arn must be the ARN of a state machine's alias, like arn:aws:states:REGION:ACCOUNT:stateMachine:NAME:live."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log group; its policy must admit CloudWatch Logs. null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that logs are kept; 0 = for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "monitor_config" {
  description = "The flows and their thresholds as ../stream_monitor writes them for its function: JSON text."
  type        = string
  nullable    = false

  validation {
    condition     = can(keys(jsondecode(var.monitor_config).flows))
    error_message = "monitor_config must be JSON with `flows`: take it from ../stream_monitor."
  }
}

variable "name" {
  description = "Name of the deployment; what belongs to it is called `<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,65}$", var.name))
    error_message = "name must have 1 to 66 letters, digits, '-' or '_', so that `<name>-flow-response` fits into the 80 of a state machine, and start with a letter or digit."
  }
}

variable "rules" {
  description = "What is done when, in this order: the first rule whose conditions all hold decides; a condition left out holds always. selected: states of the source that the flow takes. other: some other source has one of these states. every: every source has one of these. flow_issues: the flow has an issue of one of these metrics. bad_seconds: for how long within the window the selected source (without `selected`: every source) was not healthy. action: switch (to the first other source that is healthy), restart (after approval), or none. States: healthy, degraded, dead, unknown."
  type = list(object({
    action      = string
    bad_seconds = optional(number, 0)
    every       = optional(set(string))
    flow_issues = optional(set(string))
    name        = string
    other       = optional(set(string))
    selected    = optional(set(string))
  }))
  default = [
    # MediaConnect itself leaves a silent source within half a second: what is still there after 20 s it does not leave.
    { name = "selected-dead", selected = ["dead"], other = ["healthy"], bad_seconds = 20, action = "switch" },
    { name = "selected-degraded", selected = ["degraded"], other = ["healthy"], bad_seconds = 30, action = "switch" },
    { name = "every-source-dead", every = ["dead"], bad_seconds = 30, action = "restart" },
    { name = "no-better-source", selected = ["degraded", "dead"], action = "none" },
    { name = "redundancy-lost", selected = ["healthy"], other = ["degraded", "dead"], action = "none" },
  ]
  nullable = false

  validation {
    condition     = alltrue([for rule in var.rules : contains(["none", "restart", "switch"], rule.action)])
    error_message = "rules: action must be switch, restart or none."
  }

  validation {
    condition     = alltrue([for rule in var.rules : alltrue([for state in setunion(coalesce(rule.selected, []), coalesce(rule.other, []), coalesce(rule.every, [])) : contains(["dead", "degraded", "healthy", "unknown"], state)])])
    error_message = "rules: a source is healthy, degraded, dead or unknown."
  }

  validation {
    condition     = alltrue([for rule in var.rules : rule.action != "restart" ? true : rule.every == null ? false : rule.every == toset(["dead"])])
    error_message = "rules: a rule with action restart needs every = [\"dead\"]: to stop a flow that carries a picture is an outage."
  }

  validation {
    condition     = length(distinct([for rule in var.rules : rule.name])) == length(var.rules) && alltrue([for rule in var.rules : can(regex("^[a-z][a-z0-9-]{0,63}$", rule.name))])
    error_message = "rules: names must be 1 to 64 lower-case letters, digits or '-', start with a letter, and differ from each other."
  }

  validation {
    condition     = alltrue([for rule in var.rules : rule.bad_seconds == floor(rule.bad_seconds) && rule.bad_seconds >= 0 && rule.bad_seconds <= var.settings.window_seconds])
    error_message = "rules: bad_seconds must be a whole number from 0 to settings.window_seconds (${var.settings.window_seconds})."
  }
}

variable "settings" {
  description = "How a flow is looked after. approval_timeout_seconds: how long a restart waits for an answer. cool_down_seconds, maximum_switches_per_hour: against ping-pong; restart_cool_down_seconds: until a restart is asked for again. dead_seconds: a source that sends nothing for so long, while others are measured, is dead. degraded_severities: of issues that make a source degraded. escalate_after_seconds: when people are told that it lasts. hold_seconds: how long a flow must be healthy without a break before its incident is closed. recheck_seconds: between two looks. redundancy: whether every source must be well for that, not only the flow. resolution_seconds, window_seconds: the datapoints that count. restart, switch: whether that is done at all. verify_seconds: until an action is judged."
  type = object({
    approval_timeout_seconds  = optional(number, 900)
    cool_down_seconds         = optional(number, 300)
    dead_seconds              = optional(number, 30)
    degraded_severities       = optional(set(string), ["HIGH"])
    escalate_after_seconds    = optional(number, 900)
    hold_seconds              = optional(number, 120)
    maximum_switches_per_hour = optional(number, 3)
    recheck_seconds           = optional(number, 30)
    redundancy                = optional(bool, true)
    resolution_seconds        = optional(number, 10)
    restart                   = optional(bool, true)
    restart_cool_down_seconds = optional(number, 1800)
    switch                    = optional(bool, true)
    verify_seconds            = optional(number, 30)
    window_seconds            = optional(number, 120)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for field, bounds in {
        approval_timeout_seconds  = [60, 86400]
        cool_down_seconds         = [0, 86400]
        dead_seconds              = [10, 3600]
        escalate_after_seconds    = [60, 86400]
        hold_seconds              = [10, 3600]
        maximum_switches_per_hour = [1, 60]
        recheck_seconds           = [10, 600]
        restart_cool_down_seconds = [0, 86400]
        verify_seconds            = [5, 600]
        window_seconds            = [30, 3600]
      } : floor(var.settings[field]) == var.settings[field] && var.settings[field] >= bounds[0] && var.settings[field] <= bounds[1]
    ])
    error_message = "settings takes whole numbers: approval_timeout_seconds and escalate_after_seconds from 60 to 86400, cool_down_seconds and restart_cool_down_seconds from 0 to 86400, dead_seconds and hold_seconds from 10 to 3600, maximum_switches_per_hour from 1 to 60, recheck_seconds from 10 to 600, verify_seconds from 5 to 600, window_seconds from 30 to 3600."
  }

  validation {
    condition     = contains([1, 5, 10, 30, 60], var.settings.resolution_seconds)
    error_message = "settings.resolution_seconds must be 1, 5, 10, 30 or 60, the periods that CloudWatch takes."
  }

  validation {
    condition     = length(var.settings.degraded_severities) > 0 && alltrue([for severity in var.settings.degraded_severities : contains(["HIGH", "LOW", "MEDIUM"], severity)])
    error_message = "settings.degraded_severities must name at least one of HIGH, MEDIUM, LOW."
  }
}

variable "stream_monitor_alias_arn" {
  description = "ARN of the alias of the EXPRESS workflow that looks at a flow and tells people: started when a mute ends."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}:[A-Za-z0-9_.-]+$", var.stream_monitor_alias_arn))
    error_message = "stream_monitor_alias_arn must be the ARN of a state machine's alias, like arn:aws:states:REGION:ACCOUNT:stateMachine:NAME:live."
  }
}

variable "table_kms_key_arn" {
  description = "Key that encrypts the table. null = the key that AWS manages."
  type        = string
  default     = null
}

variable "table_name" {
  description = "The alert handler's table, in the same Region and account, where this workflow writes down what it does: items `response#<flow ARN>`."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
