# Everything that could not be handled: what the workflow gave up on (it sends the event and the error itself) and what the rules
# could not deliver to it.
locals {
  dead_letter_queue_name = "${var.name}-stream-monitor-dead-letters"
  dead_letter_queue_arn  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.dead_letter_queue_name}"
  rule_names = concat(
    ["${var.name}-alarm-state-change", "${var.name}-flow-state-check", "${var.name}-flow-status"],
    local.responds ? ["${var.name}-media-events"] : [],
  )
}

data "aws_iam_policy_document" "dead_letters" {
  statement {
    sid       = "RulesDeliver"
    actions   = ["sqs:SendMessage"]
    resources = [local.dead_letter_queue_arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for rule in local.rule_names : "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${rule}"]
    }
  }

  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.dead_letter_queue_arn]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letter_queue_name
  message_retention_seconds = 1209600
  policy                    = data.aws_iam_policy_document.dead_letters.json
  sqs_managed_sse_enabled   = true

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${var.name}-stream-monitor-dead-letters"
  alarm_description   = "Alarm transitions that nobody was told about lie in the queue ${local.dead_letter_queue_name}."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.direct_alarm_topic_arn])
  ok_actions          = compact([var.direct_alarm_topic_arn])

  tags = var.tags
}
