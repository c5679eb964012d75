locals {
  all_alarms = merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.bit_rate)
}

output "alarm_arns" {
  description = "ARNs of the alarms, by signal."
  value       = { for signal, alarm in local.all_alarms : signal => alarm.arn }
}

output "alarm_names" {
  description = "Names of the alarms, by signal."
  value       = { for signal, alarm in local.all_alarms : signal => alarm.alarm_name }
}

output "thresholds" {
  description = "The thresholds in the form the monitor's configuration and the dashboard take: metric, statistic, comparison, threshold, unit, severity."
  value = [
    for signal, alarm in merge(local.metric_signals, local.bit_rate_signals) : {
      comparison = alarm.comparison
      metric     = alarm.metric
      severity   = alarm.settings.severity
      statistic  = alarm.statistic
      threshold  = alarm.threshold
      unit       = alarm.unit
    }
  ]
}
