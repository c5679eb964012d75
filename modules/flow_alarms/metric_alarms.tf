resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = local.metric_signals

  alarm_name          = "${var.name}/${var.flow_key}/${each.key}"
  alarm_description   = "${each.value.description} Flow key ${var.flow_key}, severity ${each.value.severity}."
  namespace           = "AWS/MediaConnect"
  metric_name         = each.value.metric
  dimensions          = { FlowARN = var.flow_arn }
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period_seconds
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.datapoints_to_alarm
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.signal_actions
  ok_actions          = local.signal_actions

  tags = var.tags
}
