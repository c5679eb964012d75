output "dead_letter_queue_arn" {
  description = "ARN of the queue that holds undelivered events: the rule's own, or the one given."
  value       = var.create_dead_letter_queue ? one(aws_sqs_queue.dead_letters[*].arn) : var.dead_letter_queue_arn
}

output "dead_letter_queue_name" {
  description = "Name of the queue that holds undelivered events: the rule's own, or the one given."
  value       = var.create_dead_letter_queue ? one(aws_sqs_queue.dead_letters[*].name) : element(split(":", var.dead_letter_queue_arn), 5)
}

output "role_arn" {
  description = "ARN of the rule's role."
  value       = aws_iam_role.this.arn

  depends_on = [aws_iam_role_policy.this]
}

output "rule_arn" {
  description = "ARN of the rule."
  value       = aws_cloudwatch_event_rule.this.arn
}

output "rule_name" {
  description = "Name of the rule."
  value       = aws_cloudwatch_event_rule.this.name
}
