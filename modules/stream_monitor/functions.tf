locals {
  powertools_environment = {
    POWERTOOLS_LOG_LEVEL         = var.log_level
    POWERTOOLS_METRICS_NAMESPACE = "Headend"
  }

  monitor_policy = {
    DescribeFlows = {
      actions   = ["mediaconnect:DescribeFlow"]
      resources = values(local.flow_arns)
    }
    # GetMetricData has no resources to name.
    ReadMetrics = {
      actions   = ["cloudwatch:GetMetricData"]
      resources = ["*"]
    }
  }

  alert_policy = merge(local.alert_statements, var.table_kms_key_arn == null ? {} : {
    # Who reads or writes items decrypts the table's key; DynamoDB itself made it.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    UseTableKey = {
      actions   = ["kms:Decrypt"]
      resources = [var.table_kms_key_arn]
    }
  })
  alert_statements = {
    Publish = {
      actions   = ["sns:Publish"]
      resources = [module.alert_topic.arn]
    }
    Remember = {
      actions   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.alert_state.arn]
    }
    UseKeys = {
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = [module.alert_topic.kms_key_arn]
    }
  }
}

module "stream_monitor_function" {
  source = "../lambda_function"
  count  = local.direct ? 0 : 1

  alarm_topic_arn                = var.direct_alarm_topic_arn
  description                    = "Looks at a flow and its metrics and says whether it is healthy"
  environment                    = merge(local.powertools_environment, { POWERTOOLS_SERVICE_NAME = "stream_monitor" })
  log_kms_key_arn                = var.log_kms_key_arn
  log_retention_days             = var.log_retention_days
  memory_size                    = var.functions.stream_monitor.memory_size
  name                           = "${var.name}-stream-monitor"
  package                        = try(var.packages["stream_monitor"], {})
  package_key                    = "stream_monitor"
  policy_statements              = local.monitor_policy
  reserved_concurrent_executions = var.functions.stream_monitor.reserved_concurrent_executions
  tags                           = var.tags
  timeout                        = var.functions.stream_monitor.timeout
}

module "alert_handler_function" {
  source = "../lambda_function"
  count  = local.direct ? 0 : 1

  alarm_topic_arn = var.direct_alarm_topic_arn
  description     = "Tells people what is wrong with a flow, once, and when it is over"
  environment = merge(local.powertools_environment, local.response_environment, {
    DASHBOARD_NAME          = module.dashboard.name
    DEPLOYMENT_NAME         = var.name
    IDEMPOTENCY_TTL_SECONDS = tostring(var.idempotency_ttl_seconds)
    POWERTOOLS_SERVICE_NAME = "alert_handler"
    TABLE_NAME              = aws_dynamodb_table.alert_state.name
    TOPIC_ARN               = module.alert_topic.arn
  })
  log_kms_key_arn                = var.log_kms_key_arn
  log_retention_days             = var.log_retention_days
  memory_size                    = var.functions.alert_handler.memory_size
  name                           = "${var.name}-alert-handler"
  package                        = try(var.packages["alert_handler"], {})
  package_key                    = "alert_handler"
  policy_statements              = local.alert_policy
  reserved_concurrent_executions = var.functions.alert_handler.reserved_concurrent_executions
  tags                           = var.tags
  timeout                        = var.functions.alert_handler.timeout
}

# They had no number before there was a variant without them.
moved {
  from = module.stream_monitor_function
  to   = module.stream_monitor_function[0]
}

moved {
  from = module.alert_handler_function
  to   = module.alert_handler_function[0]
}
