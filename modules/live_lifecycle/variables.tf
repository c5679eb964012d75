variable "alarm_topic_arn" {
  description = "Topic that hears of failed, timed out and aborted executions. null = the alarms have no action."
  type        = string
  default     = null
}

variable "bucket_name" {
  description = "For kind s3: the origin's bucket, whose manifests are deleted when the channel stops. null for kind mediapackage."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null ? var.origin.kind == "mediapackage" : var.origin.kind == "s3"
    error_message = "bucket_name goes with an origin of kind s3: live_origin's output of that name."
  }
}

variable "channel_id" {
  description = "Id of the channel, in the provider's Region: live_channel's output of that name. The workflow may act on no other."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{1,20}$", var.channel_id))
    error_message = "channel_id must be a channel's id, which is digits, not its ARN."
  }
}

variable "check_function_arn" {
  description = "Function (lambda_src/live_check) that tells whether segments are numbered by the epoch and the manifest says what the channel makes. null = a Region counts as ready when its channel runs with no pipeline paused."
  type        = string
  default     = null
}

variable "drain_seconds" {
  description = "Seconds between the pause and the stop, in which the edge finds the other Region; where the programme is over, those in which players see its end: 5 to 900."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.drain_seconds >= 5 && var.drain_seconds <= 900 && floor(var.drain_seconds) == var.drain_seconds
    error_message = "drain_seconds must be a whole number from 5 to 900."
  }
}

variable "feed_timeout_seconds" {
  description = "Seconds that are waited for a flow on air to see its feed: 10 to 3600. After that the start fails, or goes on with the other one where its input says that one is enough."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.feed_timeout_seconds >= 10 && var.feed_timeout_seconds <= 3600 && floor(var.feed_timeout_seconds) == var.feed_timeout_seconds
    error_message = "feed_timeout_seconds must be a whole number from 10 to 3600."
  }
}

variable "flow_settle_timeout_seconds" {
  description = "Seconds that are waited for a flow to settle, each time that it is: 10 to 3600."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.flow_settle_timeout_seconds >= 10 && var.flow_settle_timeout_seconds <= 3600 && floor(var.flow_settle_timeout_seconds) == var.flow_settle_timeout_seconds
    error_message = "flow_settle_timeout_seconds must be a whole number from 10 to 3600."
  }
}

variable "flows" {
  description = "ARNs of the channel's flows: primary feeds pipeline 0, backup pipeline 1."
  type        = object({ backup = string, primary = string })
  nullable    = false

  validation {
    condition     = var.flows.primary != var.flows.backup
    error_message = "flows: both pipelines would have the same flow."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the workflows' log groups; its policy must admit logs.<region>.amazonaws.com and delivery.logs.amazonaws.com. null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that the workflows' logs are kept; 0 = for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "manifest_keys" {
  description = "For kind s3: keys of the manifests that MediaLive writes, without the static one, such as live/primary_high.m3u8: up to 200. [] for kind mediapackage."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = (var.origin.kind == "s3") == (length(var.manifest_keys) > 0) && length(var.manifest_keys) <= 200
    error_message = "manifest_keys goes with an origin of kind s3, which needs 1 to 200 of them."
  }
  validation {
    condition     = alltrue([for key in var.manifest_keys : can(regex("^[A-Za-z0-9_./-]+\\.m3u8$", key))])
    error_message = "manifest_keys must be keys of manifests that end in .m3u8, of letters, digits, '-', '_', '.' and '/'."
  }
}

variable "name" {
  description = "Name of the deployment, the same in both Regions; what belongs to it is called `<name>-live-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,42}$", var.name))
    error_message = "name must have 1 to 43 letters, digits, '-' or '_', and start with a letter or digit."
  }
}

variable "origin" {
  description = "The output `origin` of live_origin: where the check reads what viewers will."
  type = object({
    domain_name   = string
    kind          = string
    manifest_path = string
  })
  nullable = false

  validation {
    condition     = contains(["mediapackage", "s3"], var.origin.kind)
    error_message = "origin.kind must be mediapackage or s3."
  }
}

variable "settle_timeout_seconds" {
  description = "Seconds that are waited for the channel to settle, each time that it is: 60 to 3600. MediaLive starts most channels within 3 minutes and calls 10 normal."
  type        = number
  default     = 900
  nullable    = false

  validation {
    condition     = var.settle_timeout_seconds >= 60 && var.settle_timeout_seconds <= 3600 && floor(var.settle_timeout_seconds) == var.settle_timeout_seconds
    error_message = "settle_timeout_seconds must be a whole number from 60 to 3600."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
