locals {
  signal_alarms = merge(
    aws_cloudwatch_metric_alarm.metric,
    aws_cloudwatch_metric_alarm.bit_rate,
    aws_cloudwatch_metric_alarm.gated,
  )
}

output "alarm_arns" {
  description = "ARNs of the alarms, by signal."
  value       = { for signal, alarm in local.signal_alarms : signal => alarm.arn }
}

output "alarm_names" {
  description = "Names of the alarms, by signal."
  value       = { for signal, alarm in local.signal_alarms : signal => alarm.alarm_name }
}

output "anomaly_arns" {
  description = "ARNs of the alarms on anomaly-detection bands, by signal."
  value       = { for signal, alarm in aws_cloudwatch_metric_alarm.anomaly : signal => alarm.arn }
}

output "anomaly_names" {
  description = "Names of the alarms on anomaly-detection bands, by signal."
  value       = { for signal, alarm in aws_cloudwatch_metric_alarm.anomaly : signal => alarm.alarm_name }
}

output "billed_metrics" {
  description = "What the alarms are billed by: metrics in alarms with periods of 60 s or more (standard), metrics in alarms with shorter ones (high_resolution), composite alarms (composite). An alarm on a band counts as three metrics."
  value = {
    composite = length(local.summaries)
    high_resolution = sum(concat([0], [
      for settings in concat(values(local.signals), values(local.source_alarms), values(local.output_alarms)) : settings.gated ? 2 : 1 if settings.period_seconds < 60
    ]))
    standard = sum(concat(
      [length(local.mute_windows) > 0 ? 1 : 0, 3 * length(local.anomaly_signals)],
      [for settings in concat(values(local.signals), values(local.source_alarms), values(local.output_alarms)) : settings.gated ? 2 : 1 if settings.period_seconds >= 60],
    ))
  }
}

output "mute_windows" {
  description = "The weekly windows of `mute`, in UTC, as a list of day, start_hour and hours: for whoever else shall be quiet then. Empty with mute.alarm: only that alarm knows."
  value       = [for window in values(local.mute_windows) : { day = window.day, hours = window.hours, start_hour = window.start_hour }]
}

output "output_alarm_arns" {
  description = "ARNs of the alarms of single outputs, by <signal>@<output>."
  value       = { for alarm, resource in aws_cloudwatch_metric_alarm.output : alarm => resource.arn }
}

output "output_alarm_names" {
  description = "Names of the alarms of single outputs, by <signal>@<output>."
  value       = { for alarm, resource in aws_cloudwatch_metric_alarm.output : alarm => resource.alarm_name }
}

output "reach_seconds" {
  description = "How far back the alarm that looks back furthest does: its period times its evaluation periods (at least two)."
  value       = max(concat([0], [for settings in values(local.signals) : settings.period_seconds * max(2, settings.evaluation_periods)])...)
}

output "shortest_period_seconds" {
  description = "The shortest period of any of the signals' alarms; null without one."
  value       = length(local.signals) == 0 ? null : min([for settings in values(local.signals) : settings.period_seconds]...)
}

output "source_alarm_arns" {
  description = "ARNs of the alarms of single sources, by <signal>@<source>."
  value       = { for alarm, resource in merge(aws_cloudwatch_metric_alarm.source, aws_cloudwatch_metric_alarm.gated_source) : alarm => resource.arn }
}

output "source_alarm_names" {
  description = "Names of the alarms of single sources, by <signal>@<source>."
  value       = { for alarm, resource in merge(aws_cloudwatch_metric_alarm.source, aws_cloudwatch_metric_alarm.gated_source) : alarm => resource.alarm_name }
}

output "summary_arns" {
  description = "ARNs of the composite alarms, by summary."
  value       = { for summary, alarm in aws_cloudwatch_composite_alarm.summary : summary => alarm.arn }
}

output "summary_names" {
  description = "Names of the composite alarms, by summary."
  value       = { for summary, alarm in aws_cloudwatch_composite_alarm.summary : summary => alarm.alarm_name }
}

output "thresholds" {
  description = "The thresholds in the form the monitor's configuration and the dashboard take: metric, statistic, comparison, threshold, unit, severity; missing = \"ignore\" where less is worse but no data is no fault; period_seconds where the statistic is a sum, which means nothing without it."
  value = [
    for settings in values(local.signals) : merge(
      {
        comparison = settings.comparison
        metric     = settings.metric
        severity   = settings.severity
        statistic  = settings.statistic
        threshold  = settings.threshold
        unit       = settings.unit
      },
      # As the alarm itself has it: only gated ones count missing data as breaching.
      { for field, value in { missing = "ignore" } : field => value if startswith(settings.comparison, "LessThan") && !settings.gated },
      { for field, value in { period_seconds = settings.period_seconds } : field => value if settings.statistic == "Sum" },
    )
  ]
}
