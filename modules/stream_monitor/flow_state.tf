# CloudWatch has no metric that says whether a flow is on air. This workflow writes one (Headend/MediaConnect FlowActive) on every
# status event and once a minute, for the bit-rate floor.
locals {
  flow_state_input = jsonencode({ flow_arns = values(local.flow_arns) })

  status_event_pattern = jsonencode({
    source      = ["aws.mediaconnect"]
    detail-type = ["MediaConnect Flow Status Change"]
    resources   = [for name in values(local.flow_names) : { suffix = ":${name}" }]
  })
}

module "flow_state" {
  source = "../state_machine"

  alarm_topic_arn    = var.direct_alarm_topic_arn
  definition_file    = "${path.module}/rendered/flow_state.asl.json"
  log_retention_days = var.log_retention_days
  name               = "${var.name}-flow-state"
  placeholder_lists  = { flow_arns = values(local.flow_arns) }
  policy_file        = "${path.module}/rendered/flow_state.policy.json"
  tags               = var.tags
  type               = "EXPRESS"
}

# Best effort, within seconds of the change. By the end of the ARN: 20 whole ARNs do not fit into a pattern's 2048 characters.
module "flow_status" {
  source = "../event_trigger"

  create_dead_letter_queue = false
  dead_letter_queue_arn    = aws_sqs_queue.dead_letters.arn
  event_pattern            = local.status_event_pattern
  input_transformer = {
    input_paths    = { flow_arn = "$.resources[0]" }
    input_template = "{\"flow_arns\": [\"<flow_arn>\"]}"
  }
  maximum_event_age_seconds = 60
  name                      = "${var.name}-flow-status"
  state_machine_arn         = module.flow_state.alias_arn
  tags                      = var.tags
}

# What the events miss, and a datapoint for each minute. An old check is worthless: the next one is at most a minute away.
module "flow_state_check" {
  source = "../event_trigger"

  create_dead_letter_queue  = false
  dead_letter_queue_arn     = aws_sqs_queue.dead_letters.arn
  input                     = local.flow_state_input
  maximum_event_age_seconds = 60
  name                      = "${var.name}-flow-state-check"
  schedule_expression       = "rate(1 minute)"
  state_machine_arn         = module.flow_state.alias_arn
  tags                      = var.tags
}
