variable "allow_open_whitelist" {
  description = "Whether 0.0.0.0/0 may send. For a machine that is not reachable from outside; never for AWS."
  type        = bool
  default     = false
  nullable    = false
}

variable "channel" {
  description = "Name of the channel: an element of every path."
  type        = string
  default     = "live"
  nullable    = false
}

variable "contribution" {
  description = "How the feeds come to the four flows, alike in both Regions: protocol rist, rtp, rtp-fec, srt-listener or zixi-push, and what it takes, as mediaconnect_flow's primary_source. whitelist_cidr is who may send from the internet, for Regions without vpc."
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
}

variable "cors_origins" {
  description = "Web origins whose pages may play, such as https://www.example.com; * = all."
  type        = set(string)
  default     = ["*"]
  nullable    = false
}

variable "definition_file" {
  description = "Encoder settings as JSON, for both Regions, as `headend render` writes them. null = those of live_channel."
  type        = string
  default     = null
}

variable "delivery" {
  description = "The distribution: what live_delivery's variables of these names take."
  type = object({
    access_logs = optional(object({
      bucket_domain_name = string
      prefix             = optional(string, "")
    }))
    aliases               = optional(set(string), [])
    certificate_arn       = optional(string)
    error_caching_seconds = optional(number, 0)
    geo_restriction = optional(object({
      countries = optional(set(string), [])
      type      = optional(string, "none")
    }), {})
    media_quality    = optional(bool, false)
    preferred_region = optional(string, "auto")
    price_class      = optional(string, "PriceClass_All")
    viewer_location = optional(object({
      countries = optional(map(string), {})
      enabled   = optional(bool, true)
    }), {})
    web_acl_arn = optional(string)
  })
  default  = {}
  nullable = false
}

variable "input_specification" {
  description = "What the feeds are at most, which MediaLive is paid by: codec, maximum_bitrate and resolution, as live_channel takes them. maximum_bitrate: null = what holds contribution.max_bitrate, MAX_20_MBPS where that is not said."
  type = object({
    codec           = optional(string, "AVC")
    maximum_bitrate = optional(string)
    resolution      = optional(string, "HD")
  })
  default  = {}
  nullable = false
}

variable "kind" {
  description = "Kind of both origins: mediapackage (CMAF ingest) or s3 (HLS)."
  type        = string
  default     = "mediapackage"
  nullable    = false

  validation {
    condition     = contains(["mediapackage", "s3"], var.kind)
    error_message = "kind must be mediapackage or s3."
  }
}

variable "lifecycle_settings" {
  description = "Seconds that the workflows wait: for a feed, for channel and flow to settle, and between pause and stop. See live_lifecycle."
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
  description = "Name of the deployment; what belongs to it is called `<name>-…`, in both Regions alike."
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

variable "regions" {
  description = "What only a Region can say: its two zones (the primary flow's first; [] = the first two), the subnets and security groups by which feeds come into a VPC, the topic for alarms, the day (MONDAY …) and hour (0 to 23, UTC) of maintenance."
  type = object({
    primary = optional(object({
      alarm_topic_arn    = optional(string)
      availability_zones = optional(list(string), [])
      maintenance        = optional(object({ day = string, start_hour = number }))
      vpc                = optional(object({ security_group_ids = list(string), subnet_ids = list(string) }))
    }), {})
    secondary = optional(object({
      alarm_topic_arn    = optional(string)
      availability_zones = optional(list(string), [])
      maintenance        = optional(object({ day = string, start_hour = number }))
      vpc                = optional(object({ security_group_ids = list(string), subnet_ids = list(string) }))
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.regions.primary.maintenance == null || var.regions.secondary.maintenance == null ? true : var.regions.primary.maintenance.day != var.regions.secondary.maintenance.day
    error_message = "regions: both would be maintained on the same day. Give them different ones."
  }
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

variable "weakened_for_drill" {
  description = "For drills that show what a protection is for, never for viewers: what live_origin and live_delivery take."
  type = object({
    delivery = optional(object({
      confirm               = string
      error_caching_seconds = optional(number)
    }))
    origin = optional(object({
      confirm          = string
      dead_mans_switch = optional(bool, true)
      endpoint_errors  = optional(bool, true)
      expiry_segments  = optional(number)
      if_match         = optional(bool, true)
    }))
  })
  default  = {}
  nullable = false
}
