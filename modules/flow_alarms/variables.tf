variable "alarms" {
  description = "The alarm catalogue of the flow. Everything may be left out. For every signal: enabled, evaluation_periods, datapoints_to_alarm (null = all of the evaluation periods), period_seconds, severity and its threshold: bit_rate_low: SourceBitRate, average, as a fraction of nominal_bit_rate; only with nominal_bit_rate; jitter: SourceJitter, maximum, in milliseconds; packet_loss: SourcePacketLossPercent, maximum, in percent; packet_loss_trigger: SourcePacketLossPercent, average, in percent: the more sensitive trigger."
  type = object({
    bit_rate_low = optional(object({
      datapoints_to_alarm = optional(number)
      enabled             = optional(bool, true)
      evaluation_periods  = optional(number, 3)
      fraction_of_nominal = optional(number, 0.7)
      period_seconds      = optional(number, 60)
      severity            = optional(string, "HIGH")
    }), {})
    jitter = optional(object({
      datapoints_to_alarm    = optional(number)
      enabled                = optional(bool, true)
      evaluation_periods     = optional(number, 2)
      period_seconds         = optional(number, 300)
      severity               = optional(string, "MEDIUM")
      threshold_milliseconds = optional(number, 50)
    }), {})
    packet_loss = optional(object({
      datapoints_to_alarm = optional(number)
      enabled             = optional(bool, true)
      evaluation_periods  = optional(number, 1)
      period_seconds      = optional(number, 300)
      severity            = optional(string, "HIGH")
      threshold_percent   = optional(number, 0.1)
    }), {})
    packet_loss_trigger = optional(object({
      datapoints_to_alarm = optional(number)
      enabled             = optional(bool, true)
      evaluation_periods  = optional(number, 1)
      period_seconds      = optional(number, 60)
      severity            = optional(string, "HIGH")
      threshold_percent   = optional(number, 0.05)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for signal in var.alarms : signal.period_seconds == 10 || signal.period_seconds == 30 || (signal.period_seconds > 0 && signal.period_seconds % 60 == 0)])
    error_message = join("\n", [for key, signal in var.alarms : "alarms.${key}.period_seconds must be 10, 30 or a multiple of 60, not ${signal.period_seconds}." if !(signal.period_seconds == 10 || signal.period_seconds == 30 || (signal.period_seconds > 0 && signal.period_seconds % 60 == 0))])
  }

  validation {
    condition     = alltrue([for signal in var.alarms : signal.evaluation_periods >= 1 && signal.evaluation_periods == floor(signal.evaluation_periods)])
    error_message = "alarms: evaluation_periods must be a whole number of at least 1."
  }

  validation {
    condition     = alltrue([for signal in var.alarms : signal.datapoints_to_alarm == null ? true : signal.datapoints_to_alarm == floor(signal.datapoints_to_alarm) && signal.datapoints_to_alarm >= 1 && signal.datapoints_to_alarm <= signal.evaluation_periods])
    error_message = join("\n", [for key, signal in var.alarms : "alarms.${key}.datapoints_to_alarm must be a whole number from 1 to evaluation_periods (${signal.evaluation_periods}), not ${signal.datapoints_to_alarm}." if signal.datapoints_to_alarm == null ? false : signal.datapoints_to_alarm != floor(signal.datapoints_to_alarm) || signal.datapoints_to_alarm < 1 || signal.datapoints_to_alarm > signal.evaluation_periods])
  }

  validation {
    condition     = alltrue([for signal in var.alarms : signal.period_seconds * signal.evaluation_periods <= 86400])
    error_message = join("\n", [for key, signal in var.alarms : "alarms.${key}: period_seconds × evaluation_periods may be one day (86400 seconds), not ${signal.period_seconds * signal.evaluation_periods}." if signal.period_seconds * signal.evaluation_periods > 86400])
  }

  validation {
    condition     = alltrue([for signal in var.alarms : contains(["HIGH", "LOW", "MEDIUM"], signal.severity)])
    error_message = join("\n", [for key, signal in var.alarms : "alarms.${key}.severity must be HIGH, MEDIUM or LOW, not \"${signal.severity}\"." if !contains(["HIGH", "LOW", "MEDIUM"], signal.severity)])
  }

  validation {
    condition     = var.alarms.packet_loss.threshold_percent >= 0 && var.alarms.packet_loss.threshold_percent <= 100
    error_message = "alarms.packet_loss.threshold_percent must be from 0 to 100, not ${var.alarms.packet_loss.threshold_percent}."
  }

  validation {
    condition     = var.alarms.packet_loss_trigger.threshold_percent >= 0 && var.alarms.packet_loss_trigger.threshold_percent <= 100
    error_message = "alarms.packet_loss_trigger.threshold_percent must be from 0 to 100, not ${var.alarms.packet_loss_trigger.threshold_percent}."
  }

  validation {
    condition     = var.alarms.jitter.threshold_milliseconds >= 0
    error_message = "alarms.jitter.threshold_milliseconds must be 0 or more, not ${var.alarms.jitter.threshold_milliseconds}."
  }

  validation {
    condition     = var.alarms.bit_rate_low.fraction_of_nominal > 0 && var.alarms.bit_rate_low.fraction_of_nominal <= 1
    error_message = "alarms.bit_rate_low.fraction_of_nominal must be above 0 and at most 1, not ${var.alarms.bit_rate_low.fraction_of_nominal}."
  }
}

variable "direct_alarm_topic_arn" {
  description = "Topic that every alarm of the flow also notifies by itself, on ALARM and on OK, without the workflow. Null = none."
  type        = string
  default     = null

  validation {
    condition     = var.direct_alarm_topic_arn == null ? true : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.direct_alarm_topic_arn))
    error_message = "direct_alarm_topic_arn must be the ARN of an SNS topic (not FIFO: alarms cannot publish to one)."
  }
}

variable "flow_arn" {
  description = "ARN of the MediaConnect flow."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:[A-Za-z0-9_-]+$", var.flow_arn))
    error_message = "flow_arn must look like arn:aws:mediaconnect:REGION:ACCOUNT:flow:ID:NAME."
  }
}

variable "flow_key" {
  description = "Key of the flow in its deployment: second part of the alarms' names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,23}$", var.flow_key))
    error_message = "flow_key must be 1 to 24 lower-case letters, digits or '-', and start with a letter."
  }
}

variable "name" {
  description = "Name of the deployment: first part of the alarms' names, <name>/<flow_key>/<signal>."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.name))
    error_message = "name must be 2 to 32 lower-case letters, digits or '-', and start with a letter."
  }
}

variable "nominal_bit_rate" {
  description = "Bit rate that the source sends in health, in bits/s. Null = no bit-rate floor."
  type        = number
  default     = null

  validation {
    condition     = var.nominal_bit_rate == null ? true : var.nominal_bit_rate > 0
    error_message = "nominal_bit_rate must be above 0 bits/s, not ${coalesce(var.nominal_bit_rate, 0)}."
  }
}

variable "tags" {
  description = "Tags for the alarms, on top of the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
