# Messages that SNS could not deliver, with the reason in their attributes. SQS-managed encryption, so that SNS needs no key.
resource "aws_sqs_queue" "dead_letters" {
  message_retention_seconds = var.dead_letter_retention_days * 24 * 60 * 60
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
        Sid       = "ThisTopicOnly"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.dead_letter_queue_arn
        Condition = { ArnEquals = { "aws:SourceArn" = local.topic_arn } }
      },
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = "SNS could not deliver messages of the topic ${var.name}: read them in the queue ${local.dead_letter_queue_name}."
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
