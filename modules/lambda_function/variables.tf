variable "alarm_topic_arn" {
  description = "Topic that hears of errors, throttles and asynchronous failures. null = the alarms have no action."
  type        = string
  default     = null
}

variable "alarms_enabled" {
  description = "Whether to create the alarms `<name>-errors`, `<name>-throttles` and `<name>-async-failures`."
  type        = bool
  default     = true
  nullable    = false
}

variable "alias" {
  description = "Name of the alias that callers use; it follows the newest version."
  type        = string
  default     = "live"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,128}$", var.alias)) && !can(regex("^[0-9]+$", var.alias))
    error_message = "alias must have 1 to 128 letters, digits, '-' or '_', and not only digits."
  }
}

variable "architecture" {
  description = "Instruction set: arm64 or x86_64."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "async" {
  description = "Asynchronous invocations: how old an event may grow (60 to 21600 s) and how often it is retried (0 to 2) before it goes to the queue `<name>-async-failures`."
  type = object({
    maximum_event_age_seconds = optional(number, 3600)
    maximum_retry_attempts    = optional(number, 2)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.async.maximum_event_age_seconds >= 60 && var.async.maximum_event_age_seconds <= 21600
    error_message = "async.maximum_event_age_seconds must be from 60 to 21600."
  }
  validation {
    condition     = contains([0, 1, 2], var.async.maximum_retry_attempts)
    error_message = "async.maximum_retry_attempts must be 0, 1 or 2."
  }
}

variable "code_signing_config_arn" {
  description = "Code signing configuration that the package must satisfy. null = none."
  type        = string
  default     = null
}

variable "description" {
  description = "What the function does, at most 256 characters."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.description) <= 256
    error_message = "description must have at most 256 characters."
  }
}

variable "environment" {
  description = "Environment variables. Lambda allows 4 KB in all; no secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.environment) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", key))])
    error_message = "environment: a variable's name must start with a letter and have at least two letters, digits or '_'."
  }
}

variable "environment_kms_key_arn" {
  description = "Key that encrypts the environment variables. null = Lambda's own. The function's role needs kms:Decrypt on it (policy_statements)."
  type        = string
  default     = null
}

variable "ephemeral_storage_mb" {
  description = "Size of /tmp in MB: 512 to 10240."
  type        = number
  default     = 512
  nullable    = false

  validation {
    condition     = var.ephemeral_storage_mb >= 512 && var.ephemeral_storage_mb <= 10240
    error_message = "ephemeral_storage_mb must be from 512 to 10240."
  }
}

variable "handler" {
  description = "`<module>.<function>` in the package."
  type        = string
  default     = "handler.handler"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s]{1,128}$", var.handler))
    error_message = "handler must have 1 to 128 characters without spaces, like handler.handler."
  }
}

variable "invoke_permissions" {
  description = "Services that may invoke the alias, by statement id: the principal, the ARN it calls from, and the account (null = this one)."
  type = map(object({
    principal      = string
    source_arn     = string
    source_account = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for id in keys(var.invoke_permissions) : can(regex("^[A-Za-z0-9_-]{1,100}$", id))])
    error_message = "invoke_permissions: a statement id must have 1 to 100 letters, digits, '-' or '_'."
  }
}

variable "layers" {
  description = "Layer version ARNs, at most 5."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.layers) <= 5
    error_message = "layers must have at most 5 entries."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log group; its policy must admit logs.<region>.amazonaws.com. null = CloudWatch Logs' own."
  type        = string
  default     = null
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

variable "memory_size" {
  description = "Memory in MB: 128 to 10240. CPU grows with it."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "memory_size must be from 128 to 10240."
  }
}

variable "name" {
  description = "Name of the function; what belongs to it is called `<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", var.name))
    error_message = "name must have 1 to 64 letters, digits, '-' or '_', the longest that Lambda allows, and start with a letter or digit."
  }
}

variable "package" {
  description = "The code: a local zip (`filename`) or an S3 object (`s3_bucket`, `s3_key`, `s3_object_version`). `source_code_hash` is the zip's base64 SHA-256; for a local file it is computed when left out."
  type = object({
    filename          = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
    source_code_hash  = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = (var.package.s3_bucket == null) == (var.package.s3_key == null)
    error_message = "package: s3_bucket and s3_key belong together."
  }
}

variable "package_key" {
  description = "Key of this function in the caller's own variable `packages`, so that messages name what the caller can set. null = messages speak of `package`."
  type        = string
  default     = null
}

variable "policy_statements" {
  description = "What the function may do beyond writing its logs and traces, by statement id (letters and digits). `conditions` has IAM's own shape: operator → key → values."
  type = map(object({
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for sid in keys(var.policy_statements) : can(regex("^[A-Za-z0-9]+$", sid))])
    error_message = "policy_statements: a statement id must have letters and digits only."
  }
  validation {
    condition = alltrue([
      for statement in values(var.policy_statements) : length(statement.actions) > 0 && alltrue([
        for action in statement.actions : can(regex("^[a-z0-9-]+:[A-Za-z*]+$", action))
      ])
    ])
    error_message = "policy_statements: each action must name a service, like dynamodb:GetItem; '*' alone is not allowed."
  }
}

variable "reserved_concurrent_executions" {
  description = "Executions set aside for this function, and its ceiling; 0 stops it. null = from the account's pool without a ceiling."
  type        = number
  default     = null

  validation {
    condition     = var.reserved_concurrent_executions == null ? true : var.reserved_concurrent_executions >= 0
    error_message = "reserved_concurrent_executions must be 0 or more, or null for none."
  }
}

variable "runtime" {
  description = "Lambda runtime."
  type        = string
  default     = "python3.13"
  nullable    = false

  validation {
    condition     = can(regex("^(python3\\.[0-9]+|nodejs[0-9]+\\.x|java[0-9]+|dotnet[0-9]+|ruby[0-9]+\\.[0-9]+|provided\\.al[0-9]+)$", var.runtime))
    error_message = "runtime must be a Lambda runtime identifier like python3.13."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "timeout" {
  description = "Seconds an invocation may take: 1 to 900."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "timeout must be from 1 to 900."
  }
}

variable "tracing_mode" {
  description = "X-Ray: Active (samples by itself) or PassThrough (follows its caller)."
  type        = string
  default     = "Active"
  nullable    = false

  validation {
    condition     = contains(["Active", "PassThrough"], var.tracing_mode)
    error_message = "tracing_mode must be Active or PassThrough."
  }
}

variable "vpc" {
  description = "Subnets and security groups for a function that must reach a VPC. null = none."
  type = object({
    security_group_ids = set(string)
    subnet_ids         = set(string)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.security_group_ids) > 0 && length(var.vpc.subnet_ids) > 0
    error_message = "vpc must name at least one subnet and one security group."
  }
}
