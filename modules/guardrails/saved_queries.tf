# CloudWatch Logs Insights queries, kept in a folder that bears the deployment's name.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
locals {
  function_queries = length(var.query_log_groups.functions) == 0 ? {} : {
    "functions/cold-starts" = {
      log_group_names = var.query_log_groups.functions
      query_string    = <<-EOT
        filter @type = "REPORT"
        | stats count(*) as invocations, count(@initDuration) as cold_starts, avg(@initDuration) as average_cold_ms, pct(@duration, 95) as p95_ms, max(@maxMemoryUsed / 1000 / 1000) as memory_mb by bin(1h), @log
      EOT
    }
    "functions/errors" = {
      log_group_names = var.query_log_groups.functions
      query_string    = <<-EOT
        fields @timestamp, @log, level, message, exception_name, exception, @message
        | filter level in ["ERROR", "CRITICAL"] or @message like /Task timed out|Runtime\.|\[ERROR\]/
        | sort @timestamp desc
        | limit 100
      EOT
    }
  }

  workflow_queries = length(var.query_log_groups.workflows) == 0 ? {} : {
    "workflows/failures" = {
      log_group_names = var.query_log_groups.workflows
      query_string    = <<-EOT
        fields @timestamp, execution_arn, type, details.error, details.cause
        | filter type in ["ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted", "TaskFailed", "TaskTimedOut", "LambdaFunctionFailed"]
        | sort @timestamp desc
        | limit 100
      EOT
    }
    "workflows/outcomes" = {
      log_group_names = var.query_log_groups.workflows
      query_string    = <<-EOT
        filter type in ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"]
        | parse details.output /"outcome":\s*"(?<outcome>[a-z]+)"/
        | stats count(*) as executions by type, outcome, bin(1h)
      EOT
    }
  }

  audit_queries = !local.trail ? {} : {
    "audit/flow-changes" = {
      log_group_names = [aws_cloudwatch_log_group.audit[0].name]
      query_string    = <<-EOT
        fields eventTime, awsRegion, eventName, userIdentity.arn, sourceIPAddress, requestParameters.flowArn, errorCode
        | filter eventSource = "mediaconnect.amazonaws.com"
        | sort eventTime desc
        | limit 200
      EOT
    }
  }

  queries = merge(local.function_queries, local.workflow_queries, local.audit_queries, var.queries)
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.queries

  log_group_names = each.value.log_group_names
  name            = "${var.name}/${each.key}"
  query_string    = trimspace(each.value.query_string)
}
