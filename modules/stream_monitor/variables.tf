variable "allow_open_whitelist" {
  description = "Whether flows made here may admit 0.0.0.0/0. For a machine that is not reachable from outside; never for AWS."
  type        = bool
  default     = false
  nullable    = false
}

variable "composite_alarms" {
  description = "Composite alarms of yours that shall start the workflow too: alarm name → key of the flow they speak of (their events name no flow)."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in values(var.composite_alarms) : contains(keys(var.flows), key)])
    error_message = "composite_alarms: each alarm must name a key of flows; ${join(", ", [for alarm, key in var.composite_alarms : "${alarm} names ${key}" if !contains(keys(var.flows), key)])}."
  }

  validation {
    condition     = alltrue([for alarm in keys(var.composite_alarms) : length(alarm) >= 1 && length(alarm) <= 255])
    error_message = "composite_alarms: an alarm's name has 1 to 255 characters."
  }
}

variable "dashboards" {
  description = "What the dashboard `<name>-flows` shows of each flow: basic (loss, jitter, bit rate, uptime) or full (all that its protocol, sources and outputs have: see flow_dashboard); and whether each flow has a full one of its own, `<name>-flow-<flow key>`, besides. A dashboard costs about 3 dollars a month."
  type = object({
    detail   = optional(string, "basic")
    per_flow = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["basic", "full"], var.dashboards.detail)
    error_message = "dashboards.detail must be \"basic\" or \"full\", not \"${var.dashboards.detail}\"."
  }
}

variable "definition_file" {
  description = "Another definition of the stream-monitor workflow, with the same placeholders (`headend render --env` writes one). Null = the one that comes with the module."
  type        = string
  default     = null
}

variable "direct_alarm_topic_arn" {
  description = "Topic that hears of every flow alarm directly, and of every fault of the monitoring itself. It must not depend on this module. Null = none: then nobody is told when the workflow fails."
  type        = string
  default     = null
}

