output "alarm_names" {
  description = "Names of the flows' alarms: flow key → signal → name."
  value       = { for key, alarms in module.alarms : key => alarms.alarm_names }
}

output "alert_dead_letter_queue_name" {
  description = "Name of the queue that holds alerts which SNS could not deliver."
  value       = module.alert_topic.dead_letter_queue_name
}

output "alert_topic_arn" {
  description = "ARN of the topic the alerts go to."
  value       = module.alert_topic.arn
}

output "approval_url" {
  description = "Address of the page where people say whether a flow may be restarted: links are `<url>/approvals/<id>?key=<key>`. Null where nothing asks."
  value       = one(module.approval_links[*].url)
}

output "composite_alarms" {
  description = "Composite alarms that start the workflow too: alarm name → flow key."
  value       = var.composite_alarms
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = module.dashboard.name
}

output "dashboard_url" {
  description = "Address of the dashboard in the console."
  value       = module.dashboard.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that holds what the workflow could not handle."
  value       = aws_sqs_queue.dead_letters.arn
}

output "dead_letter_queue_url" {
  description = "URL of the queue that holds what the workflow could not handle."
  value       = aws_sqs_queue.dead_letters.url
}

output "entitlement_arns" {
  description = "ARNs of the entitlements of the flows made here: flow key → entitlement → ARN. What the subscribers need."
  value       = { for key, flow in module.flow : key => flow.entitlement_arns }
}

output "flow_arns" {
  description = "ARNs of the flows: key → ARN."
  value       = local.flow_arns
}

output "flow_dashboard_urls" {
  description = "Addresses of the flows' own dashboards: flow key → address. Empty without dashboards.per_flow."
  value       = { for key, dashboard in module.flow_dashboard : key => dashboard.url }
}

output "flow_names" {
  description = "MediaConnect names of the flows: key → name."
  value       = local.flow_names
}

output "flow_state_machine_arn" {
  description = "ARN of the flow-state workflow's alias."
  value       = module.flow_state.alias_arn
}

output "functions" {
  description = "The functions: name → ARN of their alias. Empty in the variant without functions."
  value = merge(
    local.direct ? {} : {
      alert_handler  = module.alert_handler_function[0].alias_arn
      stream_monitor = module.stream_monitor_function[0].alias_arn
    },
    local.asks ? { approval = module.approval_links[0].function_alias_arn } : {},
  )
}

output "lifecycle_state_machine_arn" {
  description = "ARN of the alias of the workflow that starts, stops and restarts a flow: {\"flow_arn\", \"action\"}. Null without schedules and without a response that may propose a restart."
  value       = one(module.flow_lifecycle[*].alias_arn)
}

output "log_group_names" {
  description = "Log groups: of the functions and the workflows."
  value = merge(
    {
      flow_state_workflow     = module.flow_state.log_group_name
      stream_monitor_workflow = module.workflow.log_group_name
    },
    local.direct ? {} : {
      alert_handler  = module.alert_handler_function[0].log_group_name
      stream_monitor = module.stream_monitor_function[0].log_group_name
    },
    local.responds ? { flow_response_workflow = module.flow_response[0].log_group_name } : {},
  )
}

output "output_arns" {
  description = "ARNs of the outputs of the flows made here: flow key → output → ARN."
  value       = { for key, flow in module.flow : key => flow.output_arns }
}

output "response_state_machine_arn" {
  description = "ARN of the alias of the workflow that looks after a flow until its incident is over. Null without response."
  value       = one(module.flow_response[*].alias_arn)
}

output "state_machine_arn" {
  description = "ARN of the stream-monitor workflow's alias: start it with {\"flow_arn\": …} for a check by hand. Waits for the permissions it needs."
  value       = module.workflow.alias_arn

  # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: 256 KiB for what a state passes on.
  precondition {
    condition     = length(local.monitor_config) <= 200000
    error_message = "The monitor's configuration has ${length(local.monitor_config)} characters; a workflow can pass on 200000 beside the event. Name fewer composite_alarms."
  }

  # A variable holds 256 KiB, a datapoint takes about 110 bytes in it.
  precondition {
    condition     = !local.direct || local.most_datapoints <= 2000
    error_message = "A check of this configuration can ask for ${local.most_datapoints} datapoints; without functions the workflow holds 2000. Make monitor.window_seconds shorter or monitor.resolution_seconds coarser (60 at least for more than 3 hours), or set variant = \"functions\"."
  }

  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  precondition {
    condition     = length(local.alarm_event_pattern) <= 2048
    error_message = "The rule's pattern has ${length(local.alarm_event_pattern)} characters; EventBridge takes 2048. Name fewer composite_alarms, or call them ${var.name}/…: those need no place in the pattern."
  }

  precondition {
    condition     = !local.responds || length(local.media_event_pattern) <= 2048
    error_message = "The media-events rule's pattern has ${length(local.media_event_pattern)} characters; EventBridge takes 2048. Watch fewer existing flows with long names."
  }

  precondition {
    condition     = length(local.status_event_pattern) <= 2048
    error_message = "The flow-status rule's pattern has ${length(local.status_event_pattern)} characters; EventBridge takes 2048. Watch fewer existing flows with long names."
  }
}

output "state_machine_name" {
  description = "Name of the stream-monitor workflow."
  value       = module.workflow.name
}

output "summary_names" {
  description = "Names of the flows' composite alarms (flow_alarms' summaries): flow key → summary → name."
  value       = { for key, alarms in module.alarms : key => alarms.summary_names }
}

output "table_name" {
  description = "Name of the table that remembers transitions and incidents."
  value       = aws_dynamodb_table.alert_state.name
}
