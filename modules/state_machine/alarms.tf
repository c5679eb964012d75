locals {
  alarms = {
    aborted   = { metric_name = "ExecutionsAborted", verb = "were aborted" }
    failed    = { metric_name = "ExecutionsFailed", verb = "failed" }
    timed-out = { metric_name = "ExecutionsTimedOut", verb = "timed out" }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms_enabled ? local.alarms : {}

  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = "Executions of the state machine ${var.name} ${each.value.verb}: read the log group ${aws_cloudwatch_log_group.this.name}."
  alarm_name          = "${var.name}-${each.key}"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = { StateMachineArn = aws_sfn_state_machine.this.arn }
  evaluation_periods  = 1
  metric_name         = each.value.metric_name
  namespace           = "AWS/States"
  ok_actions          = compact([var.alarm_topic_arn])
  period              = 60
  statistic           = "Sum"
  tags                = var.tags
  threshold           = 0
  treat_missing_data  = "notBreaching"
}
