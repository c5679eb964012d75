output "alarm_names" {
  description = "Names of the alarms: the origin's and the workflows'."
  value       = sort(concat(module.lifecycle.alarm_names, module.origin.alarm_names))
}

output "as_run_log_streams" {
  description = "Streams of the as-run log in the log group ElementalMediaLive, by pipeline."
  value       = module.channel.as_run_log_streams
}

output "channel_arn" {
  description = "ARN of the channel."
  value       = module.channel.channel_arn
}

output "channel_id" {
  description = "Id of the channel."
  value       = module.channel.channel_id
}

output "flow_arns" {
  description = "ARNs of the flows: primary feeds pipeline 0, backup pipeline 1."
  value       = local.flow_arns
}

output "lifecycle_arn" {
  description = "ARN of the alias of the workflow that takes this Region on air and off it."
  value       = module.lifecycle.alias_arn
}

output "log_group_names" {
  description = "Names of the workflows' log groups."
  value       = module.lifecycle.log_group_names
}

output "origin" {
  description = "The origin, as live_delivery takes it."
  value       = module.origin.origin
}

output "region" {
  description = "The Region."
  value       = local.region
}

output "weakened_for_drill" {
  description = "Protections of the origin that are taken away or weakened for a drill; [] on every origin that viewers use."
  value       = module.origin.weakened_for_drill
}

output "zones" {
  description = "Availability Zones of the flows, by pipeline."
  value       = { for number, pipeline in local.pipelines : pipeline => local.zones[number] }
}
