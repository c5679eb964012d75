output "alarm_names" {
  description = "Names of the alarms: the workflow's, and those of the one that starts and stops its flows."
  value       = sort(concat(module.live_lifecycle.alarm_names, module.flow_lifecycle.alarm_names))
}

output "alias_arn" {
  description = "ARN of the workflow's alias: what callers start. Known once the workflow's permissions are there."
  value       = module.live_lifecycle.alias_arn
}

output "arn" {
  description = "ARN of the workflow without a qualifier: what IAM policies name, also for the alias."
  value       = module.live_lifecycle.arn
}

output "log_group_names" {
  description = "Names of the workflows' log groups, with every state that a channel or a flow passed."
  value = concat(
    [module.live_lifecycle.log_group_name, module.channel_power.log_group_name, module.settle_channel.log_group_name, module.settle_feed.log_group_name],
    module.flow_lifecycle.log_group_names,
  )
}

output "name" {
  description = "Name of the workflow."
  value       = module.live_lifecycle.name
}
