# Alarms of single sources and outputs. MediaConnect posts these metrics with the dimension SourceARN or OutputARN alone: their events do
# not say whose they are, so their names have dots and the stream monitor's rule does not hear them. They tell the direct topic, the
# summaries and the dashboard; what concerns the whole flow, the signals under the flow's ARN say.
# https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-source-health.html
locals {
  output_signals = [for signal, definition in local.definitions : signal if startswith(definition.metric, "Output")]

  # `source-disconnected` is about any of several: a source by itself is `disconnected`.
  source_signals = [for signal, definition in local.definitions : signal if startswith(definition.metric, "Source") && signal != "source-disconnected"]

  # Where a source says nothing: is it there, and does it deliver.
  usual_source_signals = toset([local.connects ? "disconnected" : "no-bit-rate", local.repairs ? "not-recovered" : "packet-loss"])

  # With a second source a fault of one is no fault of the flow yet, and can wait for a minute.
  redundant = length(var.sources) > 1

  source_alarms = merge([
    for source, wanted in var.sources : {
      for signal in(wanted.signals == null ? local.usual_source_signals : wanted.signals) : "${signal}@${source}" => merge(local.settings[signal], {
        arn            = wanted.arn
        period_seconds = local.redundant ? max(60, local.settings[signal].period_seconds) : local.settings[signal].period_seconds
        severity       = coalesce(wanted.severity, local.redundant ? "LOW" : local.settings[signal].severity)
        signal         = signal
        statistic      = signal == "disconnected" ? "Minimum" : local.settings[signal].statistic
      }) if contains(keys(local.settings), signal)
    }
  ]...)

  output_alarms = merge([
    for output, wanted in var.outputs : {
      for signal in wanted.signals : "${signal}@${output}" => merge(local.settings[signal], {
        arn      = wanted.arn
        severity = coalesce(wanted.severity, local.settings[signal].severity)
      }) if contains(local.output_signals, signal)
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "source" {
  for_each = { for alarm, settings in local.source_alarms : alarm => settings if !settings.gated }

  alarm_name          = "${var.name}.${var.flow_key}.${each.key}"
  alarm_description   = "${each.value.metric} of one source. Flow key ${var.flow_key}, severity ${each.value.severity}."
  namespace           = "AWS/MediaConnect"
  metric_name         = each.value.metric
  dimensions          = { SourceARN = each.value.arn }
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

# As bit_rate_alarm.tf explains.
resource "aws_cloudwatch_metric_alarm" "gated_source" {
  for_each = { for alarm, settings in local.source_alarms : alarm => settings if settings.gated }

  alarm_name          = "${var.name}.${var.flow_key}.${each.key}"
  alarm_description   = "${each.value.metric} of one source while the flow is on air. Flow key ${var.flow_key}, severity ${each.value.severity}."
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
      dimensions  = { SourceARN = each.value.arn }
      period      = each.value.period_seconds
      stat        = each.value.statistic
    }
  }

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "output" {
  for_each = local.output_alarms

  alarm_name          = "${var.name}.${var.flow_key}.${each.key}"
  alarm_description   = "${each.value.metric} of one output. Flow key ${var.flow_key}, severity ${each.value.severity}."
  namespace           = "AWS/MediaConnect"
  metric_name         = each.value.metric
  dimensions          = { OutputARN = each.value.arn }
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
