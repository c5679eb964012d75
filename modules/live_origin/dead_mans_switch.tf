# S3 never says that a manifest is old, and a player that gets an old one has nothing to fail over from. So each write of a manifest arms a
# switch: S3's notification waits in a queue for a little less than two segments, and then a function deletes the manifest, if it is still
# what was written then. While the encoder writes, each manifest has been replaced by then and nothing happens. When it stops, the manifest
# is gone and the edge asks the other origin.
locals {
  switch_on = local.is_s3 && !contains(local.weakened, "dead_mans_switch")

  # Whole seconds, as SQS counts, rounded up: a manifest that is written in time must not be deleted.
  expiry_seconds = ceil(coalesce(try(var.weakened_for_drill.expiry_segments, null), var.s3.expire.factor) * var.segment_seconds)

  # Never expired: what players open, and the multivariant manifests that the encoder writes once, at its start.
  kept_keys           = concat([local.static_manifest_key], [for pipeline in local.pipelines : "${var.channel}/${pipeline}.m3u8"])
  static_manifest_key = "${var.channel}/index.m3u8"

  expiry_queue_arn   = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.expiry_queue_name}"
  expiry_queue_name  = "${var.name}-origin-expiry"
  dead_letters_arn   = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.dead_letters_name}"
  dead_letters_name  = "${local.expiry_queue_name}-dead-letters"
  function_name      = "${var.name}-expire-manifest"
  service_name       = "expire_manifest"
  queue_tls_only     = merge(local.tls_only, { Action = "sqs:*" })
  manifest_arns      = [for pipeline in local.pipelines : "${local.bucket_arn}/${var.channel}/${pipeline}*.m3u8"]
  only_if_unchanged  = { Null = { "s3:if-match" = ["false"] } }
  deletes_unchecked  = contains(local.weakened, "if_match")
  weakened_variables = local.deletes_unchecked ? { WEAKENED_FOR_DRILL = "no-if-match" } : {}
}

locals {
  function_statements = {
    # With If-Match only: who deletes unseen may delete a manifest that has just been written.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
    ExpireManifests = {
      actions    = ["s3:DeleteObject"]
      resources  = local.manifest_arns
      conditions = { for operator, keys in local.only_if_unchanged : operator => keys if !local.deletes_unchecked }
    }
    # S3 asks for it to compare the ETag.
    CompareManifests = {
      actions   = ["s3:GetObject"]
      resources = local.manifest_arns
    }
    TakeMessages = {
      actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      resources = [local.expiry_queue_arn]
    }
    # Without it S3 answers for an object that is gone as for one that is forbidden. That is documented for GetObject, and taken to be so here:
    # a manifest that is gone must not count as a failure. Asked for an object, it may know no prefix.
    TellGoneManifests = {
      actions    = ["s3:ListBucket"]
      resources  = [local.bucket_arn]
      conditions = { StringLikeIfExists = { "s3:prefix" = ["${var.channel}/*"] } }
    }
  }
}

resource "aws_sqs_queue" "expiry" {
  count = local.switch_on ? 1 : 0

  delay_seconds             = local.expiry_seconds
  message_retention_seconds = 24 * 60 * 60
  name                      = local.expiry_queue_name
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  # Six times the function's, as Lambda asks: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = 6 * var.function.timeout

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "BucketTells"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.expiry_queue_arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = local.bucket_arn }
          StringEquals = { "aws:SourceAccount" = local.account_id }
        }
      },
      merge(local.queue_tls_only, { Resource = local.expiry_queue_arn }),
    ]
  })
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters[0].arn, maxReceiveCount = 5 })
}

resource "aws_sqs_queue" "dead_letters" {
  count = local.switch_on ? 1 : 0

  message_retention_seconds = 14 * 24 * 60 * 60
  name                      = local.dead_letters_name
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [merge(local.queue_tls_only, { Resource = local.dead_letters_arn })]
  })
}

resource "aws_s3_bucket_notification" "origin" {
  count = local.switch_on ? 1 : 0

  bucket = aws_s3_bucket.origin[0].id

  dynamic "queue" {
    for_each = { for number, pipeline in local.pipelines : number => pipeline }

    content {
      events        = ["s3:ObjectCreated:*"]
      filter_prefix = "${var.channel}/${queue.value}"
      filter_suffix = ".m3u8"
      id            = queue.value
      queue_arn     = aws_sqs_queue.expiry[0].arn
    }
  }
}

module "function" {
  source = "../lambda_function"
  count  = local.switch_on ? 1 : 0

  alarm_topic_arn = var.alarm_topic_arn
  description     = "Deletes manifests of ${var.name} that are not written again in time"
  environment = merge(local.weakened_variables, {
    BUCKET_NAME                  = aws_s3_bucket.origin[0].id
    KEPT_KEYS                    = join(",", local.kept_keys)
    ORIGIN_NAME                  = var.name
    POWERTOOLS_LOG_LEVEL         = var.log_level
    POWERTOOLS_METRICS_NAMESPACE = "Headend"
    POWERTOOLS_SERVICE_NAME      = local.service_name
  })
  log_kms_key_arn                = var.log_kms_key_arn
  log_retention_days             = var.log_retention_days
  memory_size                    = var.function.memory_size
  name                           = local.function_name
  package                        = try(var.packages.expire_manifest, {})
  package_key                    = "expire_manifest"
  reserved_concurrent_executions = var.function.reserved_concurrent_executions
  tags                           = var.tags
  timeout                        = var.function.timeout

  policy_statements = local.function_statements
}

resource "aws_lambda_event_source_mapping" "expiry" {
  count = local.switch_on ? 1 : 0

  batch_size              = 10
  event_source_arn        = aws_sqs_queue.expiry[0].arn
  function_name           = module.function[0].alias_arn
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = var.function.maximum_concurrency
  }
}
