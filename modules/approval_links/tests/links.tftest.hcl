mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_apigatewayv2_api" {
    defaults = {
      api_endpoint  = "https://a1b2c3d4.execute-api.eu-central-1.amazonaws.com"
      arn           = "arn:aws:apigateway:eu-central-1::/apis/a1b2c3d4"
      execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4"
      id            = "a1b2c3d4"
    }
  }

  mock_resource "aws_apigatewayv2_integration" {
    defaults = { id = "int1" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/apigateway/live-approvals" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-approvals-function-eu-central-1" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live-approvals:live" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live-approvals", version = "7" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:live-approvals-async-failures" }
  }
}

variables {
  name       = "live"
  packages   = { approval = { filename = "../lambda_function/examples/minimal/function.zip" } }
  table_arn  = "arn:aws:dynamodb:eu-central-1:123456789012:table/live-alert-state"
  table_name = "live-alert-state"
}

run "the_url_is_that_of_the_api" {
  assert {
    condition     = output.url == "https://a1b2c3d4.execute-api.eu-central-1.amazonaws.com"
    error_message = "The URL is ${output.url}."
  }
}

run "the_api_calls_the_function_s_alias_in_format_2" {
  assert {
    condition = alltrue([
      aws_apigatewayv2_integration.page.integration_uri == "arn:aws:lambda:eu-central-1:123456789012:function:live-approvals:live",
      aws_apigatewayv2_integration.page.payload_format_version == "2.0",
      aws_apigatewayv2_route.page.target == "integrations/int1",
      aws_apigatewayv2_route.page.route_key == "ANY /approvals/{id}",
    ])
    error_message = "The route does not lead to the alias."
  }
}

run "only_this_api_s_route_may_call_the_alias" {
  assert {
    condition = alltrue([
      aws_lambda_permission.api.principal == "apigateway.amazonaws.com",
      aws_lambda_permission.api.qualifier == "live",
      aws_lambda_permission.api.source_arn == "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4/*/*/approvals/*",
    ])
    error_message = "The permission is wider than the route: ${aws_lambda_permission.api.source_arn}"
  }
}

run "the_access_log_has_no_query_and_so_no_key" {
  assert {
    condition     = !can(regex("(?i)query|requestOverride|\\$context.authorizer", aws_apigatewayv2_stage.this.access_log_settings[0].format))
    error_message = "The key is logged: ${aws_apigatewayv2_stage.this.access_log_settings[0].format}"
  }
  assert {
    condition     = aws_apigatewayv2_stage.this.access_log_settings[0].destination_arn == aws_cloudwatch_log_group.access.arn
    error_message = "The access log goes elsewhere."
  }
}

run "requests_are_throttled" {
  assert {
    condition = (
      aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 10
      && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 20
    )
    error_message = "The page can be flooded."
  }
}

run "logs_take_a_key_and_a_retention" {
  variables {
    log_kms_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    log_retention_days = 90
  }

  assert {
    condition     = aws_cloudwatch_log_group.access.kms_key_id == var.log_kms_key_arn && aws_cloudwatch_log_group.access.retention_in_days == 90
    error_message = "The access log is not encrypted with the key."
  }
}

run "the_function_reads_and_answers_approvals_only" {
  assert {
    condition = local.policy_statements.ReadAndAnswerApprovals == {
      actions    = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
      resources  = ["arn:aws:dynamodb:eu-central-1:123456789012:table/live-alert-state"]
      conditions = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["approval#*"] } }
    }
    error_message = "The function reaches other items."
  }
  assert {
    condition     = [for sid, statement in local.policy_statements : sid if contains(statement.resources, "*")] == ["Answer"]
    error_message = "Something besides SendTaskSuccess is allowed on everything."
  }
}

run "a_table_with_a_key_of_the_caller_s_needs_that_key" {
  variables {
    table_kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = local.policy_statements.UseTableKey == { actions = ["kms:Decrypt"], resources = [var.table_kms_key_arn] }
    error_message = "The function cannot read the table, or may more with its key."
  }
}

run "a_page_that_fails_is_told" {
  variables {
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.server_errors.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:live-direct"])
    error_message = "Nobody hears that the page fails."
  }
  assert {
    condition = output.alarm_names == tolist([
      "live-approvals-async-failures", "live-approvals-errors", "live-approvals-server-errors", "live-approvals-throttles",
    ])
    error_message = "The alarms are ${join(", ", output.alarm_names)}."
  }
}

run "a_missing_package_is_refused" {
  command = plan

  variables {
    packages = {}
  }

  expect_failures = [var.packages]
}

run "an_index_is_no_table" {
  command = plan

  variables {
    table_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/live-alert-state/index/by-flow"
  }

  expect_failures = [var.table_arn]
}

run "a_name_that_leaves_no_room_is_refused" {
  command = plan

  variables {
    name = "a23456789-123456789-123456789-123456789-123456789-12345"
  }

  expect_failures = [var.name]
}

run "a_function_that_outlasts_the_api_is_refused" {
  command = plan

  variables {
    function = { timeout = 30 }
  }

  expect_failures = [var.function]
}

run "no_throttling_at_all_is_refused" {
  command = plan

  variables {
    throttling = { rate_limit = 0 }
  }

  expect_failures = [var.throttling]
}

run "an_unknown_log_level_is_refused" {
  command = plan

  variables {
    log_level = "LOUD"
  }

  expect_failures = [var.log_level]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    log_retention_days = 10
  }

  expect_failures = [var.log_retention_days]
}
