# In ALARM during the windows of `mute`, by the time of FlowActive's datapoints: while their hour of the week (Monday 00:00 UTC = 0) lies
# in a window. Without datapoints nothing is muted.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
locals {
  days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

  mute_windows = var.mute == null ? {} : var.mute.windows

  # By window, the pieces of the week from its first hour up to, not including, its last; two where it goes past Sunday.
  mute_hours = flatten([
    for window in local.mute_windows : [
      for piece in [
        { from = index(local.days, window.day) * 24 + window.start_hour, to = min(168, index(local.days, window.day) * 24 + window.start_hour + window.hours) },
        { from = 0, to = index(local.days, window.day) * 24 + window.start_hour + window.hours - 168 },
      ] : piece if piece.to > piece.from
    ]
  ])

  hour_of_week = "((DAY(active) - 1) * 24 + HOUR(active))"
}

resource "aws_cloudwatch_metric_alarm" "mute" {
  count = length(local.mute_windows) > 0 ? 1 : 0

  alarm_name          = "${var.name}.${var.flow_key}.mute"
  alarm_description   = "A maintenance window is open: the summaries of flow key ${var.flow_key} tell nobody."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "muted"
    label       = "Maintenance window"
    expression  = join(" OR ", [for piece in local.mute_hours : "(${local.hour_of_week} >= ${piece.from} AND ${local.hour_of_week} < ${piece.to})"])
    return_data = true
  }

  metric_query {
    id = "active"

    metric {
      namespace   = "Headend/MediaConnect"
      metric_name = "FlowActive"
      dimensions  = { FlowARN = var.flow_arn }
      period      = 60
      stat        = "Maximum"
    }
  }

  tags = var.tags
}
