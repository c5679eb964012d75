# A studio flow that runs on weekdays from 7:30 to 19:00 by the clock of Berlin, and once more for a special event.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-lifecycle"
  nullable    = false
}

module "flow" {
  source = "../../../mediaconnect_flow"

  name           = "${var.name}-studio"
  primary_source = { protocol = "rist", ingest_port = 5000, max_latency = 2000, whitelist_cidr = "203.0.113.128/25" }
}

module "flow_lifecycle" {
  source = "../.."

  flows = { studio = module.flow.arn }
  name  = var.name
  schedules = {
    weekday-start = {
      action              = "start"
      flow                = "studio"
      schedule_expression = "cron(30 7 ? * MON-FRI *)"
      timezone            = "Europe/Berlin"
    }
    weekday-stop = {
      action              = "stop"
      flow                = "studio"
      schedule_expression = "cron(0 19 ? * MON-FRI *)"
      timezone            = "Europe/Berlin"
    }
    new-year-start = {
      action              = "start"
      description         = "The New Year's concert"
      flow                = "studio"
      schedule_expression = "at(2034-01-01T10:45:00)"
      timezone            = "Europe/Vienna"
    }
    new-year-stop = {
      action              = "stop"
      flow                = "studio"
      schedule_expression = "at(2034-01-01T14:00:00)"
      timezone            = "Europe/Vienna"
    }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}

output "lifecycle_arn" {
  description = "Start it with {\"flow_arn\": …, \"action\": \"start\" | \"stop\" | \"restart\"}."
  value       = module.flow_lifecycle.alias_arn
}
