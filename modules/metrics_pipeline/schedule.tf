locals {
  # Roles are global: the Region in the name lets one deployment live in two Regions. IAM allows 64 characters.
  full_role_name     = "${var.name}-metrics-schedule-${local.region}"
  role_name          = length(local.full_role_name) <= 64 ? local.full_role_name : "${substr(local.full_role_name, 0, 55)}-${substr(sha256(local.full_role_name), 0, 8)}"
  schedule_group_arn = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${var.name}-metrics-pipeline"
}

resource "aws_iam_role" "schedule" {
  description = "The schedule of ${var.name}-metrics-pipeline in ${local.region}"
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

resource "aws_iam_role_policy" "schedule" {
  name = "start-execution"
  role = aws_iam_role.schedule.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartMetricsPipeline"
        Effect   = "Allow"
        Action   = ["states:StartExecution"]
        Resource = [module.workflow.arn]
      },
      {
        # Scheduler writes to the queue in the schedule's role.
        Sid      = "KeepWhatCouldNotBeDelivered"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [local.dead_letter_arns.schedule]
      },
    ]
  })
}

resource "aws_scheduler_schedule_group" "this" {
  name = "${var.name}-metrics-pipeline"
  tags = var.tags
}

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:a schedule holds nothing but its times; Scheduler encrypts it with its own key

  description                  = "Collects and analyses host metrics"
  group_name                   = aws_scheduler_schedule_group.this.name
  name                         = "metrics-pipeline"
  schedule_expression          = var.schedule.expression
  schedule_expression_timezone = var.schedule.timezone
  state                        = var.schedule.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.workflow.alias_arn
    input    = "{}"
    role_arn = aws_iam_role.schedule.arn

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters["schedule"].arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 24
    }
  }

  # Scheduler tries the role when a schedule is made.
  depends_on = [aws_iam_role_policy.schedule]
}
