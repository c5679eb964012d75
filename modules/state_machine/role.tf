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

  # IAM refuses a policy without statements: a definition that calls nothing needs none.
  has_policy = var.policy_file == null ? false : length(jsondecode(file(var.policy_file)).Statement) > 0

  # A placeholder that stands for several ARNs is a resource of its own: `list:<name>` marks its place.
  listed = { for name in keys(var.placeholder_lists) : name => "list:${name}" }
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
  count = local.has_policy ? 1 : 0

  name = "definition"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for one in [
      for statement in jsondecode(templatefile(var.policy_file, merge(local.placeholders, local.listed))).Statement : merge(statement, {
        Resource = flatten([for arn in flatten([statement.Resource]) : try(var.placeholder_lists[trimprefix(arn, "list:")], [arn])])
      })
    ] : one if length(one.Resource) > 0]
  })
  role = aws_iam_role.this.id
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
