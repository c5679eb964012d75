locals {
  flow_arns = [for key in sort(keys(var.flows)) : var.flows[key]]

  # A space on both sides of each, so that no ARN is found inside another.
  known_flow_arns = " ${join(" ", local.flow_arns)} "
}

module "flow_lifecycle" {
  source = "../state_machine"

  alarm_topic_arn    = var.alarm_topic_arn
  definition_file    = "${path.module}/rendered/flow_lifecycle.asl.json"
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-flow-lifecycle"
  placeholder_lists  = { flow_arns = local.flow_arns }
  placeholders = {
    known_flow_arns = local.known_flow_arns
    # Taken from the alias, so that the alias and the nested workflow's permissions are there first.
    settle_flow_name = element(split(":", module.settle_flow.alias_arn), 6)
    # Beyond the nested workflow's own deadline: its last look, with every retry.
    settle_task_timeout_seconds = tostring(var.settle_timeout_seconds + 300)
  }
  policy_file = "${path.module}/rendered/flow_lifecycle.policy.json"
  tags        = var.tags
}

# Its failures are those of the workflow that waits for it, which has the alarms.
module "settle_flow" {
  source = "../state_machine"

  alarms_enabled     = false
  definition_file    = "${path.module}/rendered/settle_flow.asl.json"
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-settle-flow"
  placeholder_lists  = { flow_arns = local.flow_arns }
  placeholders = {
    known_flow_arns        = local.known_flow_arns
    settle_timeout_seconds = tostring(var.settle_timeout_seconds)
  }
  policy_file = "${path.module}/rendered/settle_flow.policy.json"
  tags        = var.tags
}
