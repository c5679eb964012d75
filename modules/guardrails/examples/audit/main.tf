# A budget, a trail of every change, and saved queries over the logs of a function and a workflow.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-guardrails"
  nullable    = false
}

module "guardrails" {
  source = "../.."

  audit_trail = { archive_after_days = 90, retention_days = 400, search_days = 30 }
  budget = {
    emails      = ["finance@example.com"]
    monthly_usd = 400
  }
  name = var.name
  query_log_groups = {
    functions = [aws_cloudwatch_log_group.function.name]
    workflows = [aws_cloudwatch_log_group.workflow.name]
  }
}

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every log group
  #checkov:skip=CKV_AWS_338:an example's log group, with nothing in it

  name              = "/aws/lambda/${var.name}-stream-monitor"
  retention_in_days = 30
}

resource "aws_cloudwatch_log_group" "workflow" {
  #checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every log group
  #checkov:skip=CKV_AWS_338:an example's log group, with nothing in it

  name              = "/aws/vendedlogs/states/${var.name}-stream-monitor"
  retention_in_days = 30
}

output "query_names" {
  description = "Names of the saved queries."
  value       = module.guardrails.query_names
}
