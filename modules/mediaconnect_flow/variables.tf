variable "allow_open_whitelist" {
  description = "Whether 0.0.0.0/0 may send to the source or pull from an output. For a machine that is not reachable from outside; never for AWS."
  type        = bool
  default     = false
  nullable    = false
}

variable "availability_zone" {
  description = "Availability Zone of the flow, e.g. eu-central-1a. Null lets MediaConnect choose. Changing it replaces the flow."
  type        = string
  default     = null

  validation {
    condition     = var.availability_zone == null ? true : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", var.availability_zone))
    error_message = "availability_zone must be an Availability Zone's name such as eu-central-1a."
  }
}

variable "backup_source" {
  description = "A second source, for failover or merge. The same fields as primary_source, for the protocols rist, rtp, rtp-fec, srt-caller, srt-listener and zixi-push. It comes and goes without touching the flow's ARN or the primary source."
  type = object({
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
    name             = optional(string, "backup")
    protocol         = string
    stream_id        = optional(string)
    vpc_interface    = optional(string)
    whitelist_cidr   = optional(string)
  })
  default = null
}

variable "description" {
  description = "What the flow carries. MediaConnect keeps it with the source (a flow has no description of its own)."
  type        = string
  default     = null
}

variable "encoding" {
  description = "How an NDI source is turned into a transport stream: profile CONTRIBUTION_H264_DEFAULT or DISTRIBUTION_H264_DEFAULT, video_max_bitrate 10000000 to 50000000 bits/s (null = MediaConnect's 20000000). For ndi-speed-hq sources only."
  type = object({
    profile           = optional(string, "DISTRIBUTION_H264_DEFAULT")
    video_max_bitrate = optional(number)
  })
  default = null

  validation {
    condition     = var.encoding == null ? true : contains(["CONTRIBUTION_H264_DEFAULT", "DISTRIBUTION_H264_DEFAULT"], var.encoding.profile)
    error_message = "encoding.profile must be CONTRIBUTION_H264_DEFAULT or DISTRIBUTION_H264_DEFAULT."
  }

  validation {
    condition     = try(var.encoding.video_max_bitrate, null) == null ? true : var.encoding.video_max_bitrate >= 10000000 && var.encoding.video_max_bitrate <= 50000000
    error_message = "encoding.video_max_bitrate must be 10000000 to 50000000 bits/s."
  }
}

variable "entitlements" {
  description = "Who may take the flow's content into a flow of their own, by name: subscribers (account numbers), the share of the data transfer that they pay, and encryption (static-key or speke; see primary_source.decryption)."
  type = map(object({
    description = optional(string)
    enabled     = optional(bool, true)
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
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.entitlements) <= 50
    error_message = "entitlements: a flow can have 50 entitlements, not ${length(var.entitlements)}."
  }

  validation {
    condition     = alltrue([for key in keys(var.entitlements) : can(regex("^[A-Za-z0-9_-]{1,64}$", key))])
    error_message = "entitlements: a name must be 1 to 64 letters, digits, '-' or '_'."
  }

  validation {
    condition     = alltrue([for entitlement in var.entitlements : length(entitlement.subscribers) > 0 && alltrue([for account in entitlement.subscribers : can(regex("^[0-9]{12}$", account))])])
    error_message = "entitlements: subscribers must be one or more account numbers of 12 digits (in quotes, so that leading zeros stay)."
  }

  validation {
    condition     = alltrue([for entitlement in var.entitlements : entitlement.subscriber_fee_percent == null ? true : entitlement.subscriber_fee_percent == floor(entitlement.subscriber_fee_percent) && entitlement.subscriber_fee_percent >= 0 && entitlement.subscriber_fee_percent <= 100])
    error_message = "entitlements: subscriber_fee_percent must be a whole number from 0 to 100."
  }
}

variable "failover" {
  description = "What two sources do for each other. mode FAILOVER switches from one to the other after 500 ms of silence (every protocol that can have a backup; prefer_primary: go back to the primary as soon as it is there, otherwise both count alike). mode MERGE takes each packet from whichever source has it (rist, rtp, rtp-fec, zixi-push; the sources must be binary identical; recovery_window is how far apart they may be, 100 to 15000 ms). Null = FAILOVER where there is a backup_source, none otherwise."
  type = object({
    mode            = optional(string, "FAILOVER")
    prefer_primary  = optional(bool)
    recovery_window = optional(number)
  })
  default = null

  validation {
    condition     = var.failover == null ? true : contains(["FAILOVER", "MERGE"], var.failover.mode)
    error_message = "failover.mode must be FAILOVER or MERGE."
  }

  validation {
    condition     = try(var.failover.recovery_window, null) == null ? true : var.failover.recovery_window == floor(var.failover.recovery_window) && var.failover.recovery_window >= 100 && var.failover.recovery_window <= 15000
    error_message = "failover.recovery_window must be whole milliseconds from 100 to 15000."
  }

  validation {
    condition     = try(var.failover.recovery_window, null) == null ? true : var.failover.mode == "MERGE"
    error_message = "failover.recovery_window belongs to the mode MERGE: FAILOVER keeps no buffer."
  }

  validation {
    condition     = try(var.failover.prefer_primary, null) == null ? true : var.failover.mode == "FAILOVER"
    error_message = "failover.prefer_primary belongs to the mode FAILOVER: MERGE uses both sources at once."
  }
}

variable "flow_size" {
  description = "Capacity of the flow: MEDIUM, LARGE (needed for NDI) or LARGE_4X. Null = MediaConnect's default, MEDIUM."
  type        = string
  default     = null

  validation {
    condition     = var.flow_size == null ? true : contains(["MEDIUM", "LARGE", "LARGE_4X"], var.flow_size)
    error_message = "flow_size must be MEDIUM, LARGE or LARGE_4X."
  }
}

variable "maintenance" {
  description = "When MediaConnect may restart the flow for maintenance: day (Monday to Sunday) and start_hour (0 to 23, UTC). Null = MediaConnect chooses."
  type = object({
    day        = string
    start_hour = optional(number, 2)
  })
  default = null

  validation {
    condition     = var.maintenance == null ? true : contains(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], var.maintenance.day)
    error_message = "maintenance.day must be a day of the week with a capital letter, Monday to Sunday."
  }

  validation {
    condition     = var.maintenance == null ? true : contains(range(24), var.maintenance.start_hour)
    error_message = "maintenance.start_hour must be a full hour from 0 to 23 (UTC)."
  }
}

