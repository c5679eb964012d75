variable "alarm_topic_arn" {
  description = "Topic in this Region that hears of the origin's and the workflows' alarms. null = the alarms have no action."
  type        = string
  default     = null
}

variable "allow_open_whitelist" {
  description = "Whether 0.0.0.0/0 may send. For a machine that is not reachable from outside; never for AWS."
  type        = bool
  default     = false
  nullable    = false
}

variable "availability_zones" {
  description = "Two zones: of the primary flow and of the backup one. [] = the first two of the Region. Changing them replaces the flows."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.availability_zones) == 0 || (length(var.availability_zones) == 2 && length(distinct(var.availability_zones)) == 2)
    error_message = "availability_zones must be none, or two different ones: a zone that is gone must take one pipeline only."
  }
}

variable "channel" {
  description = "Name of the channel, the same in both Regions: an element of every path."
  type        = string
  default     = "live"
  nullable    = false
}

variable "contribution" {
  description = "How the feeds come to the flows: protocol rist, rtp, rtp-fec, srt-listener or zixi-push, and what it takes, as mediaconnect_flow's primary_source. whitelist_cidr is who may send; with vpc nobody from outside."
  type = object({
    decryption = optional(object({
      algorithm   = optional(string)
      key_type    = string
      kms_key_arn = optional(string)
      role_arn    = optional(string)
      secret_arn  = string
    }))
    ingest_port    = optional(number)
    max_bitrate    = optional(number)
    max_latency    = optional(number)
    min_latency    = optional(number)
    protocol       = string
    stream_id      = optional(string)
    whitelist_cidr = optional(string)
  })
  nullable = false

  validation {
    condition     = contains(["rist", "rtp", "rtp-fec", "srt-listener", "zixi-push"], var.contribution.protocol)
    error_message = "contribution.protocol must be rist, rtp, rtp-fec, srt-listener or zixi-push."
  }
  validation {
    condition     = (var.contribution.whitelist_cidr == null) == (var.vpc != null)
    error_message = "contribution.whitelist_cidr says who may send from the internet: it is needed without vpc, and nothing with it."
  }
}

variable "cors_origins" {
  description = "Web origins whose pages may play from an origin of kind s3; * = all."
  type        = set(string)
  default     = ["*"]
  nullable    = false
}

variable "definition_file" {
  description = "Encoder settings as JSON, the same file in both Regions, as `headend render` writes it. null = those of live_channel."
  type        = string
  default     = null
}

variable "distribution_arn" {
  description = "ARN of the distribution that may read the origin. null = nobody may, until there is one."
  type        = string
  default     = null
}

variable "input_specification" {
  description = "What the feeds are at most: codec, maximum_bitrate and resolution, as live_channel takes them. maximum_bitrate: null = what holds contribution.max_bitrate, MAX_20_MBPS where that is not said."
  type = object({
    codec           = optional(string, "AVC")
    maximum_bitrate = optional(string)
    resolution      = optional(string, "HD")
  })
  default  = {}
  nullable = false
}

variable "kind" {
  description = "Kind of the origin: mediapackage (CMAF ingest) or s3 (HLS)."
  type        = string
  default     = "mediapackage"
  nullable    = false

  validation {
    condition     = contains(["mediapackage", "s3"], var.kind)
    error_message = "kind must be mediapackage or s3."
  }
}

variable "lifecycle_settings" {
  description = "Seconds that the workflow waits: for a feed, for the channel and for a flow to settle, and between pause and stop. See live_lifecycle."
  type = object({
    drain_seconds               = optional(number, 30)
    feed_timeout_seconds        = optional(number, 300)
    flow_settle_timeout_seconds = optional(number, 300)
    settle_timeout_seconds      = optional(number, 900)
  })
  default  = {}
  nullable = false
}

variable "log_retention_days" {
  description = "Days that logs are kept; 0 = for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "maintenance" {
  description = "When MediaLive may maintain the channel: day (MONDAY …) and start_hour (0 to 23, UTC). Give the two Regions different days. null = AWS chooses."
  type        = object({ day = string, start_hour = number })
  default     = null
}

variable "mediapackage" {
  description = "For kind mediapackage: what live_origin's variable of that name takes."
  type = object({
    manifest_window_seconds  = optional(number, 60)
    publish_quality          = optional(bool, true)
    startover_window_seconds = optional(number, 900)
    switch_by_quality        = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "name" {
  description = "Name of the deployment, the same in both Regions; what belongs to it is called `<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "name must have 1 to 40 lower-case letters, digits or '-', and begin with a letter."
  }
}

variable "packages" {
  description = "Packages of the functions: expire_manifest (kind s3), live_check (without it a start ends when the channel runs). Each a local zip (filename) or an S3 object (s3_bucket, s3_key, s3_object_version)."
  type = map(object({
    filename          = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
    source_code_hash  = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "s3" {
  description = "For kind s3: what live_origin's variable of that name takes."
  type = object({
    expire = optional(object({
      factor = optional(number, 1.8)
    }), {})
    force_destroy  = optional(bool, false)
    retention_days = optional(number, 1)
  })
  default  = {}
  nullable = false
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vpc" {
  description = "Feeds come into a VPC of yours (by Direct Connect or VPN): subnets of the primary and the backup flow, in the zones of availability_zones, and security groups. null = from the internet."
  type = object({
    security_group_ids = list(string)
    subnet_ids         = list(string)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : length(distinct(var.vpc.subnet_ids)) == 2 && length(var.availability_zones) == 2
    error_message = "vpc.subnet_ids must be two, the primary flow's first, and availability_zones must name their zones."
  }
}

variable "weakened_for_drill" {
  description = "For drills that show what a protection of the origin is for, never for viewers: see live_origin."
  type = object({
    confirm          = string
    dead_mans_switch = optional(bool, true)
    endpoint_errors  = optional(bool, true)
    expiry_segments  = optional(number)
    if_match         = optional(bool, true)
  })
  default = null
}
