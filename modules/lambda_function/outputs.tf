# IAM is eventually consistent: whoever uses these must come after the role's policy.

output "alarm_names" {
  description = "Names of the function's own alarms."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name])
}

output "alias_arn" {
  description = "ARN of the alias: what callers invoke."
  value       = aws_lambda_alias.this.arn

  depends_on = [aws_iam_role_policy.this, aws_lambda_function_event_invoke_config.this]
}

output "arn" {
  description = "ARN of the function without a qualifier."
  value       = aws_lambda_function.this.arn

  depends_on = [aws_iam_role_policy.this]
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that holds asynchronous invocations that failed for good."
  value       = aws_sqs_queue.async_failures.arn
}

output "dead_letter_queue_name" {
  description = "Name of the queue that holds asynchronous invocations that failed for good."
  value       = aws_sqs_queue.async_failures.name
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name

  depends_on = [aws_iam_role_policy.this]
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn

  depends_on = [aws_iam_role_policy.this]
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name

  depends_on = [aws_iam_role_policy.this]
}

output "version" {
  description = "Version that the alias points to."
  value       = aws_lambda_function.this.version
}
