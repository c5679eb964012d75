# A flow with two sources is looked after: the functions, the table and the stream monitor are those of a deployment of
# ../stream_monitor, which sets this module up by itself with its variable `response`.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-response"
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  functions_prefix = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"
  machines_prefix  = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}"
}

module "flow" {
  source = "../../../mediaconnect_flow"

  name = "${var.name}-studio"
  primary_source = {
    protocol       = "rtp"
    ingest_port    = 5000
    whitelist_cidr = "203.0.113.0/28"
  }
  backup_source = {
    protocol       = "rtp"
    ingest_port    = 5010
    whitelist_cidr = "203.0.113.16/28"
  }
}

module "flow_response" {
  source = "../.."

  flows = { studio = module.flow.arn }
  functions = {
    alert_handler  = "${local.functions_prefix}-alert-handler:live"
    stream_monitor = "${local.functions_prefix}-stream-monitor:live"
  }
  monitor_config = jsonencode({
    flows = {
      studio = {
        arn                     = module.flow.arn
        datapoint_grace_seconds = 180
        name                    = "${var.name}-studio"
        no_data_seconds         = 180
        resolution_seconds      = 60
        thresholds = [{
          comparison = "GreaterThanThreshold"
          metric     = "SourcePacketLossPercent"
          severity   = "HIGH"
          statistic  = "Maximum"
          threshold  = 0.1
          unit       = "Percent"
        }]
        window_seconds = 300
      }
    }
  })
  name                     = var.name
  settings                 = { escalate_after_seconds = 600, recheck_seconds = 20 }
  stream_monitor_alias_arn = "${local.machines_prefix}-stream-monitor:live"
  table_name               = "${var.name}-alert-state"
}

output "alias_arn" {
  description = "Start it with {\"flow_arn\": …, \"flow_key\": \"studio\", \"flow_name\": …, \"incident\": {\"id\": …, \"opened_at\": …, \"muted_until\": null}}."
  value       = module.flow_response.alias_arn
}