variable "media_streams" {
  description = "The streams of a CDI or ST 2110 JPEG XS flow, by name. id is unique in the flow; type is video, audio or ancillary-data; clock_rate is in Hz (null = 90000, and 48000 for audio); video_format belongs to video, language and channel_order to audio, the rest of format to video."
  type = map(object({
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
    }), {})
    id           = number
    language     = optional(string)
    type         = string
    video_format = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for stream in var.media_streams : contains(["ancillary-data", "audio", "video"], stream.type)])
    error_message = "media_streams: type must be video, audio or ancillary-data."
  }

  validation {
    condition     = length(distinct([for stream in var.media_streams : stream.id])) == length(var.media_streams) && alltrue([for stream in var.media_streams : stream.id == floor(stream.id) && stream.id >= 0])
    error_message = "media_streams: each id must be a whole number from 0 and belong to one stream only."
  }

  validation {
    condition     = alltrue([for stream in var.media_streams : stream.clock_rate == null ? true : contains(stream.type == "audio" ? [48000, 96000] : [90000], stream.clock_rate)])
    error_message = "media_streams: clock_rate must be 90000 for video and ancillary-data, 48000 or 96000 for audio."
  }

  validation {
    condition     = alltrue([for stream in var.media_streams : stream.type == "video" ? contains(["2160p", "1080p", "1080i", "720p", "480p"], coalesce(stream.video_format, "none")) : stream.video_format == null])
    error_message = "media_streams: video_format must be 2160p, 1080p, 1080i, 720p or 480p for video, and absent otherwise."
  }

  validation {
    condition     = alltrue([for stream in var.media_streams : stream.type == "audio" ? true : stream.language == null && stream.format.channel_order == null])
    error_message = "media_streams: language and format.channel_order belong to audio."
  }

  validation {
    condition = alltrue([
      for stream in var.media_streams : stream.type == "video" ? true : alltrue([
        for field in ["colorimetry", "exact_framerate", "par", "range", "scan_mode", "tcs"] : stream.format[field] == null
      ])
    ])
    error_message = "media_streams: of format, everything but channel_order belongs to video."
  }

  validation {
    condition = alltrue([
      for stream in var.media_streams : alltrue([
        contains(["BT601", "BT709", "BT2020", "BT2100", "ST2065-1", "ST2065-3", "XYZ"], coalesce(stream.format.colorimetry, "BT709")),
        contains(["NARROW", "FULL", "FULLPROTECT"], coalesce(stream.format.range, "FULL")),
        contains(["progressive", "interlace", "progressive-segmented-frame"], coalesce(stream.format.scan_mode, "interlace")),
        contains(["SDR", "PQ", "HLG", "LINEAR", "BT2100LINPQ", "BT2100LINHLG", "ST2065-1", "ST428-1", "DENSITY"], coalesce(stream.format.tcs, "SDR")),
      ])
    ])
    error_message = "media_streams: format takes colorimetry BT601, BT709, BT2020, BT2100, ST2065-1, ST2065-3 or XYZ; range NARROW, FULL or FULLPROTECT; scan_mode progressive, interlace or progressive-segmented-frame; tcs SDR, PQ, HLG, LINEAR, BT2100LINPQ, BT2100LINHLG, ST2065-1, ST428-1 or DENSITY."
  }
}

