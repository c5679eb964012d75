# A feed with two sources that looks after itself: MediaConnect's own events are heard within seconds, the healthy source is taken when
# the other one degrades, a restart is proposed by a link when both are dead, and one notice says that it is over.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-two-sources"
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
      backup_source     = { protocol = "srt-listener", ingest_port = 7010, min_latency = 800, whitelist_cidr = "198.51.100.128/28" }
      catalogue         = { preset = "full" }
      description       = "Contribution feed from studio A, over two networks"
      failover          = { mode = "FAILOVER", prefer_primary = true }
      maintenance       = { day = "Tuesday", start_hour = 3 }
      nominal_bit_rate  = 20000000
      outputs           = { receiver = { protocol = "srt-caller", destination = "198.51.100.10", port = 7001, min_latency = 400 } }
      source            = { protocol = "srt-listener", ingest_port = 7000, min_latency = 800, whitelist_cidr = "203.0.113.0/28" }
      source_monitoring = { thumbnail = true, content_quality = { black_frames_seconds = 10, frozen_frames_seconds = 10 } }
    }
  }
  name = var.name
  packages = {
    alert_handler  = { filename = "${local.packages_folder}/alert_handler.zip" }
    approval       = { filename = "${local.packages_folder}/approval.zip" }
    stream_monitor = { filename = "${local.packages_folder}/stream_monitor.zip" }
  }
  response = {
    cool_down_seconds      = 300
    escalate_after_seconds = 900
    hold_seconds           = 120
    restart                = true
    switch                 = true
  }
  subscriptions = {
    noc = { protocol = "email", endpoint = "noc@example.com", severities = ["HIGH", "MEDIUM"] }
  }
}

output "alert_topic_arn" {
  description = "ARN of the topic the alerts go to."
  value       = module.stream_monitor.alert_topic_arn
}

output "approval_url" {
  description = "Address of the page where people say whether the flow may be restarted."
  value       = module.stream_monitor.approval_url
}

output "flow_arns" {
  description = "The flows: start them with `aws mediaconnect start-flow`."
  value       = module.stream_monitor.flow_arns
}
