locals {
  # What Step Functions needs by itself; rendered/platform.policy.md says why.
  platform_policy = jsondecode(templatefile("${path.module}/rendered/platform.policy.json", merge(local.own_placeholders, {
    kms_key_arn = var.kms_key_arn == null ? "" : var.kms_key_arn
  })))
  platform_wanted = {
    DeliverLogs = true
    Encrypt     = var.kms_key_arn != null
    Trace       = var.tracing_enabled
  }

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
  policy = jsonencode({ Version = "2012-10-17", Statement = [for statement in local.platform_policy.Statement : statement if local.platform_wanted[statement.Sid]] })
  role   = aws_iam_role.this.id
}
