locals {
  alarms = local.switch_on ? {
    dead-letters = {
      description = "Manifests of ${var.name} may be older than they look: what could not be expired lies in the queue ${local.dead_letters_name}."
      dimensions  = { QueueName = local.dead_letters_name }
      metric_name = "ApproximateNumberOfMessagesVisible"
      namespace   = "AWS/SQS"
      statistic   = "Maximum"
    }
    expired = {
      description = "An encoder of ${var.name} in ${local.region} has stopped writing: manifests were not written again within ${local.expiry_seconds} s and have been deleted. Players use the other pipeline or Region."
      dimensions  = { Origin = var.name, service = local.service_name }
      metric_name = "ManifestExpired"
      namespace   = "Headend"
      statistic   = "Sum"
    }
  } : {}
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = each.value.description
  alarm_name          = "${local.expiry_queue_name}-${each.key}"
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
