resource "aws_cloudwatch_event_rule" "this" {
  description         = var.description
  event_bus_name      = var.event_bus_name
  event_pattern       = var.event_pattern
  name                = var.name
  schedule_expression = var.schedule_expression
  state               = var.enabled ? "ENABLED" : "DISABLED"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "this" {
  arn            = var.state_machine_arn
  event_bus_name = var.event_bus_name
  input          = var.input
  role_arn       = aws_iam_role.this.arn
  rule           = aws_cloudwatch_event_rule.this.name
  target_id      = "state-machine"

  dead_letter_config {
    arn = var.create_dead_letter_queue ? one(aws_sqs_queue.dead_letters[*].arn) : var.dead_letter_queue_arn
  }

  dynamic "input_transformer" {
    for_each = var.input_transformer == null ? [] : [var.input_transformer]

    content {
      input_paths    = input_transformer.value.input_paths
      input_template = input_transformer.value.input_template
    }
  }

  retry_policy {
    maximum_event_age_in_seconds = var.maximum_event_age_seconds
    maximum_retry_attempts       = var.maximum_retry_attempts
  }

  depends_on = [aws_iam_role_policy.this]
}
