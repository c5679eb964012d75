# Events that EventBridge could not deliver, with the reason in their attributes. What fails after the execution has started is
# the workflow's own to save. SQS-managed encryption, so that EventBridge needs no key.
resource "aws_sqs_queue" "dead_letters" {
  count = var.create_dead_letter_queue ? 1 : 0

  message_retention_seconds = 14 * 24 * 60 * 60
  name                      = local.dead_letter_queue_name
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.dead_letter_queue_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "ThisRuleOnly"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.dead_letter_queue_arn
        Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arn } }
      },
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  count = var.create_dead_letter_queue ? 1 : 0

  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = "EventBridge could not deliver events of the rule ${var.name}: read them in the queue ${local.dead_letter_queue_name}."
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
