locals {
  # EventBridge publishes without aws:SourceAccount and aws:SourceArn: a condition on them keeps it out of the topic and of its key.
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
  # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
  silent_services  = sort([for service in var.publisher_services : service if service == "events.amazonaws.com"])
  telling_services = sort([for service in var.publisher_services : service if service != "events.amazonaws.com"])

  topic_statements = concat(
    [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sns:Publish"
      Resource  = local.topic_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }],
    length(local.telling_services) == 0 ? [] : [{
      Sid       = "PublisherServices"
      Effect    = "Allow"
      Principal = { Service = local.telling_services }
      Action    = "sns:Publish"
      Resource  = local.topic_arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }],
    length(local.silent_services) == 0 ? [] : [{
      Sid       = "EventBridge"
      Effect    = "Allow"
      Principal = { Service = local.silent_services }
      Action    = "sns:Publish"
      Resource  = local.topic_arn
    }],
    length(var.allowed_publisher_role_arns) == 0 ? [] : [{
      Sid       = "PublisherRoles"
      Effect    = "Allow"
      Principal = { AWS = sort(var.allowed_publisher_role_arns) }
      Action    = "sns:Publish"
      Resource  = local.topic_arn
    }],
  )
}

resource "aws_sns_topic" "this" {
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        backoffFunction    = "exponential"
        maxDelayTarget     = var.https_retries.max_delay_seconds
        minDelayTarget     = var.https_retries.min_delay_seconds
        numMaxDelayRetries = 0
        numMinDelayRetries = 0
        numNoDelayRetries  = 0
        numRetries         = var.https_retries.count
      }
      disableSubscriptionOverrides = false
    }
  })
  display_name                          = var.display_name
  firehose_failure_feedback_role_arn    = local.delivery_role_arn
  firehose_success_feedback_role_arn    = local.delivery_role_arn
  firehose_success_feedback_sample_rate = local.delivery_sample_rate
  http_failure_feedback_role_arn        = local.delivery_role_arn
  http_success_feedback_role_arn        = local.delivery_role_arn
  http_success_feedback_sample_rate     = local.delivery_sample_rate
  kms_master_key_id                     = aws_kms_key.this.arn
  lambda_failure_feedback_role_arn      = local.delivery_role_arn
  lambda_success_feedback_role_arn      = local.delivery_role_arn
  lambda_success_feedback_sample_rate   = local.delivery_sample_rate
  name                                  = var.name
  policy                                = jsonencode({ Version = "2012-10-17", Statement = local.topic_statements })
  signature_version                     = var.signature_version
  sqs_failure_feedback_role_arn         = local.delivery_role_arn
  sqs_success_feedback_role_arn         = local.delivery_role_arn
  sqs_success_feedback_sample_rate      = local.delivery_sample_rate
  tags                                  = var.tags
}
