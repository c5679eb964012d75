output "arn" {
  description = "ARN of the flow. Known at plan once the flow exists, also while something else about it changes."
  value       = aws_cloudcontrolapi_resource.flow.id
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

output "source_name" {
  description = "Name of the flow's source."
  value       = var.primary_source.name
}
