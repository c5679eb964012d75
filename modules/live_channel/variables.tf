variable "definition_file" {
  description = "Encoder settings as JSON: `headend render` writes them for the ladder in config.yaml (envs/ENV/rendered/encoder_settings.cmaf.json for kind mediapackage, encoder_settings.hls.json for s3, with index.m3u8 beside it), `headend check` checks yours. null = those of ladder.yaml in this module."
  type        = string
  default     = null

  validation {
    condition     = var.definition_file == null ? true : can(jsondecode(file(var.definition_file)).VideoDescriptions)
    error_message = "definition_file must be a file of encoder settings (JSON), as `headend render` writes it."
  }
}

variable "destinations" {
  description = "Where the pipelines write to, pipeline 0 first: live_origin's destinations."
  type        = list(object({ url = string }))
  nullable    = false

  validation {
    condition     = length(var.destinations) == 2
    error_message = "destinations must be two: of pipeline 0 and of pipeline 1."
  }
  validation {
    condition     = length(distinct([for one in var.destinations : one.url])) == length(var.destinations)
    error_message = "destinations: both pipelines would write to the same URL."
  }
  validation {
    condition     = alltrue([for one in var.destinations : startswith(one.url, var.kind == "s3" ? "s3ssl://" : "https://")])
    error_message = "destinations must begin with s3ssl:// for kind s3 and with https:// for kind mediapackage: nothing is sent without TLS."
  }
  validation {
    condition     = var.kind != "s3" ? true : [for one in var.destinations : reverse(split("/", one.url))[0]] == ["primary", "backup"]
    error_message = "destinations of kind s3 must end in /primary for pipeline 0 and in /backup for pipeline 1."
  }
  validation {
    condition     = var.kind != "s3" ? true : length(distinct([for one in var.destinations : dirname(one.url)])) == 1
    error_message = "destinations of kind s3 must be in one folder: the static manifest names the files of both pipelines beside it."
  }
}

variable "flow_arns" {
  description = "ARNs of the two flows, in different Availability Zones: primary feeds pipeline 0, backup pipeline 1."
  type        = object({ backup = string, primary = string })
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.flow_arns) : can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:.+$", arn))])
    error_message = "flow_arns must be ARNs of MediaConnect flows, arn:aws:mediaconnect:REGION:ACCOUNT:flow:ID:NAME."
  }
  validation {
    condition     = var.flow_arns.primary != var.flow_arns.backup
    error_message = "flow_arns: both pipelines would have the same flow, and fail together."
  }
}

variable "input_specification" {
  description = "What the feeds are at most, which MediaLive is paid by: codec (AVC, HEVC, MPEG2), maximum_bitrate (MAX_10_MBPS, MAX_20_MBPS, MAX_50_MBPS) and resolution (SD, HD, UHD)."
  type = object({
    codec           = optional(string, "AVC")
    maximum_bitrate = optional(string, "MAX_20_MBPS")
    resolution      = optional(string, "HD")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["AVC", "HEVC", "MPEG2"], var.input_specification.codec)
    error_message = "input_specification.codec must be AVC, HEVC or MPEG2."
  }
  validation {
    condition     = contains(["MAX_10_MBPS", "MAX_20_MBPS", "MAX_50_MBPS"], var.input_specification.maximum_bitrate)
    error_message = "input_specification.maximum_bitrate must be MAX_10_MBPS, MAX_20_MBPS or MAX_50_MBPS."
  }
  validation {
    condition     = contains(["HD", "SD", "UHD"], var.input_specification.resolution)
    error_message = "input_specification.resolution must be SD, HD or UHD."
  }
}

variable "kind" {
  description = "Kind of the origin: mediapackage (CMAF ingest) or s3 (HLS)."
  type        = string
  default     = "mediapackage"
  nullable    = false

  validation {
    condition     = contains(["mediapackage", "s3"], var.kind)
    error_message = "kind must be mediapackage or s3. HLS into MediaPackage is not offered: AWS documents failover between Regions for CMAF only."
  }
}

variable "log_level" {
  description = "What MediaLive logs: DISABLED, ERROR, WARNING, INFO or DEBUG. The as-run log does not depend on it."
  type        = string
  default     = "WARNING"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "DISABLED", "ERROR", "INFO", "WARNING"], var.log_level)
    error_message = "log_level must be DISABLED, ERROR, WARNING, INFO or DEBUG."
  }
}

variable "maintenance" {
  description = "When MediaLive may maintain the channel: day (MONDAY …) and start_hour (0 to 23, UTC). Give the two Regions different days. null = AWS chooses."
  type        = object({ day = string, start_hour = number })
  default     = null

  validation {
    condition     = var.maintenance == null ? true : contains(["FRIDAY", "MONDAY", "SATURDAY", "SUNDAY", "THURSDAY", "TUESDAY", "WEDNESDAY"], var.maintenance.day)
    error_message = "maintenance.day must be MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY or SUNDAY."
  }
  validation {
    condition     = var.maintenance == null ? true : var.maintenance.start_hour == floor(var.maintenance.start_hour) && var.maintenance.start_hour >= 0 && var.maintenance.start_hour <= 23
    error_message = "maintenance.start_hour must be a whole hour from 0 to 23, UTC."
  }
}

variable "name" {
  description = "Name of the channel and its input, the same in both Regions; what belongs to them is called `<name>-channel…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,99}$", var.name))
    error_message = "name must have 1 to 100 letters, digits or '-', and begin with a letter: it is part of the stack's name."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "writer_policy_json" {
  description = "What the channel's role may do with the origin: live_origin's writer_policy_json."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.writer_policy_json).Statement)
    error_message = "writer_policy_json must be a policy document (JSON), such as live_origin's output of that name."
  }
}
