# Everything about two flows: an SRT flow with failover and content quality analysis, whose sources and output stand side by side, and an
# RTP flow; above them, both in one graph.

variable "name" {
  description = "Name of the dashboard."
  type        = string
  default     = "example-full-dashboard"
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # Neither flows nor sources need be there yet.
  media_connect = "arn:${data.aws_partition.current.partition}:mediaconnect:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  studio_a = {
    arn             = "${local.media_connect}:flow:1-AbCdEfGhIjKlMnOp-123456789abc:studio-a"
    content_quality = ["audio", "video"]
    protocol        = "srt-listener"
    redundancy      = "FAILOVER"
    sources = {
      backup  = { arn = "${local.media_connect}:source:1-BaCkUpAbCdEfGhIj-123456789abc:backup" }
      primary = { arn = "${local.media_connect}:source:1-PrImArYAbCdEfGhI-123456789abc:primary" }
    }
  }
}

module "alarms" {
  source = "../../../flow_alarms"

  catalogue       = "full"
  content_quality = local.studio_a.content_quality
  flow_arn        = local.studio_a.arn
  flow_key        = "studio-a"
  name            = var.name
  protocol        = local.studio_a.protocol
  redundancy      = local.studio_a.redundancy
  sources         = local.studio_a.sources
}

module "dashboard" {
  source = "../.."

  flows = {
    studio-a = merge(local.studio_a, {
      alarm_arns = concat(values(module.alarms.alarm_arns), values(module.alarms.source_alarm_arns), values(module.alarms.summary_arns))
      detail     = "full"
      name       = "studio-a"
      outputs = {
        decoder = { arn = "${local.media_connect}:output:1-OuTpUtAbCdEfGhIj-123456789abc:decoder", protocol = "srt-caller" }
      }
      summary_arns = values(module.alarms.summary_arns)
      thresholds   = module.alarms.thresholds
    })
    studio-b = {
      arn      = "${local.media_connect}:flow:1-QrStUvWxYzAbCdEf-cba987654321:studio-b"
      detail   = "full"
      name     = "studio-b"
      protocol = "rtp"
    }
  }
  name = var.name
}

output "dashboard_url" {
  description = "Address of the dashboard."
  value       = module.dashboard.url
}
