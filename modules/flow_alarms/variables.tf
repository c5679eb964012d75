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

variable "catalogue" {
  description = "Which signals have alarms before `signals` is looked at: basic (those of `alarms`), or full: all that say something about a flow of this protocol, with their summaries."
  type        = string
  default     = "basic"
  nullable    = false

  validation {
    condition     = contains(["basic", "full"], var.catalogue)
    error_message = "catalogue must be \"basic\" or \"full\", not \"${var.catalogue}\"."
  }

  validation {
    condition     = var.catalogue != "full" || var.protocol != null
    error_message = "catalogue = \"full\" needs protocol: which metrics there are depends on it."
  }
}

variable "content_quality" {
  description = "What MediaConnect's content quality analysis of the flow looks at: video, audio, both or neither. Without it there are no such metrics. Only the full catalogue asks."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for kind in var.content_quality : contains(["audio", "video"], kind)])
    error_message = "content_quality takes \"audio\" and \"video\", not ${join(", ", [for kind in var.content_quality : "\"${kind}\"" if !contains(["audio", "video"], kind)])}."
  }
}

variable "direct_alarm_topic_arn" {
  description = "Topic that the alarms of the flow also notify by themselves, on ALARM and on OK, without the workflow: see notify. Null = none."
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

variable "mute" {
  description = "When the summaries tell nobody (CloudWatch's ActionsSuppressor): while an alarm of yours (name or ARN) is in ALARM, or during weekly windows in UTC (day: Monday to Sunday; start_hour: 0 to 23; hours: 1 to 24), as MediaConnect's maintenance has them. wait_seconds: how long a summary waits for the suppressor; extension_seconds: how long it stays quiet after it. Null = never. Needs notify = \"summaries\"; windows need the FlowActive metric."
  type = object({
    alarm             = optional(string)
    extension_seconds = optional(number, 60)
    wait_seconds      = optional(number, 60)
    windows = optional(map(object({
      day        = string
      hours      = optional(number, 2)
      start_hour = number
    })), {})
  })
  default = null

  validation {
    condition     = var.mute == null ? true : (var.mute.alarm == null) != (length(var.mute.windows) == 0)
    error_message = "mute takes either alarm or windows: a composite alarm has one suppressor."
  }

  validation {
    condition     = var.mute == null || var.notify == "summaries"
    error_message = "mute needs notify = \"summaries\": CloudWatch suppresses the actions of composite alarms, not those of single ones."
  }

  validation {
    condition     = var.mute == null ? true : alltrue([for window in var.mute.windows : contains(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], window.day)])
    error_message = "mute.windows: day must be Monday, Tuesday, Wednesday, Thursday, Friday, Saturday or Sunday."
  }

  validation {
    condition     = var.mute == null ? true : alltrue([for window in var.mute.windows : contains(range(0, 24), window.start_hour) && contains(range(1, 25), window.hours)])
    error_message = "mute.windows: start_hour must be a whole number from 0 to 23 (UTC), hours one from 1 to 24."
  }

  validation {
    condition     = var.mute == null ? true : length(var.mute.windows) <= 10
    error_message = "mute.windows: at most 10."
  }

  validation {
    condition     = var.mute == null ? true : alltrue([for seconds in [var.mute.extension_seconds, var.mute.wait_seconds] : seconds >= 0 && seconds == floor(seconds)])
    error_message = "mute: extension_seconds and wait_seconds must be whole numbers of 0 or more."
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

variable "notify" {
  description = "Which alarms tell direct_alarm_topic_arn: signals (each by itself) or summaries (the composite alarms only: fewer messages, and they can be muted)."
  type        = string
  default     = "signals"
  nullable    = false

  validation {
    condition     = contains(["signals", "summaries"], var.notify)
    error_message = "notify must be \"signals\" or \"summaries\", not \"${var.notify}\"."
  }

  validation {
    condition     = var.notify == "signals" || var.catalogue == "full" || anytrue([for summary in var.summaries : summary.enabled])
    error_message = "notify = \"summaries\" needs summaries: set catalogue = \"full\", or name some in summaries."
  }
}

variable "outputs" {
  description = "Outputs with alarms of their own, by name: arn; signals: output-disconnected (SRT, Zixi), output-reconnecting (SRT, Zixi), output-not-recovered (MediaLive); severity (null = the signal's)."
  type = map(object({
    arn      = string
    severity = optional(string)
    signals  = optional(set(string), ["output-disconnected"])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.outputs) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = "outputs: a name must be 1 to 64 letters, digits, '-' or '_'."
  }

  validation {
    condition     = alltrue([for output in var.outputs : can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:output:[A-Za-z0-9-]+:.+$", output.arn))])
    error_message = "outputs: arn must look like arn:aws:mediaconnect:REGION:ACCOUNT:output:ID:NAME."
  }

  validation {
    condition     = alltrue([for output in var.outputs : length(setsubtract(output.signals, local.output_signals)) == 0])
    error_message = "outputs: signals takes ${join(", ", local.output_signals)}; not ${join(", ", setsubtract(flatten([for output in var.outputs : tolist(output.signals)]), local.output_signals))}."
  }

  validation {
    condition     = alltrue([for output in var.outputs : contains(["HIGH", "LOW", "MEDIUM"], coalesce(output.severity, "LOW"))])
    error_message = "outputs: severity must be HIGH, MEDIUM or LOW."
  }
}

variable "protocol" {
  description = "Protocol of the flow's sources: cdi, ndi-speed-hq, rist, rtp, rtp-fec, srt-caller, srt-listener, st2110-jpegxs or zixi-push. Only the full catalogue asks."
  type        = string
  default     = null

  validation {
    condition     = var.protocol == null ? true : contains(["cdi", "ndi-speed-hq", "rist", "rtp", "rtp-fec", "srt-caller", "srt-listener", "st2110-jpegxs", "zixi-push"], var.protocol)
    error_message = "protocol must be cdi, ndi-speed-hq, rist, rtp, rtp-fec, srt-caller, srt-listener, st2110-jpegxs or zixi-push, not \"${coalesce(var.protocol, "null")}\"."
  }
}

variable "redundancy" {
  description = "How the flow uses two sources: FAILOVER (one at a time), MERGE (both as one), null (it has one source). Only the full catalogue asks."
  type        = string
  default     = null

  validation {
    condition     = var.redundancy == null ? true : contains(["FAILOVER", "MERGE"], var.redundancy)
    error_message = "redundancy must be \"FAILOVER\", \"MERGE\" or null, not \"${coalesce(var.redundancy, "null")}\"."
  }

  validation {
    condition     = var.redundancy == null ? true : !(var.redundancy == "MERGE" && startswith(coalesce(var.protocol, "none"), "srt-"))
    error_message = "redundancy: SRT sources cannot be merged; FAILOVER is what they take."
  }
}

variable "signals" {
  description = "What differs from the preset, by signal (the README's table has them). A signal that is named here is on, unless enabled = false. threshold is in the metric's unit. anomaly adds an alarm on a band of band_width standard deviations that CloudWatch learns: direction is above, below or both; with enabled = false it stands instead of the threshold."
  type = map(object({
    anomaly = optional(object({
      band_width         = optional(number, 2)
      direction          = optional(string, "both")
      evaluation_periods = optional(number, 3)
      period_seconds     = optional(number, 60)
      severity           = optional(string, "LOW")
    }))
    datapoints_to_alarm = optional(number)
    enabled             = optional(bool, true)
    evaluation_periods  = optional(number)
    period_seconds      = optional(number)
    severity            = optional(string)
    threshold           = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for signal in keys(var.signals) : contains(keys(local.definitions), signal)])
    error_message = "signals takes ${join(", ", keys(local.definitions))}; not ${join(", ", setsubtract(keys(var.signals), keys(local.definitions)))}."
  }

  validation {
    condition     = alltrue([for signal, wanted in var.signals : !wanted.enabled || wanted.threshold != null || try(local.definitions[signal].threshold, 0) != null])
    error_message = "signals: ${join(" and ", [for signal, wanted in var.signals : signal if wanted.enabled && wanted.threshold == null && try(local.definitions[signal].threshold, 0) == null])} has no threshold of its own: set threshold, or nominal_bit_rate (bit-rate-low), or source_latency_milliseconds (round-trip)."
  }

  validation {
    condition     = alltrue([for wanted in var.signals : wanted.period_seconds == null ? true : contains([10, 30], wanted.period_seconds) || (wanted.period_seconds > 0 && wanted.period_seconds % 60 == 0)])
    error_message = join("\n", [for signal, wanted in var.signals : "signals[\"${signal}\"].period_seconds must be 10, 30 or a multiple of 60, not ${wanted.period_seconds}." if wanted.period_seconds == null ? false : !(contains([10, 30], wanted.period_seconds) || (wanted.period_seconds > 0 && wanted.period_seconds % 60 == 0))])
  }

  validation {
    condition     = alltrue([for wanted in var.signals : wanted.evaluation_periods == null ? true : wanted.evaluation_periods >= 1 && wanted.evaluation_periods == floor(wanted.evaluation_periods)])
    error_message = "signals: evaluation_periods must be a whole number of at least 1."
  }

  validation {
    condition = alltrue([
      for signal, wanted in var.signals : wanted.datapoints_to_alarm == null ? true :
      wanted.datapoints_to_alarm >= 1 && wanted.datapoints_to_alarm == floor(wanted.datapoints_to_alarm)
      && wanted.datapoints_to_alarm <= coalesce(wanted.evaluation_periods, try(local.definitions[signal].evaluation_periods, 1))
    ])
    error_message = "signals: datapoints_to_alarm must be a whole number from 1 to evaluation_periods."
  }

  validation {
    condition = alltrue([
      for signal, wanted in var.signals :
      coalesce(wanted.period_seconds, try(local.definitions[signal].period_seconds, 60)) * coalesce(wanted.evaluation_periods, try(local.definitions[signal].evaluation_periods, 1)) <= 86400
    ])
    error_message = "signals: period_seconds × evaluation_periods may be one day (86400 seconds) at most."
  }

  validation {
    condition     = alltrue([for wanted in var.signals : contains(["HIGH", "LOW", "MEDIUM"], coalesce(wanted.severity, "LOW")) && (wanted.anomaly == null ? true : contains(["HIGH", "LOW", "MEDIUM"], wanted.anomaly.severity))])
    error_message = "signals: severity must be HIGH, MEDIUM or LOW."
  }

  validation {
    condition     = alltrue([for wanted in var.signals : wanted.anomaly == null ? true : wanted.anomaly.band_width > 0 && contains(["above", "below", "both"], wanted.anomaly.direction)])
    error_message = "signals: anomaly.band_width must be above 0 (standard deviations), anomaly.direction above, below or both."
  }

  validation {
    condition = alltrue([
      for wanted in var.signals : wanted.anomaly == null ? true :
      wanted.anomaly.period_seconds >= 60 && wanted.anomaly.period_seconds % 60 == 0 && wanted.anomaly.evaluation_periods >= 1
      && wanted.anomaly.evaluation_periods == floor(wanted.anomaly.evaluation_periods) && wanted.anomaly.period_seconds * wanted.anomaly.evaluation_periods <= 86400
    ])
    error_message = "signals: anomaly.period_seconds must be a multiple of 60 and anomaly.evaluation_periods a whole number of at least 1; together one day at most."
  }
}

variable "source_latency_milliseconds" {
  description = "Latency that the source is configured with: the round trip may take a quarter of it. Null = the round trip is not watched."
  type        = number
  default     = null

  validation {
    condition     = var.source_latency_milliseconds == null ? true : var.source_latency_milliseconds > 0
    error_message = "source_latency_milliseconds must be above 0."
  }
}

variable "sources" {
  description = "Sources with alarms of their own, by name: arn; signals: those of the catalogue whose metric is a source's (null = disconnected, or no-bit-rate for protocols that do not connect; and not-recovered, or packet-loss for protocols that repair nothing); severity (null = LOW with two sources, the signal's with one). Numbers are the catalogue's with what `signals` overrides; with two sources periods are at least 60 s."
  type = map(object({
    arn      = string
    severity = optional(string)
    signals  = optional(set(string))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.sources) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = "sources: a name must be 1 to 64 letters, digits, '-' or '_'."
  }

  validation {
    condition     = alltrue([for source in var.sources : can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:source:[A-Za-z0-9-]+:.+$", source.arn))])
    error_message = "sources: arn must look like arn:aws:mediaconnect:REGION:ACCOUNT:source:ID:NAME."
  }

  validation {
    condition     = alltrue([for source in var.sources : length(setsubtract(coalesce(source.signals, toset([])), local.source_signals)) == 0])
    error_message = "sources: signals takes ${join(", ", local.source_signals)}; not ${join(", ", setsubtract(flatten([for source in var.sources : tolist(coalesce(source.signals, toset([])))]), local.source_signals))}."
  }

  validation {
    condition     = alltrue(flatten([for source in var.sources : [for signal in coalesce(source.signals, toset([])) : contains(keys(local.settings), signal)]]))
    error_message = "sources: ${join(" and ", distinct(flatten([for source in var.sources : [for signal in coalesce(source.signals, toset([])) : signal if !contains(keys(local.settings), signal)]])))} has no threshold: set one in signals, or nominal_bit_rate (bit-rate-low), or source_latency_milliseconds (round-trip)."
  }

  validation {
    condition     = alltrue([for source in var.sources : contains(["HIGH", "LOW", "MEDIUM"], coalesce(source.severity, "LOW"))])
    error_message = "sources: severity must be HIGH, MEDIUM or LOW."
  }
}

variable "summaries" {
  description = "What differs from the preset for the composite alarms degraded, down, early-warning, output-degraded and redundancy-lost. One that is named here is on, unless enabled = false; one without any signal of its own is not made."
  type = map(object({
    enabled  = optional(bool, true)
    severity = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for summary in keys(var.summaries) : contains(["degraded", "down", "early-warning", "output-degraded", "redundancy-lost"], summary)])
    error_message = "summaries takes degraded, down, early-warning, output-degraded and redundancy-lost; not ${join(", ", setsubtract(keys(var.summaries), ["degraded", "down", "early-warning", "output-degraded", "redundancy-lost"]))}."
  }

  validation {
    condition     = alltrue([for summary in var.summaries : contains(["HIGH", "LOW", "MEDIUM"], coalesce(summary.severity, "LOW"))])
    error_message = "summaries: severity must be HIGH, MEDIUM or LOW."
  }
}

variable "tags" {
  description = "Tags for the alarms, on top of the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