variable "name" {
  description = "Name of the flow. Changing it replaces the flow: its ARN and its ingest address change."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,128}$", var.name))
    error_message = "name must be 1 to 128 letters, digits, '-' or '_'."
  }
}

variable "ndi" {
  description = "NDI for the flow; needed by sources and outputs of ndi-speed-hq, together with flow_size LARGE. Up to three discovery servers, each reached through one of vpc_interfaces; machine_name is the prefix of the names that the flow announces (null = MediaConnect makes one)."
  type = object({
    discovery_servers = list(object({
      address       = string
      port          = optional(number)
      vpc_interface = string
    }))
    machine_name = optional(string)
  })
  default = null

  validation {
    condition     = var.ndi == null ? true : length(var.ndi.discovery_servers) >= 1 && length(var.ndi.discovery_servers) <= 3
    error_message = "ndi.discovery_servers must name one to three servers: NDI does not work without."
  }

  validation {
    condition     = var.ndi == null ? true : alltrue([for server in var.ndi.discovery_servers : server.port == null ? true : server.port == floor(server.port) && server.port >= 1 && server.port <= 65535])
    error_message = "ndi.discovery_servers: port must be a whole number from 1 to 65535."
  }
}

variable "outputs" {
  description = "Outputs by name. Which fields a protocol takes: rtp, rtp-fec: destination, port, smoothing_latency; rist: the same and max_latency; srt-caller: destination, port, min_latency, stream_id, encryption; srt-listener: port, cidr_allow_list, min_latency, encryption; zixi-push: destination, port, stream_id, max_latency, encryption; zixi-pull: stream_id, remote_id, cidr_allow_list, max_latency, encryption; all these vpc_interface, to send inside a VPC. cdi: destination, port, vpc_interface, media_streams; st2110-jpegxs: media_streams with 1 or 2 destinations each; ndi-speed-hq: ndi; router (to a MediaConnect router): router, {} for keys that MediaConnect makes, key_type SECRETS_MANAGER and secret_arn for one of yours. Latencies are milliseconds. encryption: see primary_source.decryption."
  type = map(object({
    cidr_allow_list = optional(list(string))
    description     = optional(string)
    destination     = optional(string)
    enabled         = optional(bool, true)
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
      })), [])
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
      key_type    = optional(string, "AUTOMATIC")
      kms_key_arn = optional(string)
      role_arn    = optional(string)
      secret_arn  = optional(string)
    }))
    smoothing_latency = optional(number)
    stream_id         = optional(string)
    vpc_interface     = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.outputs) <= 50
    error_message = "outputs: a flow can have 50 outputs (a quota that cannot be raised), not ${length(var.outputs)}."
  }

  validation {
    condition     = alltrue([for key in keys(var.outputs) : can(regex("^[A-Za-z0-9_-]{1,64}$", key))])
    error_message = "outputs: a name must be 1 to 64 letters, digits, '-' or '_'."
  }

  validation {
    condition = alltrue([for output in var.outputs : contains(keys(local.output_protocols), output.protocol)])
    error_message = join("\n", [
      for key, output in var.outputs :
      "outputs[\"${key}\"].protocol must be one of ${join(", ", keys(local.output_protocols))}, not \"${output.protocol}\"."
      if !contains(keys(local.output_protocols), output.protocol)
    ])
  }

  validation {
    condition = alltrue(flatten([
      for output in var.outputs : [for field in try(local.output_protocols[output.protocol].required, []) : output[field] != null]
    ]))
    error_message = join("\n", flatten([
      for key, output in var.outputs : [
        for field in try(local.output_protocols[output.protocol].required, []) :
        "outputs[\"${key}\"].${field} is missing: ${output.protocol} needs it." if output[field] == null
      ]
    ]))
  }

  validation {
    condition = alltrue(flatten([
      for output in var.outputs : [
        for field in local.output_transport_fields :
        output[field] == null || contains(concat(local.output_protocols[output.protocol].required, local.output_protocols[output.protocol].optional), field)
      ] if contains(keys(local.output_protocols), output.protocol)
    ]))
    error_message = join("\n", flatten([
      for key, output in var.outputs : [
        for field in local.output_transport_fields :
        "outputs[\"${key}\"].${field}: ${output.protocol} does not take it; it takes ${join(", ", sort(concat(local.output_protocols[output.protocol].required, local.output_protocols[output.protocol].optional)))}."
        if output[field] != null && !contains(concat(local.output_protocols[output.protocol].required, local.output_protocols[output.protocol].optional), field)
      ] if contains(keys(local.output_protocols), output.protocol)
    ]))
  }

  validation {
    condition = alltrue([
      for output in var.outputs :
      output.port == null ? true : output.port == floor(output.port) && output.port >= 1024 && output.port + lookup(local.extra_ports, output.protocol, 0) <= 65535
    ])
    error_message = join("\n", [
      for key, output in var.outputs :
      "outputs[\"${key}\"].port must be a whole number from 1024 to ${65535 - lookup(local.extra_ports, output.protocol, 0)}, not ${output.port}."
      if output.port == null ? false : output.port != floor(output.port) || output.port < 1024 || output.port + lookup(local.extra_ports, output.protocol, 0) > 65535
    ])
  }

  validation {
    condition = alltrue([
      for output in var.outputs : output.destination == null ? true : can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$", output.destination))
    ])
    error_message = join("\n", [
      for key, output in var.outputs :
      "outputs[\"${key}\"].destination must be an IPv4 address or a host name without scheme or port, not \"${output.destination}\"."
      if output.destination == null ? false : !can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$", output.destination))
    ])
  }

  validation {
    condition = alltrue(flatten([
      for output in var.outputs : [
        for cidr in coalesce(output.cidr_allow_list, []) : can(cidrnetmask(cidr)) && try(cidrhost(cidr, 0) == split("/", cidr)[0], false)
      ]
    ]))
    error_message = "outputs: every entry of cidr_allow_list must be an IPv4 network such as 203.0.113.0/24, with the network's own address before the slash."
  }

  validation {
    condition     = alltrue([for output in var.outputs : output.cidr_allow_list == null ? true : length(output.cidr_allow_list) > 0])
    error_message = "outputs: cidr_allow_list needs at least one network: nobody could fetch the output."
  }

  validation {
    condition = var.allow_open_whitelist || alltrue(flatten([
      for output in var.outputs : [for cidr in coalesce(output.cidr_allow_list, []) : !endswith(cidr, "/0")]
    ]))
    error_message = "outputs: cidr_allow_list may not be 0.0.0.0/0: anybody could fetch the stream. Name the receivers' networks."
  }

  validation {
    condition = alltrue([
      for output in var.outputs : alltrue([
        for value in [output.max_latency, output.min_latency, output.smoothing_latency] :
        value == null ? true : value == floor(value) && value >= 0 && value <= 15000
      ])
    ])
    error_message = "outputs: max_latency, min_latency and smoothing_latency must be whole milliseconds from 0 to 15000."
  }

  validation {
    condition = alltrue([
      for output in var.outputs : output.encryption == null ? true : output.encryption.key_type == try(local.output_protocols[output.protocol].key_type, null)
    ])
    error_message = join("\n", [
      for key, output in var.outputs :
      "outputs[\"${key}\"].encryption.key_type must be ${coalesce(try(local.output_protocols[output.protocol].key_type, null), "left out: the protocol has no encryption")} for ${output.protocol}."
      if output.encryption == null ? false : output.encryption.key_type != try(local.output_protocols[output.protocol].key_type, null)
    ])
  }

  validation {
    condition = alltrue([
      for output in var.outputs : output.encryption == null ? true : (
        output.encryption.key_type == "srt-password" ? output.encryption.algorithm == null : contains(["aes128", "aes192", "aes256"], coalesce(output.encryption.algorithm, "none"))
      )
    ])
    error_message = "outputs: encryption.algorithm must be aes128, aes192 or aes256 with key_type static-key, and absent with srt-password (MediaConnect refuses it there)."
  }

  validation {
    condition = alltrue([
      for output in var.outputs : output.encryption == null ? true : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", output.encryption.secret_arn))
    ])
    error_message = "outputs: encryption.secret_arn must be the ARN of a Secrets Manager secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX."
  }
}

