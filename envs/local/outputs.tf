output "alarm_names" {
  description = "Names of the flows' alarms: flow key → signal → name."
  value       = module.stream_monitor.alarm_names
}

output "alert_dead_letter_queue_name" {
  description = "Name of the queue that holds alerts which SNS could not deliver."
  value       = module.stream_monitor.alert_dead_letter_queue_name
}

output "alert_topic_arn" {
  description = "ARN of the topic the alerts go to."
  value       = module.stream_monitor.alert_topic_arn
}

output "approval_url" {
  description = "Address of the page where people say whether a flow may be restarted. Null where nothing asks."
  value       = module.stream_monitor.approval_url
}

output "composite_alarms" {
  description = "Composite alarms that start the workflow too: alarm name → flow key."
  value       = module.stream_monitor.composite_alarms
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = module.stream_monitor.dashboard_name
}

output "dashboard_url" {
  description = "Address of the dashboard in the console."
  value       = module.stream_monitor.dashboard_url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that holds what the workflow could not handle."
  value       = module.stream_monitor.dead_letter_queue_arn
}

output "dead_letter_queue_url" {
  description = "URL of the queue that holds what the workflow could not handle."
  value       = module.stream_monitor.dead_letter_queue_url
}

output "direct_topic_arn" {
  description = "ARN of the topic that hears of alarms directly, without the workflow."
  value       = module.direct_topic.arn
}

output "flow_arns" {
  description = "ARNs of the flows: key → ARN."
  value       = module.stream_monitor.flow_arns
}

output "flow_names" {
  description = "MediaConnect names of the flows: key → name."
  value       = module.stream_monitor.flow_names
}

output "flow_state_machine_arn" {
  description = "ARN of the flow-state workflow's alias."
  value       = module.stream_monitor.flow_state_machine_arn
}

output "functions" {
  description = "The functions: name → ARN of their alias."
  value       = module.stream_monitor.functions
}

output "lifecycle_state_machine_arn" {
  description = "ARN of the alias of the workflow that starts, stops and restarts a flow: {\"flow_arn\", \"action\"}. Null without schedules and without a response that may propose a restart."
  value       = module.stream_monitor.lifecycle_state_machine_arn
}

output "live" {
  description = "The live channel's Regions, each with its channel, flows, origin and workflow, and what viewers open. Null without live."
  value       = one(module.live[*].live)
}

output "live_delivery" {
  description = "Where `headend prefer` says from which Region viewers are served first. Null without live."
  value       = one(module.live[*].live_delivery)
}

output "log_group_names" {
  description = "Log groups: of the functions and the workflows."
  value       = module.stream_monitor.log_group_names
}

output "metrics_bucket_name" {
  description = "Name of the bucket with the metrics of the hosts. Null without metrics_pipeline."
  value       = one(module.metrics_pipeline[*].bucket_name)
}

output "metrics_pipeline_arn" {
  description = "ARN of the workflow that collects the metrics of the hosts. Null without metrics_pipeline."
  value       = one(module.metrics_pipeline[*].alias_arn)
}

output "name" {
  description = "Name of the deployment."
  value       = local.config.name
}

output "output_arns" {
  description = "ARNs of the outputs of the flows made here: flow key → output → ARN."
  value       = module.stream_monitor.output_arns
}

output "region" {
  description = "Region of the deployment."
  value       = local.config.region
}

output "response_state_machine_arn" {
  description = "ARN of the alias of the workflow that looks after a flow until its incident is over. Null without response."
  value       = module.stream_monitor.response_state_machine_arn
}

output "state_machine_arn" {
  description = "ARN of the stream-monitor workflow's alias: start it with {\"flow_arn\": …} for a check by hand. Waits for the permissions it needs."
  value       = module.stream_monitor.state_machine_arn
}

output "state_machine_name" {
  description = "Name of the stream-monitor workflow."
  value       = module.stream_monitor.state_machine_name
}

output "table_name" {
  description = "Name of the table that remembers transitions and incidents."
  value       = module.stream_monitor.table_name
}

output "weakened_for_drill" {
  description = "Protections of the live channel that are taken away for a drill. Null without live."
  value       = one(module.live[*].weakened_for_drill)
}
