# The full catalogue for an SRT flow with failover and content quality analysis: summaries alone tell the topic, and are quiet during
# the flow's maintenance window.

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

module "alarms" {
  source = "../.."

  catalogue              = "full"
  content_quality        = ["audio", "video"]
  direct_alarm_topic_arn = aws_sns_topic.on_call.arn
  # The flow need not be there yet.
  flow_arn = "arn:${data.aws_partition.current.partition}:mediaconnect:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:flow:1-AbCdEfGhIjKlMnOp-123456789abc:studio-a"
  flow_key = "studio-a"
  mute = {
    windows = { maintenance = { day = "Tuesday", start_hour = 3 } }
  }
  name             = var.name
  nominal_bit_rate = 20000000
  notify           = "summaries"
  protocol         = "srt-listener"
  redundancy       = "FAILOVER"
  signals = {
    bit-rate-low  = { anomaly = { direction = "below" } }
    jitter        = { threshold = 80 }
    not-recovered = { severity = "HIGH" }
    silent-audio  = { enabled = false }
  }
  source_latency_milliseconds = 2000
}

output "alarm_names" {
  description = "Names of the alarms, by signal."
  value       = module.alarms.alarm_names
}

output "billed_metrics" {
  description = "What the alarms are billed by."
  value       = module.alarms.billed_metrics
}

output "summary_names" {
  description = "Names of the composite alarms, by summary."
  value       = module.alarms.summary_names
}
