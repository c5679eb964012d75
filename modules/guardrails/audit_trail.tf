# Who did what to the flows: every management call that changes something, in every Region, with files that prove themselves
# unchanged. A trail cannot select one service among management events (eventSource takes exclusions of KMS and RDS Data only), and
# MediaConnect has no data events: the saved query "<name>/audit/flow-changes" does the narrowing.
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
locals {
  trail     = var.audit_trail != null
  trail_arn = "arn:${local.partition}:cloudtrail:${local.region}:${local.account_id}:trail/${local.trail_name}"

  trail_log_group_name = "/aws/cloudtrail/${local.trail_name}"
  trail_name           = "${var.name}-audit"

  # Roles are global: the Region in the name lets one deployment live in two Regions. 32 + 12 + 1 + 15 characters at most.
  trail_role_name = "${var.name}-audit-trail-${local.region}"
}

resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV_AWS_252:nobody reads a notice for each log file; changes are looked up with the saved query

  count = local.trail ? 1 : 0

  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.audit[0].arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.audit[0].arn
  enable_log_file_validation    = true
  include_global_service_events = true
  is_multi_region_trail         = true
  kms_key_id                    = aws_kms_key.audit[0].arn
  name                          = local.trail_name
  s3_bucket_name                = aws_s3_bucket.audit[0].id

  advanced_event_selector {
    name = "What changes something"

    field_selector {
      equals = ["Management"]
      field  = "eventCategory"
    }

    field_selector {
      equals = ["false"]
      field  = "readOnly"
    }

    field_selector {
      field      = "eventSource"
      not_equals = ["kms.amazonaws.com", "rdsdata.amazonaws.com"]
    }
  }

  tags = var.tags

  # CloudTrail tries the bucket, the key and the role when the trail is created.
  depends_on = [aws_iam_role_policy.audit, aws_s3_bucket_policy.audit]
}

resource "aws_cloudwatch_log_group" "audit" {
  #checkov:skip=CKV_AWS_338:for searching; the bucket keeps the files for retention_days

  count = local.trail ? 1 : 0

  kms_key_id        = aws_kms_key.audit[0].arn
  name              = local.trail_log_group_name
  retention_in_days = var.audit_trail.search_days
  tags              = var.tags
}

resource "aws_iam_role" "audit" {
  count = local.trail ? 1 : 0

  description = "The trail ${local.trail_name} writes to CloudWatch Logs"
  name        = local.trail_role_name
  tags        = var.tags

  # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = local.account_id
          "aws:SourceArn"     = local.trail_arn
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "audit" {
  count = local.trail ? 1 : 0

  name = "write-log"
  role = aws_iam_role.audit[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "WriteLog"
      Effect = "Allow"
      Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = [
        "${aws_cloudwatch_log_group.audit[0].arn}:log-stream:${local.account_id}_CloudTrail_${local.region}*",
      ]
    }]
  })
}
