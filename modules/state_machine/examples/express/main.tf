# An EXPRESS workflow that saves its input in a queue. `save.asl.json` and `save.policy.json` hold the placeholders.

variable "name" {
  description = "Name of the state machine and of the queue."
  type        = string
  default     = "example-state-machine"
  nullable    = false
}

module "state_machine" {
  source = "../.."

  definition_file = "${path.module}/save.asl.json"
  name            = var.name
  placeholders    = { queue_arn = aws_sqs_queue.saved.arn, queue_url = aws_sqs_queue.saved.url }
  policy_file     = "${path.module}/save.policy.json"
  type            = "EXPRESS"
}

resource "aws_sqs_queue" "saved" {
  name                    = "${var.name}-saved"
  sqs_managed_sse_enabled = true
}

output "alias_arn" {
  description = "ARN that callers start."
  value       = module.state_machine.alias_arn
}
