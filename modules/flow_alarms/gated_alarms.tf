# Silent while the flow is not on air, and firing when it is on air without datapoints: as bit_rate_alarm.tf explains.
resource "aws_cloudwatch_metric_alarm" "gated" {
  for_each = local.gated_signals

  alarm_name          = "${var.name}/${var.flow_key}/${each.key}"
  alarm_description   = "${each.value.description} Flow key ${var.flow_key}, severity ${each.value.severity}."
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.datapoints_to_alarm
  treat_missing_data  = "breaching"
  alarm_actions       = local.signal_actions
  ok_actions          = local.signal_actions

  metric_query {
    id          = "watched"
    label       = "${each.value.metric} while on air"
    expression  = "IF(FILL(FILL(active, REPEAT), 0) > 0, watched_metric, ${each.value.threshold})"
    return_data = true
  }

  metric_query {
    id = "active"

    metric {
      namespace   = "Headend/MediaConnect"
      metric_name = "FlowActive"
      dimensions  = { FlowARN = var.flow_arn }
      period      = each.value.period_seconds
      stat        = "Maximum"
    }
  }

  metric_query {
    id = "watched_metric"

    metric {
      namespace   = "AWS/MediaConnect"
      metric_name = each.value.metric
      dimensions  = { FlowARN = var.flow_arn }
      period      = each.value.period_seconds
      stat        = each.value.statistic
    }
  }

  tags = var.tags
}
