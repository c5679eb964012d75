variable "alarm_topic_arn" {
  description = "Topic that hears when the page's function fails or the API answers with 5xx. null = the alarms have no action."
  type        = string
  default     = null
}

variable "function" {
  description = "The page's function: memory in MB, ceiling of concurrent executions (null = from the account's pool) and seconds that a request may take (1 to 29: the API waits no longer than 30)."
  type = object({
    memory_size                    = optional(number, 256)
    reserved_concurrent_executions = optional(number)
    timeout                        = optional(number, 15)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.function.timeout >= 1 && var.function.timeout <= 29
    error_message = "function.timeout must be from 1 to 29."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log groups; its policy must admit logs.<region>.amazonaws.com. null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_level" {
  description = "What the function logs: DEBUG, INFO, WARNING, ERROR or CRITICAL."
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

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days
    )
    error_message = "log_retention_days must be one that CloudWatch Logs knows: 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "name" {
  description = "Name of the deployment: the API and its function are called `<name>-approvals`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,53}$", var.name))
    error_message = "name must have 1 to 54 letters, digits, '-' or '_', and begin with a letter or digit."
  }
}

variable "packages" {
  description = "The function's package, approval: a local zip (filename) or an S3 object (s3_bucket, s3_key, s3_object_version), as built by `headend package` or published by `make release`. Other packages may stand beside it."
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
    condition     = contains(keys(var.packages), "approval")
    error_message = "packages[\"approval\"] is missing: set it to { filename = \"…/approval.zip\" } (from `headend package` or a release) or to an S3 object."
  }
}

variable "table_arn" {
  description = "ARN of the table that holds the approvals, with the partition key `id` (text). The page reads and answers items `approval#<id>` and no others."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}$", var.table_arn))
    error_message = "table_arn must be the ARN of a DynamoDB table, not of an index or a stream."
  }
}

variable "table_kms_key_arn" {
  description = "Key of the caller's that encrypts the table. null = DynamoDB's own."
  type        = string
  default     = null
}

variable "table_name" {
  description = "Name of the table."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "throttling" {
  description = "Requests that the API lets through to the page: a second in the long run, and at once. People press few buttons; whoever tries keys or floods the page gets 429."
  type = object({
    burst_limit = optional(number, 20)
    rate_limit  = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.throttling.burst_limit >= 1 && var.throttling.burst_limit <= 5000 && floor(var.throttling.burst_limit) == var.throttling.burst_limit
    error_message = "throttling.burst_limit must be a whole number from 1 to 5000."
  }
  validation {
    condition     = var.throttling.rate_limit >= 1 && var.throttling.rate_limit <= 10000
    error_message = "throttling.rate_limit must be from 1 to 10000 a second."
  }
}