variable "primary_source" {
  description = "The flow's source. Which fields a protocol takes: rtp, rtp-fec: ingest_port, max_bitrate; rist: the same and max_latency; srt-listener: ingest_port, min_latency, decryption; zixi-push: stream_id, max_latency, decryption (the port is always 2088; in a VPC 2090 to 2099); all these either whitelist_cidr (from the internet) or vpc_interface (from a VPC). srt-caller: listener_address, listener_port, min_latency, stream_id, decryption, vpc_interface. cdi: ingest_port, vpc_interface (of type efa), media_streams, max_sync_buffer; st2110-jpegxs: media_streams with 1 or 2 inputs each, max_sync_buffer; ndi-speed-hq: ndi. Beside protocols: entitlement (content of another account): entitlement_arn, decryption; bridge (from a gateway): bridge_arn, vpc_interface; router (from a MediaConnect router): router, {} for keys that MediaConnect makes, key_type SECRETS_MANAGER and secret_arn for one of yours. Latencies and buffers are milliseconds, max_bitrate bits/s. decryption.key_type is srt-password (SRT), static-key (Zixi and entitlements, with algorithm) or speke (entitlements, with algorithm, url, region, device_id, resource_id, and api_arn, the execute-api ARN of the key server's proxy); secret_arn holds the key; kms_key_arn is the secret's own key when it has one; role_arn is a role of yours that reads it (null = one is made here). Changing name replaces the flow."
  type = object({
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
      })), [])
    })))
    min_latency = optional(number)
    name        = optional(string, "primary")
    ndi = optional(object({
      audio_reference_level = optional(number)
      source_name           = optional(string)
    }))
    protocol = string
    router = optional(object({
      key_type    = optional(string, "AUTOMATIC")
      kms_key_arn = optional(string)
      role_arn    = optional(string)
      secret_arn  = optional(string)
    }))
    stream_id      = optional(string)
    vpc_interface  = optional(string)
    whitelist_cidr = optional(string)
  })
  nullable = false
}

