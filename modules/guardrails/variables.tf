variable "audit_trail" {
  description = "A CloudTrail trail of every change, in a bucket of its own: how long its files are kept, when they move to cheaper storage (null = never), how long they can be searched with Logs Insights, and whether destroying the trail deletes its files. null = none. The first trail of management events in a Region is free of charge, each further one is not."
  type = object({
    archive_after_days       = optional(number)
    delete_files_on_destroy  = optional(bool, false)
    kms_deletion_window_days = optional(number, 30)
    retention_days           = optional(number, 365)
    search_days              = optional(number, 90)
  })
  default = null

  validation {
    condition = var.audit_trail == null ? true : contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.audit_trail.search_days
    )
    error_message = "audit_trail.search_days must be one that CloudWatch Logs knows: 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
  validation {
    condition = var.audit_trail == null ? true : (
      var.audit_trail.archive_after_days == null ? true : var.audit_trail.archive_after_days < var.audit_trail.retention_days && var.audit_trail.archive_after_days >= 0
    )
    error_message = "audit_trail.archive_after_days must be from 0 to less than retention_days, or null for never."
  }
  validation {
    condition     = var.audit_trail == null ? true : var.audit_trail.kms_deletion_window_days >= 7 && var.audit_trail.kms_deletion_window_days <= 30
    error_message = "audit_trail.kms_deletion_window_days must be from 7 to 30."
  }
}

variable "budget" {
  description = "A monthly budget in US dollars and who hears when it is passed or forecast to be: up to 10 mail addresses and at most one topic, which must admit budgets.amazonaws.com (publisher_services of alert_topic). `cost_filters` narrows it, for instance to { TagKeyValue = [\"user:Deployment$live-prod\"] }; null = the whole account. A budget that is to outlive an environment belongs to a root of its own: envs/bootstrap."
  type = object({
    monthly_usd = number
    emails      = optional(set(string), [])
    topic_arns  = optional(list(string), [])
    alerts = optional(map(object({
      threshold_percent = number
      type              = optional(string, "ACTUAL")
      })), {
      actual-80    = { threshold_percent = 80 }
      actual-100   = { threshold_percent = 100 }
      forecast-100 = { threshold_percent = 100, type = "FORECASTED" }
    })
    cost_filters = optional(map(list(string)), {})
  })
  default = null

  validation {
    condition     = var.budget == null ? true : var.budget.monthly_usd > 0
    error_message = "budget.monthly_usd must be more than 0."
  }
  validation {
    condition     = var.budget == null ? true : length(var.budget.emails) + length(var.budget.topic_arns) > 0
    error_message = "budget: name at least one of emails and topic_arns, or nobody hears of it."
  }
  validation {
    condition     = var.budget == null ? true : length(var.budget.emails) <= 10 && length(var.budget.topic_arns) <= 1
    error_message = "budget: AWS Budgets tells at most 10 mail addresses and one topic."
  }
  validation {
    condition = var.budget == null ? true : alltrue([
      for email in var.budget.emails : can(regex("^[^@\\s<>,;\"]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$", email))
    ])
    error_message = "budget.emails must hold mail addresses like finance@example.com."
  }
  validation {
    condition = var.budget == null ? true : length(var.budget.alerts) >= 1 && length(var.budget.alerts) <= 5 && alltrue([
      for alert in values(var.budget.alerts) : contains(["ACTUAL", "FORECASTED"], alert.type) && alert.threshold_percent > 0
    ])
    error_message = "budget.alerts must hold 1 to 5 alerts, each with a threshold_percent above 0 and type ACTUAL or FORECASTED."
  }
}

variable "name" {
  description = "Name of the deployment; everything here is called `<name>-…`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.name))
    error_message = "name must have 2 to 32 lower-case letters, digits or '-', and start with a letter."
  }
}

variable "queries" {
  description = "Saved Logs Insights queries of the caller's own, by name; a name in use here takes that query's place."
  type = map(object({
    log_group_names = list(string)
    query_string    = string
  }))
  default  = {}
  nullable = false
}

variable "query_log_groups" {
  description = "Log groups that the saved queries look at: of Lambda functions and of Step Functions workflows. Empty = no queries of that kind."
  type = object({
    functions = optional(list(string), [])
    workflows = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.query_log_groups.functions) <= 50 && length(var.query_log_groups.workflows) <= 50
    error_message = "query_log_groups: Logs Insights looks at no more than 50 log groups at once."
  }
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vpc_endpoints" {
  description = "Private access from a VPC: interface endpoints in `subnet_ids` (each costs by the hour and zone) for `services`, and gateways for DynamoDB and S3 where `route_table_ids` are given. `security_group_ids` null = a group is made that admits TLS from `client_cidr_blocks` (empty = the VPC's first block). null = none."
  type = object({
    vpc_id             = string
    subnet_ids         = list(string)
    client_cidr_blocks = optional(list(string), [])
    route_table_ids    = optional(list(string), [])
    security_group_ids = optional(list(string))
    services = optional(set(string), [
      "events", "kms", "lambda", "logs", "mediaconnect", "monitoring", "sns", "sqs", "states", "sync-states", "xray",
    ])
  })
  default = null

  validation {
    condition     = var.vpc_endpoints == null ? true : length(var.vpc_endpoints.subnet_ids) > 0
    error_message = "vpc_endpoints.subnet_ids must name at least one subnet, one for each availability zone."
  }
  validation {
    condition     = var.vpc_endpoints == null ? true : alltrue([for service in var.vpc_endpoints.services : can(regex("^[a-z0-9.-]+$", service))])
    error_message = "vpc_endpoints.services must hold the last part of endpoint service names, like mediaconnect or monitoring."
  }
  validation {
    condition     = var.vpc_endpoints == null ? true : length(setintersection(var.vpc_endpoints.services, ["dynamodb", "s3"])) == 0
    error_message = "vpc_endpoints.services: DynamoDB and S3 get gateways, which are free of charge; set route_table_ids."
  }
  validation {
    condition     = var.vpc_endpoints == null ? true : alltrue([for block in var.vpc_endpoints.client_cidr_blocks : can(cidrnetmask(block)) && !endswith(block, "/0")])
    error_message = "vpc_endpoints.client_cidr_blocks must hold IPv4 blocks like 192.0.2.0/24, not the whole internet."
  }
}
