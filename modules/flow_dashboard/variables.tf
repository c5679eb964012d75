variable "flows" {
  description = "The flows to show, by key, in the order of the keys. arn and name are MediaConnect's; alarm_arns are the alarms of the flow; thresholds (from flow_alarms) become lines in every widget that shows their metric."
  type = map(object({
    alarm_arns = optional(list(string), [])
    arn        = string
    name       = string
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