variable "flows" {
  description = "The flows to watch, by key: up to 20. Each has either source (a flow is made: source is mediaconnect_flow's primary_source, and everything else that the module takes has the module's name and defaults; tags come on top of those of all) or arn (an existing flow is watched). nominal_bit_rate (bits/s) switches the bit-rate floor on. alarms overrides the catalogue of flow_alarms; catalogue says what else of it there is (preset is its `catalogue`). Where catalogue leaves them out, a flow made here says itself what its protocol is (not with a source of entitlement, bridge or router: name the protocol that arrives), what two sources do for each other (redundancy), which content quality is watched and what latency its sources have (the shortest)."
  type = map(object({
    alarms = optional(object({
      bit_rate_low = optional(object({
        datapoints_to_alarm = optional(number)
        enabled             = optional(bool)
        evaluation_periods  = optional(number)
        fraction_of_nominal = optional(number)
        period_seconds      = optional(number)
        severity            = optional(string)
      }))
      jitter = optional(object({
        datapoints_to_alarm    = optional(number)
        enabled                = optional(bool)
        evaluation_periods     = optional(number)
        period_seconds         = optional(number)
        severity               = optional(string)
        threshold_milliseconds = optional(number)
      }))
      packet_loss = optional(object({
        datapoints_to_alarm = optional(number)
        enabled             = optional(bool)
        evaluation_periods  = optional(number)
        period_seconds      = optional(number)
        severity            = optional(string)
        threshold_percent   = optional(number)
      }))
      packet_loss_trigger = optional(object({
        datapoints_to_alarm = optional(number)
        enabled             = optional(bool)
        evaluation_periods  = optional(number)
        period_seconds      = optional(number)
        severity            = optional(string)
        threshold_percent   = optional(number)
      }))
    }))
    arn               = optional(string)
    availability_zone = optional(string)
    backup_source = optional(object({
      decryption = optional(object({
        algorithm   = optional(string)
        key_type    = string
        kms_key_arn = optional(string)
        role_arn    = optional(string)
        secret_arn  = string
      }))
      description      = optional(string)
      ingest_port      = optional(number)
      listener_address = optional(string)
      listener_port    = optional(number)
      max_bitrate      = optional(number)
      max_latency      = optional(number)
      min_latency      = optional(number)
      name             = optional(string)
      protocol         = string
      stream_id        = optional(string)
      vpc_interface    = optional(string)
      whitelist_cidr   = optional(string)
    }))
    catalogue = optional(object({
      content_quality = optional(set(string))
      mute = optional(object({
        alarm             = optional(string)
        extension_seconds = optional(number)
        wait_seconds      = optional(number)
        windows = optional(map(object({
          day        = string
          hours      = optional(number)
          start_hour = number
        })))
      }))
      notify = optional(string)
      outputs = optional(map(object({
        arn      = optional(string)
        severity = optional(string)
        signals  = optional(set(string))
      })))
      preset     = optional(string)
      protocol   = optional(string)
      redundancy = optional(string)
      signals = optional(map(object({
        anomaly = optional(object({
          band_width         = optional(number)
          direction          = optional(string)
          evaluation_periods = optional(number)
          period_seconds     = optional(number)
          severity           = optional(string)
        }))
        datapoints_to_alarm = optional(number)
        enabled             = optional(bool)
        evaluation_periods  = optional(number)
        period_seconds      = optional(number)
        severity            = optional(string)
        threshold           = optional(number)
      })))
      source_latency_milliseconds = optional(number)
      sources = optional(map(object({
        arn      = optional(string)
        severity = optional(string)
        signals  = optional(set(string))
      })))
      summaries = optional(map(object({
        enabled  = optional(bool)
        severity = optional(string)
      })))
    }), {})
    description = optional(string)
    encoding = optional(object({
      profile           = optional(string)
      video_max_bitrate = optional(number)
    }))
    entitlements = optional(map(object({
      description = optional(string)
      enabled     = optional(bool)
      encryption = optional(object({
        algorithm                      = optional(string)
        api_arn                        = optional(string)
        constant_initialization_vector = optional(string)
        device_id                      = optional(string)
        key_type                       = string
        kms_key_arn                    = optional(string)
        region                         = optional(string)
        resource_id                    = optional(string)
        role_arn                       = optional(string)
        secret_arn                     = optional(string)
        url                            = optional(string)
      }))
      subscriber_fee_percent = optional(number)
      subscribers            = list(string)
    })))
    failover = optional(object({
      mode            = optional(string)
      prefer_primary  = optional(bool)
      recovery_window = optional(number)
    }))
    flow_size = optional(string)
    maintenance = optional(object({
      day        = string
      start_hour = optional(number)
    }))
    media_streams = optional(map(object({
      clock_rate  = optional(number)
      description = optional(string)
      format = optional(object({
        channel_order   = optional(string)
        colorimetry     = optional(string)
        exact_framerate = optional(string)
        par             = optional(string)
        range           = optional(string)
        scan_mode       = optional(string)
        tcs             = optional(string)
      }))
      id           = number
      language     = optional(string)
      type         = string
      video_format = optional(string)
    })))
    ndi = optional(object({
      discovery_servers = list(object({
        address       = string
        port          = optional(number)
        vpc_interface = string
      }))
      machine_name = optional(string)
    }))
    nominal_bit_rate = optional(number)
    outputs = optional(map(object({
      cidr_allow_list = optional(list(string))
      description     = optional(string)
      destination     = optional(string)
      enabled         = optional(bool)
      encryption = optional(object({
        algorithm   = optional(string)
        key_type    = string
        kms_key_arn = optional(string)
        role_arn    = optional(string)
        secret_arn  = string
      }))
      max_latency = optional(number)
      media_streams = optional(map(object({
        compression_factor = optional(number)
        destinations = optional(list(object({
          interface = string
          ip        = string
          port      = number
        })))
        encoder_profile = optional(string)
      })))
      min_latency = optional(number)
      ndi = optional(object({
        audio_reference_level = optional(number)
        program_name          = optional(string)
        quality               = optional(number)
        timecode_source       = optional(string)
      }))
      port      = optional(number)
      protocol  = string
      remote_id = optional(string)
      router = optional(object({
        key_type    = optional(string)
        kms_key_arn = optional(string)
        role_arn    = optional(string)
        secret_arn  = optional(string)
      }))
      smoothing_latency = optional(number)
      stream_id         = optional(string)
      vpc_interface     = optional(string)
    })))
    source = optional(object({
      bridge_arn = optional(string)
      decryption = optional(object({
        algorithm                      = optional(string)
        api_arn                        = optional(string)
        constant_initialization_vector = optional(string)
        device_id                      = optional(string)
        key_type                       = string
        kms_key_arn                    = optional(string)
        region                         = optional(string)
        resource_id                    = optional(string)
        role_arn                       = optional(string)
        secret_arn                     = optional(string)
        url                            = optional(string)
      }))
      description      = optional(string)
      entitlement_arn  = optional(string)
      ingest_port      = optional(number)
      listener_address = optional(string)
      listener_port    = optional(number)
      max_bitrate      = optional(number)
      max_latency      = optional(number)
      max_sync_buffer  = optional(number)
      media_streams = optional(map(object({
        inputs = optional(list(object({
          interface = string
          port      = number
        })))
      })))
      min_latency = optional(number)
      name        = optional(string)
      ndi = optional(object({
        audio_reference_level = optional(number)
        source_name           = optional(string)
      }))
      protocol = string
      router = optional(object({
        key_type    = optional(string)
        kms_key_arn = optional(string)
        role_arn    = optional(string)
        secret_arn  = optional(string)
      }))
      stream_id      = optional(string)
      vpc_interface  = optional(string)
      whitelist_cidr = optional(string)
    }))
    source_monitoring = optional(object({
      content_quality = optional(object({
        black_frames_seconds  = optional(number)
        frozen_frames_seconds = optional(number)
        silent_audio_seconds  = optional(number)
      }))
      thumbnail = optional(bool)
    }))
    tags = optional(map(string))
    vpc_interfaces = optional(map(object({
      role_arn           = optional(string)
      security_group_ids = list(string)
      subnet_id          = string
      type               = optional(string)
    })))
  }))
  nullable = false

  validation {
    condition     = length(var.flows) > 0
    error_message = "flows must name at least one flow."
  }

  validation {
    condition     = length(var.flows) <= 20
    error_message = "flows: ${length(var.flows)} flows, but a Region allows 20 (MediaConnect's quota \"Flows\"). Put the others into another Region; with a raised quota, into a second deployment."
  }

  validation {
    condition     = alltrue([for key in keys(var.flows) : can(regex("^[a-z][a-z0-9-]{0,23}$", key))])
    error_message = "flows: a key must be 1 to 24 lower-case letters, digits or '-', and start with a letter; not ${join(", ", [for key in keys(var.flows) : key if !can(regex("^[a-z][a-z0-9-]{0,23}$", key))])}."
  }

  validation {
    condition     = alltrue([for flow in var.flows : (flow.source == null) != (flow.arn == null)])
    error_message = "flows: ${join(", ", [for key, flow in var.flows : key if(flow.source == null) == (flow.arn == null)])} must have either source (to make a flow) or arn (to watch an existing one), not both and not neither."
  }

  validation {
    condition     = alltrue([for flow in var.flows : flow.arn == null ? true : can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:[A-Za-z0-9_-]+$", flow.arn))])
    error_message = "flows: arn must look like arn:aws:mediaconnect:REGION:ACCOUNT:flow:ID:NAME."
  }

  validation {
    condition = alltrue(flatten([
      for flow in var.flows : [
        for field in local.fields_of_new_flows : try(length(flow[field]) == 0, flow[field] == null)
      ] if flow.arn != null
    ]))
    error_message = join("\n", [
      for key, flow in var.flows :
      "flows: ${key} has arn and ${join(", ", [for field in local.fields_of_new_flows : field if !try(length(flow[field]) == 0, flow[field] == null)])}: an existing flow is only watched. Leave out what only a flow made here has."
      if flow.arn == null ? false : anytrue([for field in local.fields_of_new_flows : !try(length(flow[field]) == 0, flow[field] == null)])
    ])
  }

  validation {
    condition     = alltrue(flatten([for key, flow in var.flows : [for name, source in coalesce(flow.catalogue.sources, {}) : source.arn != null || contains(flow.source == null || flow.backup_source == null ? [] : [coalesce(flow.source.name, "primary"), coalesce(flow.backup_source.name, "backup")], name)]]))
    error_message = "flows: catalogue.sources must name one of a flow's two sources (by their names; without: primary and backup), or give the arn of a source: ${join(", ", flatten([for key, flow in var.flows : [for name, source in coalesce(flow.catalogue.sources, {}) : "${key} has no ${name}" if source.arn == null && !contains(flow.source == null || flow.backup_source == null ? [] : [coalesce(flow.source.name, "primary"), coalesce(flow.backup_source.name, "backup")], name)]]))}."
  }

  validation {
    condition     = alltrue(flatten([for key, flow in var.flows : [for name, output in coalesce(flow.catalogue.outputs, {}) : output.arn != null || contains(keys(coalesce(flow.outputs, {})), name)]]))
    error_message = "flows: catalogue.outputs must name one of the flow's outputs, or give the arn of an output: ${join(", ", flatten([for key, flow in var.flows : [for name, output in coalesce(flow.catalogue.outputs, {}) : "${key} has no ${name}" if output.arn == null && !contains(keys(coalesce(flow.outputs, {})), name)]]))}."
  }

  validation {
    condition = length(distinct([
      for key, flow in var.flows : flow.arn == null ? "${var.name}-${key}" : try(reverse(split(":", flow.arn))[0], key)
    ])) == length(var.flows)
    error_message = "flows: two flows have the same MediaConnect name (${join(", ", distinct([
      for key, flow in var.flows : flow.arn == null ? "${var.name}-${key}" : try(reverse(split(":", flow.arn))[0], key)
      if length([for other_key, other in var.flows : 1 if(other.arn == null ? "${var.name}-${other_key}" : try(reverse(split(":", other.arn))[0], other_key)) == (flow.arn == null ? "${var.name}-${key}" : try(reverse(split(":", flow.arn))[0], key))]) > 1
    ]))}). Alerts and rules could not tell them apart: rename one."
  }
}

