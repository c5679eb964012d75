variable "alarm_topic_arn" {
  description = "Topic that hears when manifests expire, and when the function that expires them fails. null = the alarms have no action."
  type        = string
  default     = null
}

variable "channel" {
  description = "Name of the channel, the same in both Regions: an element of every path."
  type        = string
  default     = "live"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,31}$", var.channel))
    error_message = "channel must have 1 to 32 lower-case letters, digits or '-', and begin with a letter."
  }
}

variable "cors_origins" {
  description = "Web origins whose pages may play from an origin of kind s3, such as https://www.example.com; * = all. [] = none. MediaPackage answers all by itself."
  type        = set(string)
  default     = ["*"]
  nullable    = false

  validation {
    condition     = alltrue([for one in var.cors_origins : one == "*" || can(regex("^https?://[^/*]*\\*?[^/*]*$", one))])
    error_message = "cors_origins must be * or addresses like https://www.example.com without a path, with one * at most."
  }
}

variable "distribution_arn" {
  description = "ARN of the distribution that may read. null = nobody may, until there is one."
  type        = string
  default     = null

  validation {
    condition     = var.distribution_arn == null ? true : can(regex("^arn:aws[a-z-]*:cloudfront::[0-9]{12}:distribution/[A-Z0-9]+$", var.distribution_arn))
    error_message = "distribution_arn must be the ARN of a CloudFront distribution."
  }
}

