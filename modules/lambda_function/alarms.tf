locals {
  alarms = {
    async-failures = {
      description = "Asynchronous invocations of ${var.name} failed for good: read them in the queue ${local.failure_queue_name}."
      dimensions  = { QueueName = local.failure_queue_name }
      metric_name = "ApproximateNumberOfMessagesVisible"
      namespace   = "AWS/SQS"
      statistic   = "Maximum"
    }
    errors = {
      description = "The function ${var.name} raised errors: read the log group /aws/lambda/${var.name}."
      dimensions  = { FunctionName = var.name }
      metric_name = "Errors"
      namespace   = "AWS/Lambda"
      statistic   = "Sum"
    }
    throttles = {
      description = "The function ${var.name} was throttled: raise reserved_concurrent_executions or the account's quota."
      dimensions  = { FunctionName = var.name }
      metric_name = "Throttles"
      namespace   = "AWS/Lambda"
      statistic   = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms_enabled ? local.alarms : {}

  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = each.value.description
  alarm_name          = "${var.name}-${each.key}"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = each.value.dimensions
  evaluation_periods  = 1
  metric_name         = each.value.metric_name
  namespace           = each.value.namespace
  ok_actions          = compact([var.alarm_topic_arn])
  period              = 60
  statistic           = each.value.statistic
  tags                = var.tags
  threshold           = 0
  treat_missing_data  = "notBreaching"
}
