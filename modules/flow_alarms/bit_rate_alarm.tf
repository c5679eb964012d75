# A floor under the bit rate that is silent while the flow is not on air and fires when it is on air without input.
# FlowActive (1 or 0) is written by the flow-state workflow of stream_monitor on every status event and once a minute; the inner
# FILL carries it over the periods between. Not on air: the expression is the floor itself, which is not below it. On air without
# datapoints: IF gives 0 where its true branch has no value, which is below the floor; so a metric that is late counts as breaching
# too, and the periods asked for have to outlast the one to three minutes by which MediaConnect's metrics are late. The outer FILL
# counts a state that nobody has written yet as not on air: otherwise the alarm would begin in ALARM, and stay there unheard when
# the flow starts with a dead source.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
resource "aws_cloudwatch_metric_alarm" "bit_rate" {
  for_each = local.bit_rate_signals

  alarm_name          = "${var.name}/${var.flow_key}/${each.key}"
  alarm_description   = "The bit rate of the source is below ${each.value.threshold} bits/s while the flow is on air. Flow key ${var.flow_key}, severity ${each.value.severity}."
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.datapoints_to_alarm
  treat_missing_data  = "breaching"
  alarm_actions       = local.signal_actions
  ok_actions          = local.signal_actions

  metric_query {
    id          = "watched"
    label       = "Bit rate while on air"
    expression  = "IF(FILL(FILL(active, REPEAT), 0) > 0, bit_rate, ${each.value.threshold})"
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
    id = "bit_rate"

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
