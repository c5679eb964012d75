variable "alarm_topic_arn" {
  description = "Topic that hears of failed, timed out and aborted executions. null = the alarms have no action."
  type        = string
  default     = null
}

variable "alarms_enabled" {
  description = "Whether to create the alarms `<name>-failed`, `<name>-timed-out` and `<name>-aborted`."
  type        = bool
  default     = true
  nullable    = false
}

variable "alias" {
  description = "Name of the alias that callers start; it follows the newest version."
  type        = string
  default     = "live"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,80}$", var.alias)) && !can(regex("^[0-9]+$", var.alias))
    error_message = "alias must have 1 to 80 letters, digits, '-', '_' or '.', and not only digits."
  }
}

variable "definition_file" {
  description = "Path of the Amazon States Language definition, JSON with `$${name}` placeholders inside strings."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.definition_file)
    error_message = "definition_file: ${var.definition_file} does not exist. Name a rendered definition (`headend render` writes them)."
  }
}

variable "include_execution_data" {
  description = "Whether logs hold the input and output of every state."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_data_key_reuse_seconds" {
  description = "Seconds that Step Functions reuses a data key of `kms_key_arn`: 60 to 900."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.kms_data_key_reuse_seconds >= 60 && var.kms_data_key_reuse_seconds <= 900
    error_message = "kms_data_key_reuse_seconds must be from 60 to 900."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the definition and the executions. null = Step Functions' own."
  type        = string
  default     = null
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log group; its policy must admit logs.<region>.amazonaws.com and delivery.logs.amazonaws.com. null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_level" {
  description = "What is logged: ALL, ERROR, FATAL or OFF."
  type        = string
  default     = "ALL"
  nullable    = false

  validation {
    condition     = contains(["ALL", "ERROR", "FATAL", "OFF"], var.log_level)
    error_message = "log_level must be ALL, ERROR, FATAL or OFF."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept; 0 = for ever."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days
    )
    error_message = "log_retention_days must be one that CloudWatch Logs knows: 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "name" {
  description = "Name of the state machine; what belongs to it is called `<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$", var.name))
    error_message = "name must have 1 to 80 letters, digits, '-' or '_', the longest that Step Functions allows, and start with a letter or digit."
  }
}

variable "placeholder_lists" {
  description = "Placeholders of `policy_file` that stand for several ARNs, each the whole of a resource: name → ARNs. Without any the resource is left out, and a statement that has no other."
  type        = map(list(string))
  default     = {}
  nullable    = false
}

variable "placeholders" {
  description = "Values for the placeholders of `definition_file` and `policy_file`, beside `account_id`, `partition`, `region` and `state_machine_name`. They are put into JSON strings as they stand: escape quotes and backslashes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "policy_file" {
  description = "Path of an IAM policy with the same placeholders: what the definition's states need. `headend asl iam` derives it. null = the machine may call nothing."
  type        = string
  default     = null

  validation {
    condition     = var.policy_file == null ? true : fileexists(var.policy_file)
    error_message = "policy_file: ${coalesce(var.policy_file, "(none)")} does not exist. Name a derived policy (`headend render` and `headend asl iam --out` write them)."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tracing_enabled" {
  description = "Whether X-Ray traces executions."
  type        = bool
  default     = true
  nullable    = false
}

variable "type" {
  description = "STANDARD (exactly once, up to a year) or EXPRESS (at least once, up to five minutes)."
  type        = string
  default     = "STANDARD"
  nullable    = false

  validation {
    condition     = contains(["EXPRESS", "STANDARD"], var.type)
    error_message = "type must be STANDARD or EXPRESS."
  }
}