variable "source_monitoring" {
  description = "What MediaConnect looks for in the pictures and the sound of a transport stream. thumbnail: a picture every few seconds; content_quality: how many seconds (10 to 60) of black or frozen pictures or of silence are reported, 0 = that one is not watched; {} watches all three at 30 s. Null = MediaConnect's defaults."
  type = object({
    content_quality = optional(object({
      black_frames_seconds  = optional(number, 30)
      frozen_frames_seconds = optional(number, 30)
      silent_audio_seconds  = optional(number, 30)
    }))
    thumbnail = optional(bool, true)
  })
  default = null

  validation {
    condition = try(var.source_monitoring.content_quality, null) == null ? true : alltrue([
      for seconds in values(var.source_monitoring.content_quality) : seconds == 0 || (seconds == floor(seconds) && seconds >= 10 && seconds <= 60)
    ])
    error_message = "source_monitoring.content_quality: each must be whole seconds from 10 to 60, or 0 for not watched."
  }
}

variable "tags" {
  description = "Tags for the flow, its outputs, its second source, its entitlements and its roles, on top of the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vpc_interfaces" {
  description = "Network interfaces of the flow in your VPC, by name: subnet_id (in the flow's Availability Zone), security_group_ids, type ena or efa (efa for CDI only). role_arn is a role of yours with which MediaConnect makes them (null = one is made here, for these subnets and groups only)."
  type = map(object({
    role_arn           = optional(string)
    security_group_ids = list(string)
    subnet_id          = string
    type               = optional(string, "ena")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.vpc_interfaces) : can(regex("^[A-Za-z0-9_-]{1,64}$", key))])
    error_message = "vpc_interfaces: a name must be 1 to 64 letters, digits, '-' or '_'."
  }

  validation {
    condition     = alltrue([for interface in var.vpc_interfaces : contains(["efa", "ena"], interface.type)])
    error_message = "vpc_interfaces: type must be ena or efa."
  }

  validation {
    condition     = length([for interface in var.vpc_interfaces : interface if interface.type == "efa"]) <= 1
    error_message = "vpc_interfaces: a flow can have one interface of type efa."
  }

  validation {
    condition     = alltrue([for interface in var.vpc_interfaces : length(interface.security_group_ids) >= 1])
    error_message = "vpc_interfaces: security_group_ids must name at least one group."
  }

  validation {
    condition     = alltrue([for interface in var.vpc_interfaces : can(regex("^subnet-[0-9a-f]+$", interface.subnet_id))])
    error_message = "vpc_interfaces: subnet_id must look like subnet-0123456789abcdef0."
  }

  validation {
    condition     = alltrue(flatten([for interface in var.vpc_interfaces : [for group in interface.security_group_ids : can(regex("^sg-[0-9a-f]+$", group))]]))
    error_message = "vpc_interfaces: security_group_ids must look like sg-0123456789abcdef0."
  }
}
