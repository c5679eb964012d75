output "arn" {
  description = "ARN of the topic."
  value       = aws_sns_topic.this.arn
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that holds what SNS could not deliver."
  value       = aws_sqs_queue.dead_letters.arn
}

output "dead_letter_queue_name" {
  description = "Name of the queue that holds what SNS could not deliver."
  value       = aws_sqs_queue.dead_letters.name
}

output "kms_key_arn" {
  description = "ARN of the topic's key. A publisher of this account needs kms:GenerateDataKey* and kms:Decrypt on it."
  value       = aws_kms_key.this.arn
}

output "name" {
  description = "Name of the topic."
  value       = aws_sns_topic.this.name
}