variable "function" {
  description = "The function that expires manifests: memory in MB, seconds that a batch may take (5 to 60), how many batches at once (2 to 1000), and its ceiling of concurrent executions (null = from the account's pool)."
  type = object({
    maximum_concurrency            = optional(number, 5)
    memory_size                    = optional(number, 512)
    reserved_concurrent_executions = optional(number)
    timeout                        = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.function.timeout >= 5 && var.function.timeout <= 60
    error_message = "function.timeout must be from 5 to 60: a manifest whose deletion broke off is tried again after six times as long."
  }
  validation {
    condition     = var.function.maximum_concurrency >= 2 && var.function.maximum_concurrency <= 1000
    error_message = "function.maximum_concurrency must be from 2 to 1000."
  }
}

variable "kind" {
  description = "mediapackage (MediaPackage V2 takes CMAF in) or s3 (the encoder writes HLS to a bucket)."
  type        = string
  default     = "mediapackage"
  nullable    = false

  validation {
    condition     = contains(["mediapackage", "s3"], var.kind)
    error_message = "kind must be mediapackage or s3. HLS into MediaPackage is not offered: AWS documents failover between Regions for CMAF only."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the function's log group; its policy must admit logs.<region>.amazonaws.com. null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_level" {
  description = "What the function logs: DEBUG (also manifests that were written in time), INFO, WARNING, ERROR or CRITICAL."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["CRITICAL", "DEBUG", "ERROR", "INFO", "WARNING"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept; 0 = for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "mediapackage" {
  description = "For kind mediapackage: seconds of content in a manifest, seconds that can be played from the start, whether to take each segment from the pipeline whose picture is better (MQCS), and whether to tell that quality in headers."
  type = object({
    manifest_window_seconds  = optional(number, 60)
    publish_quality          = optional(bool, true)
    startover_window_seconds = optional(number, 900)
    switch_by_quality        = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.mediapackage.manifest_window_seconds >= 3 * var.segment_seconds && var.mediapackage.manifest_window_seconds <= 86400 && floor(var.mediapackage.manifest_window_seconds) == var.mediapackage.manifest_window_seconds
    error_message = "mediapackage.manifest_window_seconds must be a whole number from three segments (${3 * var.segment_seconds}) to 86400."
  }
  validation {
    condition     = var.mediapackage.startover_window_seconds >= var.mediapackage.manifest_window_seconds && var.mediapackage.startover_window_seconds <= 1209600 && floor(var.mediapackage.startover_window_seconds) == var.mediapackage.startover_window_seconds
    error_message = "mediapackage.startover_window_seconds must be a whole number from manifest_window_seconds to 1209600 (14 days)."
  }
}

variable "name" {
  description = "Name of the deployment, the same in both Regions: the channel group is called so, the bucket `<name>-origin-<digits>`, all else `<name>-…`."
  type        = string
  nullable    = false

  validation {
    # A bucket's name has 63 characters at most, of which `-origin-` and twelve digits are 20.
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "name must have 1 to 40 lower-case letters, digits or '-', and begin with a letter: a bucket is called after it, and MediaLive takes no dots there."
  }
}

variable "packages" {
  description = "The function's package, expire_manifest, for kind s3: a local zip (filename) or an S3 object (s3_bucket, s3_key, s3_object_version), as built by `headend package` or published by `make release`. Other packages may stand beside it."
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
  description = "For kind s3: segments' durations after which a manifest that is not written again is deleted (expire.factor, 1.5 to 2.5, rounded up to whole seconds), days that segments are kept, and whether destroy deletes them."
  type = object({
    expire = optional(object({
      factor = optional(number, 1.8)
    }), {})
    force_destroy  = optional(bool, false)
    retention_days = optional(number, 1)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.s3.expire.factor >= 1.5 && var.s3.expire.factor <= 2.5
    error_message = "s3.expire.factor must be from 1.5 to 2.5: below, manifests that are written a little late are deleted; above, players that hold three segments stall before they fail over."
  }
  validation {
    condition     = var.s3.retention_days >= 1 && floor(var.s3.retention_days) == var.s3.retention_days
    error_message = "s3.retention_days must be a whole number from 1."
  }
}

variable "segment_seconds" {
  description = "Seconds of a segment, as the encoder makes them: 1 to 10. A frame rate like 30000/1001 makes them a thousandth longer, which counts for nothing here."
  type        = number
  nullable    = false

  validation {
    condition     = var.segment_seconds >= 1 && var.segment_seconds <= 10 && floor(var.segment_seconds) == var.segment_seconds
    error_message = "segment_seconds must be a whole number from 1 to 10."
  }
}

variable "static_manifest" {
  description = "For kind s3: the text of the multivariant manifest that players open, with the media manifests of both pipelines, as `headend render` writes it for the channel's ladder. null for kind mediapackage, which makes its own."
  type        = string
  default     = null

  validation {
    condition     = var.static_manifest == null ? true : startswith(var.static_manifest, "#EXTM3U\n")
    error_message = "static_manifest must be the text of an HLS manifest, which begins with #EXTM3U, not a file's name."
  }
  validation {
    condition = var.static_manifest == null ? true : alltrue([
      for line in split("\n", var.static_manifest) : can(regex("^(#.*|(primary|backup)[A-Za-z0-9_-]+\\.m3u8|)\r?$", line))
    ])
    error_message = "static_manifest must name media manifests that begin with primary (pipeline 0) or backup (pipeline 1) and lie beside it."
  }
  validation {
    condition = var.static_manifest == null ? true : (
      sort(regexall("\nprimary([A-Za-z0-9_-]+\\.m3u8)", var.static_manifest)[*][0]) == sort(regexall("\nbackup([A-Za-z0-9_-]+\\.m3u8)", var.static_manifest)[*][0])
      && length(regexall("\nprimary", var.static_manifest)) > 0
    )
    error_message = "static_manifest must name each rendition of both pipelines, primary… and backup…: a player that knows one pipeline only cannot change over."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "weakened_for_drill" {
  description = "For drills that show what a protection is for, never for viewers: takes protections away (false), or sets the segments until a manifest expires. Only with confirm = \"viewers of <name> will be cut off\"; the output weakened_for_drill then names them."
  type = object({
    confirm          = string
    dead_mans_switch = optional(bool, true)
    endpoint_errors  = optional(bool, true)
    expiry_segments  = optional(number)
    if_match         = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.weakened_for_drill == null ? true : var.weakened_for_drill.confirm == "viewers of ${var.name} will be cut off"
    error_message = "weakened_for_drill takes the origin's protections away. If that is meant, confirm must be \"viewers of ${var.name} will be cut off\"; otherwise leave it out."
  }
  validation {
    condition     = try(var.weakened_for_drill.expiry_segments, null) == null ? true : var.weakened_for_drill.expiry_segments > 0 && var.weakened_for_drill.expiry_segments * var.segment_seconds <= 900
    error_message = "weakened_for_drill.expiry_segments must be above 0, and 900 s in all at most: a message of SQS waits no longer."
  }
}
