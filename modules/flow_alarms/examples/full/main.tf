# The full catalogue for an SRT flow with failover and content quality analysis, each source and one output with alarms of their own:
# summaries alone tell the topic, and are quiet during the flow's maintenance window.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-catalogue"
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_sns_topic" "on_call" {
  #checkov:skip=CKV_AWS_26:An example; alarms cannot publish to a topic encrypted with alias/aws/sns. See the module alert_topic
  name = "${var.name}-on-call"
}

locals {
  # Neither flow nor sources need be there yet.
  media_connect = "arn:${data.aws_partition.current.partition}:mediaconnect:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
}

module "alarms" {
  source = "../.."

  catalogue              = "full"
  content_quality        = ["audio", "video"]
  direct_alarm_topic_arn = aws_sns_topic.on_call.arn
  flow_arn               = "${local.media_connect}:flow:1-AbCdEfGhIjKlMnOp-123456789abc:studio-a"
  flow_key               = "studio-a"
  mute = {
    windows = { maintenance = { day = "Tuesday", start_hour = 3 } }
  }
  name             = var.name
  nominal_bit_rate = 20000000
  notify           = "summaries"
  outputs = {
    decoder = { arn = "${local.media_connect}:output:1-OuTpUtAbCdEfGhIj-123456789abc:decoder" }
  }
  protocol   = "srt-listener"
  redundancy = "FAILOVER"
  signals = {
    bit-rate-low  = { anomaly = { direction = "below" } }
    jitter        = { threshold = 80 }
    not-recovered = { severity = "HIGH" }
    silent-audio  = { enabled = false }
  }
  source_latency_milliseconds = 2000
  sources = {
    backup  = { arn = "${local.media_connect}:source:1-BaCkUpAbCdEfGhIj-123456789abc:backup" }
    primary = { arn = "${local.media_connect}:source:1-PrImArYAbCdEfGhI-123456789abc:primary" }
  }
}

output "alarm_names" {
  description = "Names of the alarms, by signal."
  value       = module.alarms.alarm_names
}

output "billed_metrics" {
  description = "What the alarms are billed by."
  value       = module.alarms.billed_metrics
}

output "source_alarm_names" {
  description = "Names of the alarms of single sources, by <signal>@<source>."
  value       = module.alarms.source_alarm_names
}

output "summary_names" {
  description = "Names of the composite alarms, by summary."
  value       = module.alarms.summary_names
}
