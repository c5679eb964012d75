# The catalogue for one flow: a stricter jitter, no sensitive trigger, and a floor at 80 % of 20 Mb/s.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-alarms"
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

module "alarms" {
  source = "../.."

  alarms = {
    bit_rate_low        = { fraction_of_nominal = 0.8 }
    jitter              = { period_seconds = 60, threshold_milliseconds = 30 }
    packet_loss_trigger = { enabled = false }
  }
  # The flow need not be there yet.
  flow_arn         = "arn:${data.aws_partition.current.partition}:mediaconnect:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:flow:1-AbCdEfGhIjKlMnOp-123456789abc:studio-a"
  flow_key         = "studio-a"
  name             = var.name
  nominal_bit_rate = 20000000
}

output "alarm_names" {
  description = "Names of the alarms, by signal."
  value       = module.alarms.alarm_names
}
