output "alarm_names" {
  description = "Names of the workflow's alarms."
  value       = module.flow_response.alarm_names
}

output "alias_arn" {
  description = "ARN of the workflow's alias: what callers start. Known once the workflow's permissions are there."
  value       = module.flow_response.alias_arn
}

output "arn" {
  description = "ARN of the workflow without a qualifier: what IAM policies name, also for the alias."
  value       = module.flow_response.arn
}

output "log_group_name" {
  description = "Name of the workflow's log group."
  value       = module.flow_response.log_group_name
}

output "name" {
  description = "Name of the workflow."
  value       = module.flow_response.name
}
