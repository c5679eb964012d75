# Every new object below raw/ goes by EventBridge and a queue to the processor. What it cannot process after five attempts, and what
# could not be delivered, lies in dead-letter queues with an alarm each.
locals {
  objects_queue_arn  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.objects_queue_name}"
  objects_queue_name = "${var.name}-metrics-objects"
  objects_rule_arn   = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.objects_queue_name}"

  dead_letters = {
    objects  = { name = "${var.name}-metrics-dead-letters", text = "Objects of host metrics that were not processed", delivers = true }
    schedule = { name = "${var.name}-metrics-schedule-dead-letters", text = "Runs of the metrics pipeline that EventBridge Scheduler could not start", delivers = false }
  }
  dead_letter_arns = {
    for key, one in local.dead_letters : key => "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${one.name}"
  }

  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
  rule_delivers = {
    Sid       = "RuleDelivers"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Condition = { ArnEquals = { "aws:SourceArn" = local.objects_rule_arn } }
  }
  tls_only = {
    Sid       = "TlsOnly"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }
}

resource "aws_sqs_queue" "objects" {
  message_retention_seconds = 4 * 24 * 60 * 60
  name                      = local.objects_queue_name
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  # Six times the function's, as Lambda asks: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = 6 * var.functions.metrics_processor.timeout

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in [local.rule_delivers, local.tls_only] : merge(statement, { Resource = local.objects_queue_arn })]
  })
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters["objects"].arn, maxReceiveCount = 5 })
}

resource "aws_sqs_queue" "dead_letters" {
  for_each = local.dead_letters

  message_retention_seconds = 14 * 24 * 60 * 60
  name                      = each.value.name
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in [local.rule_delivers, local.tls_only] : merge(statement, { Resource = local.dead_letter_arns[each.key] })
      if each.value.delivers || statement.Sid == "TlsOnly"
    ]
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = local.dead_letters

  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = "${each.value.text} lie in the queue ${each.value.name}."
  alarm_name          = each.value.name
  comparison_operator = "GreaterThanThreshold"
  dimensions          = { QueueName = each.value.name }
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

resource "aws_cloudwatch_event_rule" "objects" {
  description = "New objects of host metrics, for the processor of ${var.name}"
  name        = local.objects_queue_name
  tags        = var.tags

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = [local.bucket_name] }, object = { key = [{ prefix = "raw/" }] } }
  })
}

resource "aws_cloudwatch_event_target" "objects" {
  arn       = aws_sqs_queue.objects.arn
  rule      = aws_cloudwatch_event_rule.objects.name
  target_id = "processor"

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters["objects"].arn
  }
}

resource "aws_lambda_event_source_mapping" "objects" {
  batch_size              = 10
  event_source_arn        = aws_sqs_queue.objects.arn
  function_name           = module.functions["metrics_processor"].alias_arn
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = var.functions.metrics_processor.maximum_concurrency
  }
}
