output "audit_bucket_name" {
  description = "Name of the bucket that holds the audit trail; null without one."
  value       = one(aws_s3_bucket.audit[*].id)
}

output "audit_log_group_name" {
  description = "Name of the log group in which the audit trail can be searched; null without one."
  value       = one(aws_cloudwatch_log_group.audit[*].name)
}

output "audit_trail_arn" {
  description = "ARN of the audit trail; null without one."
  value       = one(aws_cloudtrail.this[*].arn)
}

output "budget_name" {
  description = "Name of the budget; null without one."
  value       = one(aws_budgets_budget.this[*].name)
}

output "query_names" {
  description = "Names of the saved queries."
  value       = sort([for query in aws_cloudwatch_query_definition.this : query.name])
}

output "security_group_id" {
  description = "The security group made for the interface endpoints; null where one was given, or without endpoints."
  value       = one(aws_security_group.endpoints[*].id)
}

output "vpc_endpoint_ids" {
  description = "The endpoints: service → id."
  value       = { for service, endpoint in merge(aws_vpc_endpoint.interface, aws_vpc_endpoint.gateway) : service => endpoint.id }
}
