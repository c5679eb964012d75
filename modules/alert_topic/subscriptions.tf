resource "aws_sns_topic_subscription" "this" {
  for_each = var.subscriptions

  confirmation_timeout_in_minutes = contains(["http", "https"], each.value.protocol) ? each.value.confirmation_timeout_minutes : null
  endpoint                        = each.value.endpoint
  endpoint_auto_confirms          = contains(["http", "https"], each.value.protocol) ? each.value.endpoint_auto_confirms : null
  filter_policy                   = each.value.severities == null ? null : jsonencode({ severity = sort(each.value.severities) })
  filter_policy_scope             = each.value.severities == null ? null : "MessageAttributes"
  protocol                        = each.value.protocol
  raw_message_delivery            = each.value.raw_message_delivery
  redrive_policy                  = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn })
  subscription_role_arn           = each.value.subscription_role_arn
  topic_arn                       = aws_sns_topic.this.arn
}
