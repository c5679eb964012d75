locals {
  statements = concat(
    [{
      Sid      = "WriteOwnLogGroup"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
    }],
    [{
      Sid      = "SaveAsyncFailures"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = [local.failure_queue_arn]
    }],
    # X-Ray has no resources to name. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    var.tracing_mode != "Active" ? [] : [{
      Sid      = "Trace"
      Effect   = "Allow"
      Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      Resource = ["*"]
    }],
    # The network interfaces of a function in a VPC: none of these actions can be narrowed before the interface exists.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    var.vpc == null ? [] : [{
      Sid    = "NetworkInterfaces"
      Effect = "Allow"
      Action = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      Resource = ["*"]
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
  description = "The Lambda function ${var.name} in ${local.region}"
  name        = local.role_name
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  #checkov:skip=CKV_AWS_290:X-Ray and the network interfaces of a VPC function have no resources to name
  #checkov:skip=CKV_AWS_355:X-Ray and the network interfaces of a VPC function have no resources to name

  name = "function"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.statements, local.caller_statements)
  })
}
