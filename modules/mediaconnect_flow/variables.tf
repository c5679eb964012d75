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

variable "description" {
  description = "What the flow carries. MediaConnect keeps it with the source (a flow has no description of its own)."
  type        = string
  default     = null
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

variable "outputs" {
  description = "Outputs by name. Which fields a protocol takes: rtp, rtp-fec: destination, port, smoothing_latency; rist: the same and max_latency; srt-caller: destination, port, min_latency, stream_id, encryption; srt-listener: port, cidr_allow_list, min_latency, encryption; zixi-push: destination, port, stream_id, max_latency, encryption; zixi-pull: stream_id, remote_id, cidr_allow_list, max_latency, encryption. Latencies are milliseconds. encryption: see primary_source.decryption."
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
    max_latency       = optional(number)
    min_latency       = optional(number)
    port              = optional(number)
    protocol          = string
    remote_id         = optional(string)
    smoothing_latency = optional(number)
    stream_id         = optional(string)
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
      "outputs[\"${key}\"].protocol must be one of ${join(", ", keys(local.output_protocols))}, not \"${output.protocol}\" (st2110-jpegxs, cdi and ndi-speed-hq need VPC interfaces, which this module does not make)."
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
  description = "The flow's source. Which fields a protocol takes: rtp, rtp-fec: ingest_port, whitelist_cidr, max_bitrate; rist: the same and max_latency; srt-listener: ingest_port, whitelist_cidr, min_latency, decryption; srt-caller: listener_address, listener_port, min_latency, stream_id, decryption; zixi-push: whitelist_cidr, stream_id, max_latency, decryption (the port is always 2088). Latencies are milliseconds, max_bitrate bits/s. decryption.key_type is srt-password (SRT) or static-key (Zixi, with algorithm); secret_arn holds the key; kms_key_arn is the secret's own key when it has one; role_arn is a role of yours that reads it (null = one is made here). Changing name replaces the flow."
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
    name             = optional(string, "primary")
    protocol         = string
    stream_id        = optional(string)
    whitelist_cidr   = optional(string)
  })
  nullable = false

  validation {
    condition     = contains(keys(local.source_protocols), var.primary_source.protocol)
    error_message = "primary_source.protocol must be one of ${join(", ", keys(local.source_protocols))}, not \"${var.primary_source.protocol}\" (st2110-jpegxs, cdi and ndi-speed-hq need VPC interfaces, which this module does not make)."
  }

  validation {
    condition = alltrue([
      for field in try(local.source_protocols[var.primary_source.protocol].required, []) : var.primary_source[field] != null
    ])
    error_message = join("\n", [
      for field in try(local.source_protocols[var.primary_source.protocol].required, []) :
      "primary_source.${field} is missing: ${var.primary_source.protocol} needs it." if var.primary_source[field] == null
    ])
  }

  validation {
    condition = !contains(keys(local.source_protocols), var.primary_source.protocol) ? true : alltrue([
      for field in local.source_transport_fields :
      var.primary_source[field] == null || contains(concat(local.source_protocols[var.primary_source.protocol].required, local.source_protocols[var.primary_source.protocol].optional), field)
    ])
    error_message = !contains(keys(local.source_protocols), var.primary_source.protocol) ? "primary_source.protocol is unknown." : join("\n", [
      for field in local.source_transport_fields :
      "primary_source.${field}: ${var.primary_source.protocol} does not take it; it takes ${join(", ", sort(concat(local.source_protocols[var.primary_source.protocol].required, local.source_protocols[var.primary_source.protocol].optional)))}."
      if var.primary_source[field] != null && !contains(concat(local.source_protocols[var.primary_source.protocol].required, local.source_protocols[var.primary_source.protocol].optional), field)
    ])
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.primary_source.name))
    error_message = "primary_source.name must be 1 to 64 letters, digits, '-' or '_'."
  }

  validation {
    condition = alltrue([
      for port in [var.primary_source.ingest_port, var.primary_source.listener_port] :
      port == null ? true : port == floor(port) && port >= 1024 && port + lookup(local.extra_ports, var.primary_source.protocol, 0) <= 65535
    ])
    error_message = "primary_source: ingest_port and listener_port must be whole numbers from 1024 to ${65535 - lookup(local.extra_ports, var.primary_source.protocol, 0)}."
  }

  validation {
    condition     = var.primary_source.ingest_port == null ? true : !contains(local.reserved_ports, var.primary_source.ingest_port)
    error_message = "primary_source.ingest_port may not be ${join(" or ", local.reserved_ports)}: MediaConnect keeps them for Zixi."
  }

  validation {
    condition = var.primary_source.whitelist_cidr == null ? true : (
      can(cidrnetmask(var.primary_source.whitelist_cidr)) && try(cidrhost(var.primary_source.whitelist_cidr, 0) == split("/", var.primary_source.whitelist_cidr)[0], false)
    )
    error_message = "primary_source.whitelist_cidr must be an IPv4 network such as 203.0.113.0/24, with the network's own address before the slash."
  }

  validation {
    condition     = var.allow_open_whitelist || var.primary_source.whitelist_cidr == null ? true : !endswith(var.primary_source.whitelist_cidr, "/0")
    error_message = "primary_source.whitelist_cidr may not be 0.0.0.0/0: anybody could send to the flow. Name the encoder's network, e.g. 203.0.113.7/32."
  }

  validation {
    condition     = var.primary_source.listener_address == null ? true : can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$", var.primary_source.listener_address))
    error_message = "primary_source.listener_address must be an IPv4 address or a host name without scheme or port."
  }

  validation {
    condition = alltrue([
      for value in [var.primary_source.max_latency, var.primary_source.min_latency] :
      value == null ? true : value == floor(value) && value >= 0 && value <= 15000
    ])
    error_message = "primary_source: max_latency and min_latency must be whole milliseconds from 0 to 15000."
  }

  validation {
    condition     = var.primary_source.max_bitrate == null ? true : var.primary_source.max_bitrate == floor(var.primary_source.max_bitrate) && var.primary_source.max_bitrate > 0
    error_message = "primary_source.max_bitrate must be a whole number of bits per second above 0."
  }

  validation {
    condition = var.primary_source.decryption == null ? true : (
      var.primary_source.decryption.key_type == try(local.source_protocols[var.primary_source.protocol].key_type, null)
    )
    error_message = "primary_source.decryption.key_type must be ${coalesce(try(local.source_protocols[var.primary_source.protocol].key_type, null), "left out: the protocol has no encryption")} for ${var.primary_source.protocol}."
  }

  validation {
    condition = var.primary_source.decryption == null ? true : (
      var.primary_source.decryption.key_type == "srt-password"
      ? var.primary_source.decryption.algorithm == null
      : contains(["aes128", "aes192", "aes256"], coalesce(var.primary_source.decryption.algorithm, "none"))
    )
    error_message = "primary_source.decryption.algorithm must be aes128, aes192 or aes256 with key_type static-key, and absent with srt-password (MediaConnect refuses it there)."
  }

  validation {
    condition     = var.primary_source.decryption == null ? true : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", var.primary_source.decryption.secret_arn))
    error_message = "primary_source.decryption.secret_arn must be the ARN of a Secrets Manager secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX."
  }
}

variable "tags" {
  description = "Tags for the flow, its outputs and its role, on top of the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
