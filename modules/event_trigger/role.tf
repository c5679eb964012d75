resource "aws_iam_role" "this" {
  description = "The event rule ${var.name} in ${local.region}"
  name        = local.role_name
  tags        = var.tags

  # Only this rule, so that no other can borrow the role.
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = local.rule_arn }
        StringEquals = { "aws:SourceAccount" = local.account_id }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "start-execution"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "StartThisMachine"
      Effect = "Allow"
      Action = ["states:StartExecution"]
      # For an alias or a version, Step Functions authorises by the machine's own ARN.
      # https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
      Resource = [join(":", slice(split(":", var.state_machine_arn), 0, 7))]
    }]
  })
}
