# One feed, watched, with an address that hears of it and a topic for faults of the monitoring itself.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-new-flow"
  nullable    = false
}

variable "packages_folder" {
  description = "Folder with the zips of a release. Null = where `headend package` builds them in this repository."
  type        = string
  default     = null
}

locals {
  packages_folder = coalesce(var.packages_folder, "${path.module}/../../../../build/lambda")
}

module "direct_topic" {
  source = "../../../alert_topic"

  name = "${var.name}-direct"
  subscriptions = {
    platform = { protocol = "email", endpoint = "platform@example.com" }
  }
}

module "stream_monitor" {
  source = "../.."

  direct_alarm_topic_arn = module.direct_topic.arn
  flows = {
    studio-a = {
      description      = "Contribution feed from studio A"
      nominal_bit_rate = 20000000
      source           = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.7/32" }
      outputs = {
        backup  = { protocol = "rtp", destination = "198.51.100.11", port = 5001 }
        primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001 }
      }
    }
  }
  name = var.name
  packages = {
    alert_handler  = { filename = "${local.packages_folder}/alert_handler.zip" }
    stream_monitor = { filename = "${local.packages_folder}/stream_monitor.zip" }
  }
  subscriptions = {
    noc = { protocol = "email", endpoint = "noc@example.com", severities = ["HIGH", "MEDIUM"] }
  }
}

output "flow_arns" {
  description = "The flows: start them with `aws mediaconnect start-flow`."
  value       = module.stream_monitor.flow_arns
}

output "dashboard_url" {
  description = "Address of the dashboard."
  value       = module.stream_monitor.dashboard_url
}
