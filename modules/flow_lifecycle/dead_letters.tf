# Starts and stops that Scheduler could not deliver, with the reason in their attributes. What fails after the execution has started
# raises the workflow's own alarms.
resource "aws_sqs_queue" "dead_letters" {
  count = local.has_schedules ? 1 : 0

  message_retention_seconds = 14 * 24 * 60 * 60
  name                      = local.dead_letter_queue_name
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.dead_letter_queue_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  count = local.has_schedules ? 1 : 0

  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = "EventBridge Scheduler could not deliver a start or stop of ${var.name}: read it in the queue ${local.dead_letter_queue_name}. The flow is as it was."
  alarm_name          = local.dead_letter_queue_name
  comparison_operator = "GreaterThanThreshold"
  dimensions          = { QueueName = local.dead_letter_queue_name }
  evaluation_periods  = 1
  metric_name         = "ApproximateNumberOfMessagesVisible"
  namespace           = "AWS/SQS"
  ok_actions          = compact([var.alarm_topic_arn])
  period              = 60
  statistic           = "Maximum"
  tags                = var.tags
  threshold           = 0
  treat_missing_data  = "notBreaching"
}
