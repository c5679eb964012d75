output "alarm_names" {
  description = "Names of the alarms: the functions', the workflow's, and the dead-letter queues'."
  value = sort(concat(
    flatten([for one in values(module.functions) : one.alarm_names]),
    [for alarm in values(aws_cloudwatch_metric_alarm.dead_letters) : alarm.alarm_name],
    module.workflow.alarm_names,
  ))
}

output "alias_arn" {
  description = "ARN of the workflow's alias: what starts a run by hand. Known once the workflow's permissions are there."
  value       = module.workflow.alias_arn
}

output "arn" {
  description = "ARN of the workflow without a qualifier: what IAM policies name, also for the alias."
  value       = module.workflow.arn
}

output "bucket_name" {
  description = "Name of the bucket with the raw datapoints, manifests and results."
  value       = aws_s3_bucket.this.id
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "database_name" {
  description = "Name of the Glue database; its table is raw."
  value       = aws_glue_catalog_database.this.name
}

output "dead_letter_queue_names" {
  description = "Names of the dead-letter queues: of objects, and of the schedule."
  value       = { for key, one in aws_sqs_queue.dead_letters : key => one.name }
}

output "function_names" {
  description = "Names of the functions, by package."
  value       = { for key, one in module.functions : key => one.function_name }
}

output "log_group_names" {
  description = "Names of the log groups: of the functions, by package, and of the workflow."
  value = merge(
    { for key, one in module.functions : key => one.log_group_name },
    { metrics_pipeline_workflow = module.workflow.log_group_name },
  )
}

output "name" {
  description = "Name of the workflow."
  value       = module.workflow.name
}

output "named_query_ids" {
  description = "Ids of Athena's named queries, by name."
  value       = { for key, one in aws_athena_named_query.this : key => one.id }
}

output "queue_name" {
  description = "Name of the queue of new objects."
  value       = aws_sqs_queue.objects.name
}

output "schedule_group_name" {
  description = "Name of the schedule's group; the schedule is metrics-pipeline."
  value       = aws_scheduler_schedule_group.this.name
}

output "table_name" {
  description = "Name of the table with the latest values."
  value       = aws_dynamodb_table.this.name
}

output "workgroup_name" {
  description = "Name of Athena's workgroup."
  value       = aws_athena_workgroup.this.name
}
