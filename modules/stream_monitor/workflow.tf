locals {
  direct = var.variant == "direct"

  # What each variant's definition names besides what both do.
  variant_placeholders = local.direct ? {
    dashboard_name          = module.dashboard.name
    idempotency_ttl_seconds = tostring(var.idempotency_ttl_seconds)
    table_name              = aws_dynamodb_table.alert_state.name
    topic_arn               = module.alert_topic.arn
    topic_key_arn           = module.alert_topic.kms_key_arn
    } : {
    alert_function_arn   = one(module.alert_handler_function[*].alias_arn)
    monitor_function_arn = one(module.stream_monitor_function[*].alias_arn)
  }
  rendered = "${path.module}/rendered/${local.direct ? "stream_monitor_direct" : "stream_monitor"}"

  # How many datapoints a check can ask for: of every threshold (four at least), in the shortest period of flow or alarm, as far back
  # as the window or an alarm reaches. Beyond three hours CloudWatch keeps minutes only.
  shortest_period = min(concat([var.monitor.resolution_seconds], [for alarms in values(module.alarms) : coalesce(alarms.shortest_period_seconds, 60)])...)
  most_seconds    = min(86400, max(concat([var.monitor.window_seconds, 600], [for alarms in values(module.alarms) : alarms.reach_seconds])...))
  most_thresholds = max(concat([4], [for alarms in values(module.alarms) : length(alarms.thresholds)])...)
  most_datapoints = local.most_thresholds * ceil(local.most_seconds / (local.most_seconds > 10800 ? max(60, local.shortest_period) : local.shortest_period))

  monitor_config = jsonencode({
    composite_alarms = var.composite_alarms
    flows = {
      for key in keys(var.flows) : key => merge({
        arn                     = local.flow_arns[key]
        datapoint_grace_seconds = var.monitor.datapoint_grace_seconds
        name                    = local.flow_names[key]
        no_data_seconds         = coalesce(var.monitor.no_data_seconds, min(var.monitor.window_seconds, 180))
        resolution_seconds      = var.monitor.resolution_seconds
        thresholds              = module.alarms[key].thresholds
        window_seconds          = var.monitor.window_seconds
      }, local.responds ? { mute_windows = module.alarms[key].mute_windows } : {})
    }
  })

  # The text as it stands between the quotes of a JSON string.
  monitor_config_in_json = trimsuffix(trimprefix(jsonencode(local.monitor_config), "\""), "\"")

  # One rule for all flows: every transition of their alarms to ALARM or OK. '/' cannot occur in a name, so `live/` never matches an
  # alarm of the deployment `live-2`, nor a platform alarm (`<name>-…`).
  alarm_event_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    detail = {
      alarmName = concat(
        [{ prefix = "${var.name}/" }],
        [for alarm in keys(var.composite_alarms) : alarm if !startswith(alarm, "${var.name}/")],
      )
      state = { value = ["ALARM", "OK"] }
    }
  })
}

module "workflow" {
  source = "../state_machine"

  alarm_topic_arn    = var.direct_alarm_topic_arn
  definition_file    = coalesce(var.definition_file, "${local.rendered}.asl.json")
  log_retention_days = var.log_retention_days
  name               = "${var.name}-stream-monitor"
  placeholder_lists = {
    flow_arns                   = values(local.flow_arns)
    response_state_machine_arns = local.responds ? [local.response_state_machine_arn] : []
    table_key_arns              = compact([var.table_kms_key_arn])
  }
  placeholders = merge(local.variant_placeholders, {
    dead_letter_queue_arn      = aws_sqs_queue.dead_letters.arn
    dead_letter_queue_url      = aws_sqs_queue.dead_letters.url
    monitor_config             = local.monitor_config_in_json
    response_state_machine_arn = "${local.response_state_machine_arn}:live"
  })
  policy_file = coalesce(var.policy_file, "${local.rendered}.policy.json")
  tags        = var.tags
  type        = "EXPRESS"
}

module "alarm_state_change" {
  source = "../event_trigger"

  create_dead_letter_queue = false
  dead_letter_queue_arn    = aws_sqs_queue.dead_letters.arn
  event_pattern            = local.alarm_event_pattern
  name                     = "${var.name}-alarm-state-change"
  state_machine_arn        = module.workflow.alias_arn
  tags                     = var.tags
}
