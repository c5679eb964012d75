# A flow that somebody else made is watched, with a composite alarm of ours that starts the workflow too.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-existing"
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

# Stands for the other team's flow.
module "their_flow" {
  source = "../../../mediaconnect_flow"

  name           = "${var.name}-theirs"
  primary_source = { protocol = "rist", ingest_port = 5000, max_latency = 2000, whitelist_cidr = "203.0.113.128/25" }
}

module "stream_monitor" {
  source = "../.."

  composite_alarms = { "${var.name}-feed-unusable" = "stadium" }
  flows = {
    stadium = {
      alarms           = { jitter = { enabled = false }, packet_loss = { threshold_percent = 0.5 } }
      arn              = module.their_flow.arn
      nominal_bit_rate = 20000000
    }
  }
  name = var.name
  packages = {
    alert_handler  = { filename = "${local.packages_folder}/alert_handler.zip" }
    stream_monitor = { filename = "${local.packages_folder}/stream_monitor.zip" }
  }
}

resource "aws_cloudwatch_composite_alarm" "feed_unusable" {
  alarm_name = "${var.name}-feed-unusable"
  alarm_rule = join(" AND ", [
    for signal in ["bit-rate-low", "packet-loss"] : "ALARM(\"${module.stream_monitor.alarm_names["stadium"][signal]}\")"
  ])
}

output "state_machine_arn" {
  description = "Start it with {\"flow_arn\": …} for a check by hand."
  value       = module.stream_monitor.state_machine_arn
}
