locals {
  platform_statements = concat(
    # Log delivery has no resources to name.
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
    [{
      Sid    = "DeliverLogs"
      Effect = "Allow"
      Action = [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
      ]
      Resource = ["*"]
    }],
    # Nor has X-Ray. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html#xray-iam
    !var.tracing_enabled ? [] : [{
      Sid    = "Trace"
      Effect = "Allow"
      Action = [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
      ]
      Resource = ["*"]
    }],
    # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    var.kms_key_arn == null ? [] : [{
      Sid       = "Encrypt"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.kms_key_arn]
      Condition = { StringEquals = { "kms:EncryptionContext:aws:states:stateMachineArn" = [local.state_machine_arn] } }
    }],
  )

  caller_statements = [for sid, statement in var.policy_statements : merge(
    {
      Sid      = sid
      Effect   = "Allow"
      Action   = statement.actions
      Resource = statement.resources
    },
    length(statement.conditions) == 0 ? {} : { Condition = statement.conditions },
  )]
}

resource "aws_iam_role" "this" {
  description = "The state machine ${var.name} in ${local.region}"
  name        = local.role_name
  tags        = var.tags

  # Only this machine, so that no other can borrow the role.
  # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnLike      = { "aws:SourceArn" = local.state_machine_arn }
        StringEquals = { "aws:SourceAccount" = local.account_id }
      }
    }]
  })
}

resource "aws_iam_role_policy" "definition" {
  count = var.policy_file == null ? 0 : 1

  name   = "definition"
  policy = jsonencode(jsondecode(templatefile(var.policy_file, var.placeholders)))
  role   = aws_iam_role.this.id
}

resource "aws_iam_role_policy" "platform" {
  #checkov:skip=CKV_AWS_286:log delivery has no resources to name; logs:PutResourcePolicy is what Step Functions asks for
  #checkov:skip=CKV_AWS_289:log delivery has no resources to name; logs:PutResourcePolicy is what Step Functions asks for
  #checkov:skip=CKV_AWS_290:log delivery and X-Ray have no resources to name
  #checkov:skip=CKV_AWS_355:log delivery and X-Ray have no resources to name

  name   = "platform"
  policy = jsonencode({ Version = "2012-10-17", Statement = local.platform_statements })
  role   = aws_iam_role.this.id
}

resource "aws_iam_role_policy" "statements" {
  count = length(var.policy_statements) == 0 ? 0 : 1

  name   = "statements"
  policy = jsonencode({ Version = "2012-10-17", Statement = local.caller_statements })
  role   = aws_iam_role.this.id
}
