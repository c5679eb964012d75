locals {
  # What every definition and policy may name without the caller's help.
  own_placeholders = {
    account_id         = local.account_id
    partition          = local.partition
    region             = local.region
    state_machine_name = var.name
  }
  placeholders = merge(local.own_placeholders, var.placeholders)

  definition = templatefile(var.definition_file, local.placeholders)

  # Step Functions counts bytes, HCL characters: base64 has 4 characters for every 3 bytes.
  definition_bytes = floor(length(base64encode(local.definition)) * 3 / 4)
}

resource "aws_sfn_state_machine" "this" {
  #checkov:skip=CKV_AWS_284:tracing_enabled is true unless the caller says otherwise
  #checkov:skip=CKV_AWS_285:log_level is ALL unless the caller says otherwise, with the input and output of every state

  definition = local.definition
  name       = var.name
  publish    = true
  role_arn   = aws_iam_role.this.arn
  type       = var.type

  dynamic "encryption_configuration" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      kms_data_key_reuse_period_seconds = var.kms_data_key_reuse_seconds
      kms_key_id                        = encryption_configuration.value
      type                              = "CUSTOMER_MANAGED_KMS_KEY"
    }
  }

  logging_configuration {
    include_execution_data = var.include_execution_data
    level                  = var.log_level
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing_enabled
  }

  tags = var.tags

  # Step Functions tries the role's permissions when the machine is created.
  depends_on = [aws_iam_role_policy.definition, aws_iam_role_policy.platform]

  lifecycle {
    precondition {
      condition     = can(jsondecode(local.definition))
      error_message = "${var.name}: definition_file ${var.definition_file} is no JSON once its placeholders are filled in. Placeholders belong inside strings, and their values must be escaped for JSON."
    }
    precondition {
      condition     = local.definition_bytes <= 1048576
      error_message = "${var.name}: the definition has ${local.definition_bytes} bytes; Step Functions allows 1048576. Move a part into a workflow of its own."
    }
  }
}

resource "aws_sfn_alias" "this" {
  description = "The version that callers start"
  name        = var.alias

  routing_configuration {
    state_machine_version_arn = aws_sfn_state_machine.this.state_machine_version_arn
    weight                    = 100
  }
}
