# Bands that CloudWatch learns from up to two weeks of a metric: they see what is unusual before a fixed threshold does. Their names
# have dots, so that the stream monitor's rule does not hear them: it compares with fixed thresholds and could not confirm them.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
locals {
  anomaly_signals = {
    for signal, definition in local.definitions : signal => {
      band_width         = local.overrides[signal].anomaly.band_width
      comparison         = local.anomaly_comparisons[local.overrides[signal].anomaly.direction]
      evaluation_periods = local.overrides[signal].anomaly.evaluation_periods
      metric             = definition.metric
      period_seconds     = local.overrides[signal].anomaly.period_seconds
      severity           = local.overrides[signal].anomaly.severity
      statistic          = definition.statistic
    } if try(local.overrides[signal].anomaly, null) != null
  }

  anomaly_comparisons = {
    above = "GreaterThanUpperThreshold"
    below = "LessThanLowerThreshold"
    both  = "LessThanLowerOrGreaterThanUpperThreshold"
  }
}

resource "aws_cloudwatch_metric_alarm" "anomaly" {
  for_each = local.anomaly_signals

  alarm_name          = "${var.name}.${var.flow_key}.${each.key}-anomaly"
  alarm_description   = "${each.value.metric} is outside the band that CloudWatch expects. Flow key ${var.flow_key}, severity ${each.value.severity}."
  comparison_operator = each.value.comparison
  threshold_metric_id = "band"
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.evaluation_periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.signal_actions
  ok_actions          = local.signal_actions

  metric_query {
    id          = "band"
    label       = "Expected"
    expression  = "ANOMALY_DETECTION_BAND(watched, ${each.value.band_width})"
    return_data = true
  }

  metric_query {
    id          = "watched"
    return_data = true

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
