locals {
  policy_statements = merge(
    {
      # SendTaskSuccess has no resources to name: the token, which nobody can guess, says which execution is meant.
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
      Answer = {
        actions   = ["states:SendTaskSuccess"]
        resources = ["*"]
      }
      ReadAndAnswerApprovals = {
        actions    = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        resources  = [var.table_arn]
        conditions = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["approval#*"] } }
      }
    },
    # Who reads or writes items decrypts the table's key; DynamoDB itself made it.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    var.table_kms_key_arn == null ? {} : {
      UseTableKey = {
        actions   = ["kms:Decrypt"]
        resources = [var.table_kms_key_arn]
      }
    },
  )
}

module "approval_function" {
  source = "../lambda_function"

  alarm_topic_arn = var.alarm_topic_arn
  description     = "The page behind the link of an approval"
  environment = {
    POWERTOOLS_LOG_LEVEL         = var.log_level
    POWERTOOLS_METRICS_NAMESPACE = "Headend"
    POWERTOOLS_SERVICE_NAME      = "approval"
    TABLE_NAME                   = var.table_name
  }
  log_kms_key_arn                = var.log_kms_key_arn
  log_retention_days             = var.log_retention_days
  memory_size                    = var.function.memory_size
  name                           = local.full_name
  package                        = try(var.packages["approval"], {})
  package_key                    = "approval"
  policy_statements              = local.policy_statements
  reserved_concurrent_executions = var.function.reserved_concurrent_executions
  tags                           = var.tags
  timeout                        = var.function.timeout
}

# For requests of the API's one route. The ARN names the account, so no source_account is needed.
resource "aws_lambda_permission" "api" {
  action        = "lambda:InvokeFunction"
  function_name = module.approval_function.function_name
  principal     = "apigateway.amazonaws.com"
  qualifier     = split(":", module.approval_function.alias_arn)[7]
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/*/approvals/*"
  statement_id  = "api"
}
