output "access_log_group_name" {
  description = "Name of the log group with a line for each request."
  value       = aws_cloudwatch_log_group.access.name
}

output "alarm_names" {
  description = "Names of the page's own alarms."
  value       = sort(concat([aws_cloudwatch_metric_alarm.server_errors.alarm_name], module.approval_function.alarm_names))
}

output "api_id" {
  description = "Id of the HTTP API."
  value       = aws_apigatewayv2_api.this.id
}

output "function_alias_arn" {
  description = "ARN of the function's alias, which the API calls."
  value       = module.approval_function.alias_arn
}

output "function_name" {
  description = "Name of the function."
  value       = module.approval_function.function_name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = module.approval_function.role_arn
}

# Not after the route and the permission: whoever makes links needs the address only, and nobody opens one before something was asked.
output "url" {
  description = "Address of the API, without a slash at its end: links are `<url>/approvals/<id>?key=<key>`."
  value       = aws_apigatewayv2_api.this.api_endpoint
}
