# One log line for each delivery to HTTP, Lambda, SQS and Firehose (e-mail has none; SMS has an account-wide setting).
# https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html
locals {
  delivery_logging = var.delivery_status_logging != null

  # SNS chooses these names.
  delivery_log_groups = local.delivery_logging ? {
    failure = "sns/${local.region}/${local.account_id}/${var.name}/Failure"
    success = "sns/${local.region}/${local.account_id}/${var.name}"
  } : {}

  delivery_role_arn    = one(aws_iam_role.delivery_status[*].arn)
  delivery_sample_rate = local.delivery_logging ? var.delivery_status_logging.success_sample_percent : null

  # Roles are global: the Region in the name lets one deployment live in two Regions. IAM allows 64 characters.
  full_role_name = "${var.name}-delivery-${local.region}"
  role_name      = length(local.full_role_name) <= 64 ? local.full_role_name : "${substr(local.full_role_name, 0, 55)}-${substr(sha256(local.full_role_name), 0, 8)}"
}

resource "aws_cloudwatch_log_group" "delivery_status" {
  #checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every log group; the lines hold no message text
  #checkov:skip=CKV_AWS_338:how long logs are kept is the caller's choice

  for_each = local.delivery_log_groups

  name              = each.value
  retention_in_days = var.delivery_status_logging.retention_days
  tags              = var.tags
}

resource "aws_iam_role" "delivery_status" {
  count = local.delivery_logging ? 1 : 0

  description = "Delivery status of the topic ${var.name} in ${local.region}"
  name        = local.role_name
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "delivery_status" {
  count = local.delivery_logging ? 1 : 0

  name = "delivery-status"
  role = aws_iam_role.delivery_status[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "WriteDeliveryStatus"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = [for group in aws_cloudwatch_log_group.delivery_status : "${group.arn}:*"]
    }]
  })
}
