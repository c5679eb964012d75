output "alarm_names" {
  description = "Names of the alarms: the workflow's, and the schedules' dead-letter queue's."
  value       = sort(concat(module.flow_lifecycle.alarm_names, aws_cloudwatch_metric_alarm.dead_letters[*].alarm_name))
}

output "alias_arn" {
  description = "ARN of the flow_lifecycle workflow's alias: what callers start. Known once the workflow's permissions are there."
  value       = module.flow_lifecycle.alias_arn
}

output "arn" {
  description = "ARN of the flow_lifecycle workflow without a qualifier: what IAM policies name, also for the alias."
  value       = module.flow_lifecycle.arn
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue with the starts and stops that could not be delivered. null without schedules."
  value       = one(aws_sqs_queue.dead_letters[*].arn)
}

output "dead_letter_queue_name" {
  description = "Name of the queue with the starts and stops that could not be delivered. null without schedules."
  value       = one(aws_sqs_queue.dead_letters[*].name)
}

output "log_group_names" {
  description = "Names of the workflows' log groups, with every state that a flow passed."
  value       = [module.flow_lifecycle.log_group_name, module.settle_flow.log_group_name]
}

output "name" {
  description = "Name of the flow_lifecycle workflow."
  value       = module.flow_lifecycle.name
}

output "schedule_group_name" {
  description = "Name of the schedules' group. null without schedules."
  value       = one(aws_scheduler_schedule_group.this[*].name)
}

output "settle_alias_arn" {
  description = "ARN of the alias of the settle_flow workflow, for other workflows that wait until a flow has settled."
  value       = module.settle_flow.alias_arn
}

output "settle_arn" {
  description = "ARN of the settle_flow workflow without a qualifier: what IAM policies name, also for the alias."
  value       = module.settle_flow.arn
}
