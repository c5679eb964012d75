# What happens beyond telling people once, only with `response` set; flows are started and stopped by `schedules` with or without it.
locals {
  responds         = var.response != null
  asks             = local.responds ? var.response.restart : false
  starts_and_stops = local.asks || length(var.schedules) > 0

  # By name, not from its module: that workflow starts this one when a mute ends, so each names the other. Without `response` the
  # definition names a machine that does not exist, nothing asks for it, and the role may not start it.
  response_state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}-flow-response"

  response_environment = local.responds ? merge(
    {
      EVENT_CONDITION_SECONDS = tostring(var.response.event_condition_seconds)
      FLAPPING_COUNT          = tostring(var.response.flapping_count)
      INCIDENT_MODE           = "response"
    },
    local.asks ? { APPROVAL_URL = module.approval_links[0].url } : {},
  ) : {}
}

# Looks after a flow until its incident is over.
module "flow_response" {
  source = "../flow_response"
  count  = local.responds ? 1 : 0

  alarm_topic_arn = var.direct_alarm_topic_arn
  flows           = local.flow_arns
  functions = {
    alert_handler  = module.alert_handler_function[0].alias_arn
    stream_monitor = module.stream_monitor_function[0].alias_arn
  }
  lifecycle_alias_arn      = local.asks ? module.flow_lifecycle[0].alias_arn : null
  log_kms_key_arn          = var.log_kms_key_arn
  log_retention_days       = var.log_retention_days
  monitor_config           = local.monitor_config
  name                     = var.name
  rules                    = var.response.rules
  settings                 = var.response
  stream_monitor_alias_arn = module.workflow.alias_arn
  table_kms_key_arn        = var.table_kms_key_arn
  table_name               = aws_dynamodb_table.alert_state.name
  tags                     = var.tags
}

# Stops and starts a flow, and waits until it has settled.
module "flow_lifecycle" {
  source = "../flow_lifecycle"
  count  = local.starts_and_stops ? 1 : 0

  alarm_topic_arn    = var.direct_alarm_topic_arn
  flows              = local.flow_arns
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = var.name
  schedules          = var.schedules
  tags               = var.tags
}

# Where people say whether a flow may be restarted.
module "approval_links" {
  source = "../approval_links"
  count  = local.asks ? 1 : 0

  alarm_topic_arn    = var.direct_alarm_topic_arn
  log_kms_key_arn    = var.log_kms_key_arn
  log_level          = var.log_level
  log_retention_days = var.log_retention_days
  name               = var.name
  packages           = var.packages
  table_arn          = aws_dynamodb_table.alert_state.arn
  table_kms_key_arn  = var.table_kms_key_arn
  table_name         = aws_dynamodb_table.alert_state.name
  tags               = var.tags
}
