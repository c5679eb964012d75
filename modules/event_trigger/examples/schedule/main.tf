# A check once a minute with a fixed input. What cannot be delivered goes to a queue that the caller keeps for several rules.

variable "name" {
  description = "Name of the rule, the queue and the state machine."
  type        = string
  default     = "example-schedule-trigger"
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

module "event_trigger" {
  source = "../.."

  create_dead_letter_queue = false
  dead_letter_queue_arn    = aws_sqs_queue.shared.arn
  description              = "Checks once a minute"
  input                    = jsonencode({ reason = "schedule" })
  name                     = "${var.name}-check"
  schedule_expression      = "rate(1 minute)"
  state_machine_arn        = module.state_machine.alias_arn
}

module "state_machine" {
  source = "../../../state_machine"

  definition_file = "${path.module}/nothing.asl.json"
  name            = var.name
  type            = "EXPRESS"
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name
}

resource "aws_sqs_queue" "shared" {
  name                    = "${var.name}-shared"
  sqs_managed_sse_enabled = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-shared"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}-check" } }
    }]
  })
}

output "rule_arn" {
  description = "ARN of the rule."
  value       = module.event_trigger.rule_arn
}
