resource "aws_iam_role" "schedules" {
  count = local.has_schedules ? 1 : 0

  description = "The schedules of ${local.schedule_group_name} in ${local.region}"
  name        = local.role_name
  tags        = var.tags

  # Only schedules of this group, so that no other can borrow the role.
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = local.schedule_group_arn }
        StringEquals = { "aws:SourceAccount" = local.account_id }
      }
    }]
  })
}

resource "aws_iam_role_policy" "schedules" {
  count = local.has_schedules ? 1 : 0

  name = "start-execution"
  role = aws_iam_role.schedules[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartFlowLifecycle"
        Effect   = "Allow"
        Action   = ["states:StartExecution"]
        Resource = [module.flow_lifecycle.arn]
      },
      {
        # Scheduler writes to the queue in the schedule's role.
        Sid      = "KeepWhatCouldNotBeDelivered"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [local.dead_letter_queue_arn]
      },
    ]
  })
}
