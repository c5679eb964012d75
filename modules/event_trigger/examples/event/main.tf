# Every alarm whose name begins with "<name>/" starts the workflow, which is given the whole event.

variable "name" {
  description = "Name of the rule and of the state machine."
  type        = string
  default     = "example-event-trigger"
  nullable    = false
}

module "event_trigger" {
  source = "../.."

  description = "Alarms of ${var.name}"
  event_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    detail      = { alarmName = [{ prefix = "${var.name}/" }] }
  })
  maximum_event_age_seconds = 600
  name                      = "${var.name}-alarm-state-change"
  state_machine_arn         = module.state_machine.alias_arn
}

module "state_machine" {
  source = "../../../state_machine"

  definition_file = "${path.module}/nothing.asl.json"
  name            = var.name
  type            = "EXPRESS"
}

output "rule_arn" {
  description = "ARN of the rule."
  value       = module.event_trigger.rule_arn
}
