output "arn" {
  description = "ARN of the flow. Known at plan once the flow exists, also while something else about it changes."
  value       = aws_cloudcontrolapi_resource.flow.id
}

output "backup_source_arn" {
  description = "ARN of the backup source; null without one."
  value       = one(aws_cloudcontrolapi_resource.backup_source[*].id)
}

output "backup_source_name" {
  description = "Name of the backup source; null without one."
  value       = try(var.backup_source.name, null)
}

output "entitlement_arns" {
  description = "ARNs of the entitlements, by name: what the subscribers need."
  value       = { for name, entitlement in aws_cloudcontrolapi_resource.entitlement : name => entitlement.id }
}

output "key_role_arn" {
  description = "ARN of the role that reads the flow's keys; null without encryption."
  value       = local.key_role_arn
}

output "name" {
  description = "Name of the flow."
  value       = var.name
}

output "output_arns" {
  description = "ARNs of the outputs, by name."
  value       = { for name, output in aws_cloudcontrolapi_resource.output : name => output.id }
}

output "source_arn" {
  description = "ARN of the flow's source where there is a backup source too; null without one. Known at plan once the flow exists, as arn is."
  value       = one(terraform_data.source_arn[*].output)
}

output "source_name" {
  description = "Name of the flow's source."
  value       = var.primary_source.name
}

output "vpc_role_arn" {
  description = "ARN of the role that makes the flow's network interfaces; null where none was needed."
  value       = local.vpc_role_arn
}
