locals {
  environment = {
    BUCKET_NAME                  = aws_s3_bucket.this.id
    POWERTOOLS_LOG_LEVEL         = var.log_level
    POWERTOOLS_METRICS_NAMESPACE = "Headend"
  }

  # What a key of the caller's asks for beyond S3's and DynamoDB's own permissions: to read, and to write (in one part).
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  read_with_bucket_key = var.bucket_kms_key_arn == null ? {} : {
    ReadWithBucketKey = { actions = ["kms:Decrypt"], resources = [var.bucket_kms_key_arn], conditions = {} }
  }
  write_with_bucket_key = var.bucket_kms_key_arn == null ? {} : {
    WriteWithBucketKey = { actions = ["kms:GenerateDataKey"], resources = [var.bucket_kms_key_arn], conditions = {} }
  }
  use_table_key = var.table_kms_key_arn == null ? {} : {
    UseTableKey = { actions = ["kms:Decrypt"], resources = [var.table_kms_key_arn], conditions = {} }
  }

  collector_policy = merge(local.write_with_bucket_key, {
    # None of these has resources to name.
    FindHostsAndReadMetrics = {
      actions    = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "ec2:DescribeInstances"]
      resources  = ["*"]
      conditions = {}
    }
    WriteObjects = {
      actions    = ["s3:PutObject"]
      resources  = ["${local.bucket_arn}/raw/*", "${local.bucket_arn}/runs/*"]
      conditions = {}
    }
  })

  processor_policy = merge(local.read_with_bucket_key, local.use_table_key, {
    # The token, which nobody can guess, says which execution is meant.
    Answer = {
      actions    = ["states:SendTaskHeartbeat", "states:SendTaskSuccess"]
      resources  = ["*"]
      conditions = {}
    }
    PublishMetrics = {
      actions    = ["cloudwatch:PutMetricData"]
      resources  = ["*"]
      conditions = { StringEquals = { "cloudwatch:namespace" = ["Headend/Hosts"] } }
    }
    ReadObjects = {
      actions    = ["s3:GetObject"]
      resources  = ["${local.bucket_arn}/raw/*", "${local.bucket_arn}/runs/*"]
      conditions = {}
    }
    Remember = {
      actions    = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources  = [aws_dynamodb_table.this.arn]
      conditions = {}
    }
    TakeEvents = {
      actions    = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      resources  = [local.objects_queue_arn]
      conditions = {}
    }
    # Without it S3 answers for an object that is gone as for one that may not be read. Asked for an object, it may know no prefix.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    TellGoneObjects = {
      actions    = ["s3:ListBucket"]
      resources  = [local.bucket_arn]
      conditions = { StringLikeIfExists = { "s3:prefix" = ["raw/*", "runs/*"] } }
    }
  })

  analytics_policy = merge(local.read_with_bucket_key, local.write_with_bucket_key, {
    ListObjects = {
      actions    = ["s3:ListBucket"]
      resources  = [local.bucket_arn]
      conditions = { StringLike = { "s3:prefix" = ["raw/*"] } }
    }
    ReadObjects = {
      actions    = ["s3:GetObject"]
      resources  = ["${local.bucket_arn}/raw/*"]
      conditions = {}
    }
    WriteResults = {
      actions    = ["s3:PutObject"]
      resources  = ["${local.bucket_arn}/analysis/*"]
      conditions = {}
    }
  })

  functions = {
    metrics_analytics = {
      description = "Judges what was collected: thresholds, trends, and the same hours of the previous day"
      environment = {}
      policy      = local.analytics_policy
    }
    metrics_collector = {
      description = "Reads one type of the hosts' metrics and writes it to the bucket"
      environment = {}
      policy      = local.collector_policy
    }
    metrics_processor = {
      description = "Keeps the latest values of each new object and tells the workflow when a run is complete"
      environment = {
        DEPLOYMENT_NAME = var.name
        RETENTION_DAYS  = tostring(var.latest_value_days)
        TABLE_NAME      = aws_dynamodb_table.this.name
      }
      policy = local.processor_policy
    }
  }
}

module "functions" {
  source   = "../lambda_function"
  for_each = local.functions

  alarm_topic_arn                = var.alarm_topic_arn
  description                    = each.value.description
  environment                    = merge(local.environment, each.value.environment, { POWERTOOLS_SERVICE_NAME = each.key })
  log_kms_key_arn                = var.log_kms_key_arn
  log_retention_days             = var.log_retention_days
  memory_size                    = var.functions[each.key].memory_size
  name                           = "${var.name}-${replace(each.key, "_", "-")}"
  package                        = try(var.packages[each.key], {})
  package_key                    = each.key
  policy_statements              = each.value.policy
  reserved_concurrent_executions = var.functions[each.key].reserved_concurrent_executions
  tags                           = var.tags
  timeout                        = var.functions[each.key].timeout
}
