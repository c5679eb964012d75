# Two flows on one dashboard, the first with its alarms and their thresholds.

variable "name" {
  description = "Name of the dashboard."
  type        = string
  default     = "example-dashboard"
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  flow_prefix = "arn:${data.aws_partition.current.partition}:mediaconnect:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:flow"
}

module "alarms" {
  source = "../../../flow_alarms"

  flow_arn         = "${local.flow_prefix}:1-AbCdEfGhIjKlMnOp-123456789abc:studio-a"
  flow_key         = "studio-a"
  name             = var.name
  nominal_bit_rate = 20000000
}

module "dashboard" {
  source = "../.."

  flows = {
    studio-a = {
      alarm_arns = values(module.alarms.alarm_arns)
      arn        = "${local.flow_prefix}:1-AbCdEfGhIjKlMnOp-123456789abc:studio-a"
      name       = "studio-a"
      thresholds = module.alarms.thresholds
    }
    studio-b = {
      arn  = "${local.flow_prefix}:1-QrStUvWxYzAbCdEf-cba987654321:studio-b"
      name = "studio-b"
    }
  }
  name = var.name
}

output "dashboard_url" {
  description = "Address of the dashboard."
  value       = module.dashboard.url
}
