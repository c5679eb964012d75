locals {
  from_file = var.package.filename != null
  from_s3   = var.package.s3_bucket != null && var.package.s3_key != null

  package_variable = var.package_key == null ? "package" : "packages[\"${var.package_key}\"]"
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:tracing_mode is Active unless the caller says otherwise
  #checkov:skip=CKV_AWS_115:reserved concurrency is the caller's choice, as it is taken from the account's pool
  #checkov:skip=CKV_AWS_116:asynchronous failures go to the on_failure destination, which tells more than dead_letter_config
  #checkov:skip=CKV_AWS_117:the functions call AWS's public APIs only; vpc is there for those who need it
  #checkov:skip=CKV_AWS_173:Lambda encrypts the environment with its own key by default, environment_kms_key_arn sets another; no secret belongs there
  #checkov:skip=CKV_AWS_272:code_signing_config_arn is the caller's choice, as signing needs a profile of the caller's

  architectures                  = [var.architecture]
  code_signing_config_arn        = var.code_signing_config_arn
  description                    = var.description
  filename                       = var.package.filename
  function_name                  = var.name
  handler                        = var.handler
  kms_key_arn                    = var.environment_kms_key_arn
  layers                         = var.layers
  memory_size                    = var.memory_size
  publish                        = true
  reserved_concurrent_executions = var.reserved_concurrent_executions
  role                           = aws_iam_role.this.arn
  runtime                        = var.runtime
  s3_bucket                      = var.package.s3_bucket
  s3_key                         = var.package.s3_key
  s3_object_version              = var.package.s3_object_version
  source_code_hash = (
    var.package.source_code_hash != null ? var.package.source_code_hash
    : local.from_file ? try(filebase64sha256(var.package.filename), null)
    : null
  )
  timeout = var.timeout

  dynamic "environment" {
    for_each = length(var.environment) == 0 ? [] : [var.environment]

    content {
      variables = environment.value
    }
  }

  ephemeral_storage {
    size = var.ephemeral_storage_mb
  }

  tracing_config {
    mode = var.tracing_mode
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      security_group_ids = vpc_config.value.security_group_ids
      subnet_ids         = vpc_config.value.subnet_ids
    }
  }

  tags = var.tags

  depends_on = [aws_iam_role_policy.this]

  lifecycle {
    precondition {
      condition     = local.from_file != local.from_s3
      error_message = "${var.name}: no package, or two of them. Set ${local.package_variable} to either { filename = \"….zip\" } (`headend package` builds it) or { s3_bucket = …, s3_key = … }."
    }
    precondition {
      condition     = local.from_file ? fileexists(var.package.filename) : true
      error_message = "${var.name}: package file ${coalesce(var.package.filename, "(none)")} not found. Build it with `headend package` or set ${local.package_variable} to a zip file or an S3 object that exists."
    }
  }
}

resource "aws_lambda_alias" "this" {
  description      = "The version that callers use"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
  name             = var.alias
}

resource "aws_lambda_permission" "this" {
  for_each = var.invoke_permissions

  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this.function_name
  principal      = each.value.principal
  qualifier      = aws_lambda_alias.this.name
  source_account = coalesce(each.value.source_account, local.account_id)
  source_arn     = each.value.source_arn
  statement_id   = each.key
}