variable "functions" {
  description = "Size of the functions, where there are any: memory in MB, timeout in seconds, reserved concurrency (null = none set aside). The workflow waits 30 s for an answer."
  type = object({
    alert_handler = optional(object({
      memory_size                    = optional(number, 512)
      reserved_concurrent_executions = optional(number)
      timeout                        = optional(number, 20)
    }), {})
    stream_monitor = optional(object({
      memory_size                    = optional(number, 512)
      reserved_concurrent_executions = optional(number)
      timeout                        = optional(number, 20)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for function in var.functions : function.timeout >= 3 && function.timeout <= 29])
    error_message = "functions: timeout must be from 3 to 29 seconds: the workflow waits 30."
  }
}

variable "idempotency_ttl_seconds" {
  description = "How long a transition is remembered, so that its second delivery alerts nobody. EventBridge may deliver again for a day."
  type        = number
  default     = 86400
  nullable    = false

  validation {
    condition     = var.idempotency_ttl_seconds == floor(var.idempotency_ttl_seconds) && var.idempotency_ttl_seconds >= 300 && var.idempotency_ttl_seconds <= 604800
    error_message = "idempotency_ttl_seconds must be a whole number from 300 (an execution can last as long) to 604800 (a week)."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log groups. Null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_level" {
  description = "Level of the functions' logs: DEBUG, INFO, WARNING or ERROR."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "ERROR", "INFO", "WARNING"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
  default     = 30
  nullable    = false
}

variable "monitor" {
  description = "How a flow is looked at: the window before the transition that counts, the resolution of its datapoints, after how long without any datapoint an active flow counts as silent (null = the window, at most 180), and how long after a return to OK datapoints are awaited. Seconds."
  type = object({
    datapoint_grace_seconds = optional(number, 180)
    no_data_seconds         = optional(number)
    resolution_seconds      = optional(number, 60)
    window_seconds          = optional(number, 300)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.monitor.resolution_seconds > 0 && (contains([1, 5, 10, 30], var.monitor.resolution_seconds) || var.monitor.resolution_seconds % 60 == 0)
    error_message = "monitor.resolution_seconds must be 1, 5, 10, 30 or a multiple of 60, not ${var.monitor.resolution_seconds}."
  }

  validation {
    condition     = var.monitor.window_seconds >= var.monitor.resolution_seconds && var.monitor.window_seconds <= 86400 && var.monitor.window_seconds % var.monitor.resolution_seconds == 0
    error_message = "monitor.window_seconds must be a multiple of resolution_seconds (${var.monitor.resolution_seconds}) and at most a day (86400), not ${var.monitor.window_seconds}."
  }

  validation {
    condition     = var.monitor.no_data_seconds == null ? true : var.monitor.no_data_seconds > 0 && var.monitor.no_data_seconds <= var.monitor.window_seconds
    error_message = "monitor.no_data_seconds must be above 0 and within window_seconds (${var.monitor.window_seconds})."
  }

  validation {
    condition     = var.monitor.datapoint_grace_seconds >= 0 && var.monitor.datapoint_grace_seconds <= 240
    error_message = "monitor.datapoint_grace_seconds must be from 0 to 240: an EXPRESS workflow ends after 300."
  }
}

variable "name" {
  description = "Name of the deployment: everything is called `<name>-…`, the flows' alarms `<name>/<flow key>/<signal>`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.name))
    error_message = "name must be 2 to 32 lower-case letters, digits or '-', and start with a letter."
  }
}

variable "packages" {
  description = "The functions' packages by name: stream_monitor and alert_handler, not needed without functions, and approval, needed where response may propose a restart: a local zip (filename) or an S3 object (s3_bucket, s3_key, s3_object_version), as built by `headend package` or published by `make release`."
  type = map(object({
    filename          = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
    source_code_hash  = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition = var.variant == "direct" || alltrue([for function in ["alert_handler", "stream_monitor"] : contains(keys(var.packages), function)])
    error_message = join("\n", [
      for function in ["alert_handler", "stream_monitor"] :
      "packages[\"${function}\"] is missing: set it to { filename = \"…/${function}.zip\" } (from `headend package` or a release) or to an S3 object."
      if !contains(keys(var.packages), function)
    ])
  }

  validation {
    condition     = try(var.response.restart, false) ? contains(keys(var.packages), "approval") : true
    error_message = "packages[\"approval\"] is missing: a restart is proposed by a link. Set it to { filename = \"…/approval.zip\" } (from `headend package` or a release) or to an S3 object, or set response.restart = false."
  }

  validation {
    condition     = alltrue([for function in keys(var.packages) : contains(["alert_handler", "approval", "stream_monitor"], function)])
    error_message = "packages takes alert_handler, approval and stream_monitor; not ${join(", ", setsubtract(keys(var.packages), ["alert_handler", "approval", "stream_monitor"]))}."
  }
}

variable "policy_file" {
  description = "IAM policy for definition_file, with the same placeholders. Null = the one that comes with the module."
  type        = string
  default     = null
}

variable "response" {
  description = "What happens beyond telling people once: MediaConnect's own events are heard too, one incident is kept for each flow, and a workflow looks again until it is over, switches to the healthy source, asks before it restarts, and says when it has ended. Null = off. event_condition_seconds: how long an event's word holds without one that takes it back. flapping_count: firings in one incident that count as flapping. hold_seconds: how long a flow must be healthy without a break. escalate_after_seconds: when people are told that it lasts. recheck_seconds: time between two looks. rules: what is done when, in place of the defaults of ../flow_response, which says what they can hold. switch, restart: whether the workflow may switch the source by itself, and propose a restart; approval_timeout_seconds: how long a proposal stands. cool_down_seconds, maximum_switches_per_hour: against ping-pong. verify_seconds: time before an action is judged. Needs variant = \"functions\"."
  type = object({
    approval_timeout_seconds  = optional(number, 900)
    cool_down_seconds         = optional(number, 300)
    escalate_after_seconds    = optional(number, 900)
    event_condition_seconds   = optional(number, 300)
    flapping_count            = optional(number, 3)
    hold_seconds              = optional(number, 120)
    maximum_switches_per_hour = optional(number, 3)
    recheck_seconds           = optional(number, 30)
    restart                   = optional(bool, true)
    rules = optional(list(object({
      action      = string
      bad_seconds = optional(number)
      every       = optional(set(string))
      flow_issues = optional(set(string))
      name        = string
      other       = optional(set(string))
      selected    = optional(set(string))
    })))
    switch         = optional(bool, true)
    verify_seconds = optional(number, 30)
  })
  default = null

  validation {
    condition     = var.response == null || var.variant == "functions"
    error_message = "response needs variant = \"functions\": without functions nobody keeps incidents or decides."
  }

  validation {
    condition = var.response == null ? true : alltrue([
      for field, bounds in {
        approval_timeout_seconds  = [60, 86400]
        cool_down_seconds         = [0, 86400]
        escalate_after_seconds    = [60, 86400]
        event_condition_seconds   = [30, 3600]
        flapping_count            = [2, 100]
        hold_seconds              = [10, 3600]
        maximum_switches_per_hour = [1, 60]
        recheck_seconds           = [10, 600]
        verify_seconds            = [5, 600]
      } : floor(var.response[field]) == var.response[field] && var.response[field] >= bounds[0] && var.response[field] <= bounds[1]
    ])
    error_message = "response takes whole numbers: approval_timeout_seconds and escalate_after_seconds from 60 to 86400, cool_down_seconds from 0 to 86400, event_condition_seconds from 30 to 3600, flapping_count from 2 to 100, hold_seconds from 10 to 3600, maximum_switches_per_hour from 1 to 60, recheck_seconds from 10 to 600, verify_seconds from 5 to 600."
  }

  validation {
    condition     = var.response == null ? true : var.response.recheck_seconds <= var.response.hold_seconds && var.response.hold_seconds <= var.response.escalate_after_seconds
    error_message = "response: recheck_seconds (${try(var.response.recheck_seconds, 0)}) must be at most hold_seconds (${try(var.response.hold_seconds, 0)}), and that at most escalate_after_seconds (${try(var.response.escalate_after_seconds, 0)}): a flow is looked at within the time that it must hold, and may recover before people hear that it lasts."
  }
}

variable "schedules" {
  description = "When flows are started and stopped by themselves, by the schedule's name: see flow_lifecycle."
  type = map(object({
    action              = string
    description         = optional(string)
    enabled             = optional(bool)
    end                 = optional(string)
    flow                = string
    schedule_expression = string
    start               = optional(string)
    timezone            = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : contains(keys(var.flows), schedule.flow)])
    error_message = "schedules: flow must be a key of flows; ${join(", ", [for name, schedule in var.schedules : "${name} names ${schedule.flow}" if !contains(keys(var.flows), schedule.flow)])}."
  }
}

variable "subscriptions" {
  description = "Who is told: protocol, endpoint, and of which severities (HIGH, MEDIUM, LOW; null = all). See alert_topic."
  type = map(object({
    endpoint             = string
    protocol             = string
    raw_message_delivery = optional(bool)
    severities           = optional(set(string))
  }))
  default  = {}
  nullable = false
}

variable "table_kms_key_arn" {
  description = "Key that encrypts the alert handler's table; its policy must admit the function's role through DynamoDB. Null = the key that AWS manages."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "variant" {
  description = "What decides and tells: two functions (\"functions\"), or the workflow itself by direct integrations (\"direct\": no function, no packages). The README says what differs."
  type        = string
  default     = "functions"
  nullable    = false

  validation {
    condition     = contains(["direct", "functions"], var.variant)
    error_message = "variant must be functions or direct, not ${var.variant}."
  }
}
