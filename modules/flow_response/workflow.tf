locals {
  # Parts of ARNs: arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME:ALIAS. Without a lifecycle workflow the definition names a
  # machine that does not exist, and `restart` is false.
  lifecycle_alias = var.lifecycle_alias_arn == null ? "live" : element(split(":", var.lifecycle_alias_arn), 7)
  lifecycle_name  = var.lifecycle_alias_arn == null ? "${var.name}-no-flow-lifecycle" : element(split(":", var.lifecycle_alias_arn), 6)

  # For an alias, Step Functions authorises by the machine's own ARN.
  stream_monitor_arn = join(":", slice(split(":", var.stream_monitor_alias_arn), 0, 7))

  response_config = jsonencode(merge(var.settings, {
    restart = var.settings.restart && var.lifecycle_alias_arn != null
    rules   = var.rules
  }))

  # Texts as they stand between the quotes of a JSON string.
  in_json = { for name, text in { monitor_config = var.monitor_config, response_config = local.response_config } : name => trimsuffix(trimprefix(jsonencode(text), "\""), "\"") }
}

module "flow_response" {
  source = "../state_machine"

  alarm_topic_arn    = var.alarm_topic_arn
  definition_file    = "${path.module}/rendered/flow_response.asl.json"
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-flow-response"
  placeholder_lists = {
    flow_arns      = [for key in sort(keys(var.flows)) : var.flows[key]]
    table_key_arns = compact([var.table_kms_key_arn])
  }
  placeholders = {
    alert_function_arn       = var.functions.alert_handler
    lifecycle_alias          = local.lifecycle_alias
    lifecycle_name           = local.lifecycle_name
    monitor_config           = local.in_json.monitor_config
    monitor_function_arn     = var.functions.stream_monitor
    response_config          = local.in_json.response_config
    stream_monitor_alias_arn = var.stream_monitor_alias_arn
    stream_monitor_arn       = local.stream_monitor_arn
    table_name               = var.table_name
  }
  policy_file = "${path.module}/rendered/flow_response.policy.json"
  tags        = var.tags
}
