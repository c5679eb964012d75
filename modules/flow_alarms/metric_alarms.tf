resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = local.metric_signals

  alarm_name          = "${var.name}/${var.flow_key}/${each.key}"
  alarm_description   = "${each.value.description} Flow key ${var.flow_key}, severity ${each.value.settings.severity}."
  namespace           = "AWS/MediaConnect"
  metric_name         = each.value.metric
  dimensions          = { FlowARN = var.flow_arn }
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.settings.period_seconds
  evaluation_periods  = each.value.settings.evaluation_periods
  datapoints_to_alarm = coalesce(each.value.settings.datapoints_to_alarm, each.value.settings.evaluation_periods)
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.direct_alarm_topic_arn])
  ok_actions          = compact([var.direct_alarm_topic_arn])

  tags = var.tags
}
