variable "flows" {
  description = "The flows to show, by key, in the order of the keys. arn and name are MediaConnect's; alarm_arns are the alarms of the flow; thresholds (from flow_alarms) become lines in every widget that shows their metric. detail = \"full\" shows all that the flow's protocol has: sources and outputs (by name; protocol: null = the flow's for a source, and one that another service manages for an output), redundancy (FAILOVER, MERGE) and content_quality (audio, video); summary_arns are the composite alarms that stand for the flow above all flows."
  type = map(object({
    alarm_arns      = optional(list(string), [])
    arn             = string
    content_quality = optional(set(string), [])
    detail          = optional(string, "basic")
    name            = string
    outputs = optional(map(object({
      arn      = string
      protocol = optional(string)
    })), {})
    protocol   = optional(string)
    redundancy = optional(string)
    sources = optional(map(object({
      arn      = string
      protocol = optional(string)
    })), {})
    summary_arns = optional(list(string), [])
    thresholds = optional(list(object({
      comparison = string
      metric     = string
      severity   = string
      statistic  = string
      threshold  = number
      unit       = string
    })), [])
  }))
  nullable = false

  validation {
    condition     = length(var.flows) > 0
    error_message = "flows must name at least one flow: a dashboard cannot be empty."
  }

  validation {
    condition     = alltrue([for flow in var.flows : contains(["basic", "full"], flow.detail)])
    error_message = "flows: detail must be \"basic\" or \"full\"."
  }

  validation {
    condition     = alltrue(flatten([for flow in var.flows : [for protocol in concat([flow.protocol], [for source in flow.sources : source.protocol]) : protocol == null ? true : contains(keys(local.source_abilities), protocol)]]))
    error_message = "flows: the protocol of a flow or source must be ${join(", ", [for protocol in keys(local.source_abilities) : protocol if !strcontains(protocol, " ")])}."
  }

  validation {
    condition     = alltrue([for flow in var.flows : flow.redundancy == null ? true : contains(["FAILOVER", "MERGE"], flow.redundancy)])
    error_message = "flows: redundancy must be \"FAILOVER\", \"MERGE\" or null."
  }

  validation {
    condition     = alltrue(flatten([for flow in var.flows : [for kind in flow.content_quality : contains(["audio", "video"], kind)]]))
    error_message = "flows: content_quality takes \"audio\" and \"video\"."
  }
}

variable "name" {
  description = "Name of the dashboard."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "name must be 1 to 255 letters, digits, '-' or '_'."
  }
}

variable "region" {
  description = "Region of the flows' metrics. Null = the provider's."
  type        = string
  default     = null
}
