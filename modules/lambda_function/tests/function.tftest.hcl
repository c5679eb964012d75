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

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/live-stream-monitor" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-stream-monitor-function-eu-central-1" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live-stream-monitor:live" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live-stream-monitor", version = "7" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:live-stream-monitor-async-failures" }
  }
}

variables {
  name    = "live-stream-monitor"
  package = { filename = "examples/minimal/function.zip" }
}

run "the_role_writes_to_its_own_log_group_only" {
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource
      if anytrue([for action in statement.Action : startswith(action, "logs:")])
    ])) == toset(["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/live-stream-monitor:*"])
    error_message = "The role reaches other log groups: ${aws_iam_role_policy.this.policy}"
  }
}

run "only_xray_is_allowed_on_everything" {
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid if contains(statement.Resource, "*")
    ] == ["Trace"]
    error_message = "Something besides X-Ray is allowed on everything: ${aws_iam_role_policy.this.policy}"
  }
}

run "without_tracing_nothing_is_allowed_on_everything" {
  variables {
    tracing_mode = "PassThrough"
  }

  assert {
    condition     = !anytrue([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : contains(statement.Resource, "*")])
    error_message = "Allowed on everything: ${aws_iam_role_policy.this.policy}"
  }
}

run "the_caller_s_statements_are_added_with_their_conditions" {
  variables {
    policy_statements = {
      DescribeFlow = { actions = ["mediaconnect:DescribeFlow"], resources = ["arn:aws:mediaconnect:eu-central-1:123456789012:flow:*:live-studio-a"] }
      Publish = {
        actions    = ["cloudwatch:PutMetricData"]
        resources  = ["*"]
        conditions = { StringEquals = { "cloudwatch:namespace" = ["Headend"] } }
      }
    }
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Condition if statement.Sid == "Publish"
    ] == [{ StringEquals = { "cloudwatch:namespace" = ["Headend"] } }]
    error_message = "The condition is lost: ${aws_iam_role_policy.this.policy}"
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : !can(statement.Condition) if statement.Sid == "DescribeFlow"
    ])
    error_message = "A condition came from nowhere: ${aws_iam_role_policy.this.policy}"
  }
}

run "a_version_is_published_and_the_alias_follows_it" {
  assert {
    condition     = aws_lambda_function.this.publish && aws_lambda_alias.this.function_version == "7" && aws_lambda_alias.this.name == "live"
    error_message = "The alias does not follow the published version."
  }
}

run "asynchronous_failures_of_the_alias_go_to_the_queue" {
  assert {
    condition = alltrue([
      aws_lambda_function_event_invoke_config.this.qualifier == "live",
      aws_lambda_function_event_invoke_config.this.destination_config[0].on_failure[0].destination == aws_sqs_queue.async_failures.arn,
      aws_sqs_queue.async_failures.sqs_managed_sse_enabled,
    ])
    error_message = "Failures of the alias are lost."
  }
}

run "logs_are_kept_30_days_unless_told" {
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/live-stream-monitor" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "The log group has another name or retention."
  }
}

run "alarms_are_named_after_the_function_and_tell_the_topic" {
  variables {
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  }

  assert {
    condition     = output.alarm_names == tolist(["live-stream-monitor-async-failures", "live-stream-monitor-errors", "live-stream-monitor-throttles"])
    error_message = "The alarms are ${join(", ", output.alarm_names)}."
  }
  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:live-direct"])
    ])
    error_message = "An alarm tells nobody."
  }
}

run "the_code_s_hash_is_that_of_the_file" {
  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("examples/minimal/function.zip")
    error_message = "A changed zip would not be deployed."
  }
}

run "code_from_s3_needs_no_file" {
  variables {
    package = { s3_bucket = "releases", s3_key = "v1/stream_monitor.zip", s3_object_version = "abc", source_code_hash = "aGFzaA==" }
  }

  assert {
    condition     = aws_lambda_function.this.s3_key == "v1/stream_monitor.zip" && aws_lambda_function.this.source_code_hash == "aGFzaA=="
    error_message = "The S3 object is not used."
  }
}

run "a_role_name_longer_than_iam_allows_is_shortened_to_a_unique_one" {
  variables {
    name = "a23456789-123456789-123456789-123456789-123456789-123456789-1234"
  }

  assert {
    condition     = length(aws_iam_role.this.name) == 64 && startswith(aws_iam_role.this.name, "a23456789-")
    error_message = "The role is called ${aws_iam_role.this.name}."
  }
}

run "an_invoker_is_admitted_to_the_alias_from_this_account" {
  variables {
    invoke_permissions = { topic = { principal = "sns.amazonaws.com", source_arn = "arn:aws:sns:eu-central-1:123456789012:live-alerts" } }
  }

  assert {
    condition     = aws_lambda_permission.this["topic"].qualifier == "live" && aws_lambda_permission.this["topic"].source_account == "123456789012"
    error_message = "The permission is wider than asked for, or on the wrong version."
  }
}

run "a_missing_package_file_is_named_with_the_variable_to_set" {
  command = plan

  variables {
    package     = { filename = "build/lambda/stream_monitor.zip" }
    package_key = "stream_monitor"
  }

  expect_failures = [aws_lambda_function.this]
}

run "no_package_at_all_is_refused" {
  command = plan

  variables {
    package = {}
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_file_and_an_s3_object_at_once_are_refused" {
  command = plan

  variables {
    package = { filename = "examples/minimal/function.zip", s3_bucket = "releases", s3_key = "v1/stream_monitor.zip" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_bucket_without_a_key_is_refused" {
  command = plan

  variables {
    package = { filename = "examples/minimal/function.zip", s3_bucket = "releases" }
  }

  expect_failures = [var.package]
}

run "a_name_of_65_characters_is_refused" {
  command = plan

  variables {
    name = "a23456789-123456789-123456789-123456789-123456789-123456789-12345"
  }

  expect_failures = [var.name]
}

run "an_action_on_every_service_is_refused" {
  command = plan

  variables {
    policy_statements = { All = { actions = ["*"], resources = ["*"] } }
  }

  expect_failures = [var.policy_statements]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    log_retention_days = 10
  }

  expect_failures = [var.log_retention_days]
}

run "a_timeout_of_16_minutes_is_refused" {
  command = plan

  variables {
    timeout = 960
  }

  expect_failures = [var.timeout]
}

run "an_unknown_architecture_is_refused" {
  command = plan

  variables {
    architecture = "amd64"
  }

  expect_failures = [var.architecture]
}

run "a_negative_concurrency_is_refused" {
  command = plan

  variables {
    reserved_concurrent_executions = -1
  }

  expect_failures = [var.reserved_concurrent_executions]
}
