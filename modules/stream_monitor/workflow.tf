locals {
  monitor_config = jsonencode({
    composite_alarms = var.composite_alarms
    flows = {
      for key in keys(var.flows) : key => {
        arn                     = local.flow_arns[key]
        datapoint_grace_seconds = var.monitor.datapoint_grace_seconds
        name                    = local.flow_names[key]
        no_data_seconds         = coalesce(var.monitor.no_data_seconds, min(var.monitor.window_seconds, 180))
        resolution_seconds      = var.monitor.resolution_seconds
        thresholds              = module.alarms[key].thresholds
        window_seconds          = var.monitor.window_seconds
      }
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
  definition_file    = coalesce(var.definition_file, "${path.module}/rendered/stream_monitor.asl.json")
  log_retention_days = var.log_retention_days
  name               = "${var.name}-stream-monitor"
  placeholders = {
    alert_function_arn    = module.alert_handler_function.alias_arn
    dead_letter_queue_arn = aws_sqs_queue.dead_letters.arn
    dead_letter_queue_url = aws_sqs_queue.dead_letters.url
    monitor_config        = local.monitor_config_in_json
    monitor_function_arn  = module.stream_monitor_function.alias_arn
  }
  policy_file = coalesce(var.policy_file, "${path.module}/rendered/stream_monitor.policy.json")
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
