# IAM is eventually consistent: whoever starts executions must come after the role's policies.

output "alarm_names" {
  description = "Names of the machine's own alarms."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name])
}

output "alias_arn" {
  description = "ARN of the alias: what callers start."
  value       = aws_sfn_alias.this.arn

  depends_on = [aws_iam_role_policy.definition, aws_iam_role_policy.platform]
}

output "arn" {
  description = "ARN of the state machine without a qualifier: what IAM policies name, also for the alias."
  value       = aws_sfn_state_machine.this.arn

  depends_on = [aws_iam_role_policy.definition, aws_iam_role_policy.platform]
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "name" {
  description = "Name of the state machine."
  value       = aws_sfn_state_machine.this.name
}

output "role_arn" {
  description = "ARN of the machine's role."
  value       = aws_iam_role.this.arn

  depends_on = [aws_iam_role_policy.definition, aws_iam_role_policy.platform]
}

output "role_name" {
  description = "Name of the machine's role."
  value       = aws_iam_role.this.name

  depends_on = [aws_iam_role_policy.definition, aws_iam_role_policy.platform]
}
