resource "aws_scheduler_schedule_group" "this" {
  count = local.has_schedules ? 1 : 0

  name = local.schedule_group_name
  tags = var.tags
}

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:a schedule holds a flow's ARN and an action; Scheduler encrypts it with its own key
  for_each = var.schedules

  description                  = coalesce(each.value.description, "${title(each.value.action)}s the flow ${each.value.flow}")
  end_date                     = each.value.end
  group_name                   = aws_scheduler_schedule_group.this[0].name
  name                         = each.key
  schedule_expression          = each.value.schedule_expression
  schedule_expression_timezone = each.value.timezone
  start_date                   = each.value.start
  state                        = each.value.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.flow_lifecycle.alias_arn
    input    = jsonencode({ action = each.value.action, flow_arn = var.flows[each.value.flow] })
    role_arn = aws_iam_role.schedules[0].arn

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters[0].arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.maximum_event_age_seconds
      maximum_retry_attempts       = var.maximum_retry_attempts
    }
  }

  # Scheduler tries the role when a schedule is made.
  depends_on = [aws_iam_role_policy.schedules]
}
