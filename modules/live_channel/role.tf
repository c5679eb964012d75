# What MediaLive does for this channel: takes the feeds from the two flows, writes to the origin, and logs.
# https://docs.aws.amazon.com/medialive/latest/ug/trusted-entity-requirements.html
resource "aws_iam_role" "this" {
  description = "The MediaLive channel ${var.name} in ${local.region}"
  name        = local.role_name
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "medialive.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "feeds" {
  name = "feeds"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "TakeTheFeeds"
      Effect   = "Allow"
      Action   = ["mediaconnect:ManagedAddOutput", "mediaconnect:ManagedDescribeFlow", "mediaconnect:ManagedRemoveOutput"]
      Resource = [for pipeline in local.pipelines : var.flow_arns[pipeline]]
    }]
  })
}

resource "aws_iam_role_policy" "logs" {
  name = "logs"
  role = aws_iam_role.this.name

  # MediaLive makes the group by itself; all channels of a Region have it together.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Log"
        Effect = "Allow"
        Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:PutMetricFilter", "logs:PutRetentionPolicy"]
        Resource = [
          "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group}",
          "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group}:*",
        ]
      },
      {
        Sid      = "FindTheLogGroup"
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups"
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "origin" {
  name   = "origin"
  policy = var.writer_policy_json
  role   = aws_iam_role.this.name
}
