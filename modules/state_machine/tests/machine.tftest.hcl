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
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/states/live-stream-monitor" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-stream-monitor-workflow-eu-central-1" }
  }

  mock_resource "aws_sfn_alias" {
    defaults = { arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor:live" }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = {
      arn                       = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor"
      state_machine_version_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor:3"
    }
  }
}

variables {
  definition_file = "examples/express/save.asl.json"
  name            = "live-stream-monitor"
  placeholders = {
    queue_arn = "arn:aws:sqs:eu-central-1:123456789012:saved"
    queue_url = "https://sqs.eu-central-1.amazonaws.com/123456789012/saved"
  }
  policy_file = "examples/express/save.policy.json"
  type        = "EXPRESS"
}

run "placeholders_are_filled_in_both_files" {
  assert {
    condition     = jsondecode(aws_sfn_state_machine.this.definition).States.Save.Parameters.QueueUrl == "https://sqs.eu-central-1.amazonaws.com/123456789012/saved"
    error_message = "The definition is ${aws_sfn_state_machine.this.definition}"
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.definition[0].policy).Statement[0].Resource == ["arn:aws:sqs:eu-central-1:123456789012:saved"]
    error_message = "The policy is ${aws_iam_role_policy.definition[0].policy}"
  }
}

run "logs_go_to_the_vended_group_of_the_machine_with_every_state" {
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/vendedlogs/states/live-stream-monitor"
    error_message = "The log group is ${aws_cloudwatch_log_group.this.name}."
  }
  assert {
    condition = aws_sfn_state_machine.this.logging_configuration[0] == {
      include_execution_data = true
      level                  = "ALL"
      log_destination        = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/states/live-stream-monitor:*"
    }
    error_message = "The machine logs elsewhere, or not everything; the ARN must end in ':*'."
  }
}

run "the_role_may_deliver_logs_and_trace_and_nothing_else_everywhere" {
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.platform.policy).Statement : statement.Action])) == toset([
      "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
      "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    ])
    error_message = "The platform policy is ${aws_iam_role_policy.platform.policy}"
  }
}

run "only_this_machine_may_take_the_role" {
  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      ArnLike      = { "aws:SourceArn" = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor" }
      StringEquals = { "aws:SourceAccount" = "123456789012" }
    }
    error_message = "The trust policy is ${aws_iam_role.this.assume_role_policy}"
  }
}

run "the_alias_follows_the_published_version" {
  assert {
    condition     = aws_sfn_state_machine.this.publish && one(aws_sfn_alias.this.routing_configuration).state_machine_version_arn == aws_sfn_state_machine.this.state_machine_version_arn
    error_message = "The alias does not follow the newest version."
  }
}

run "alarms_tell_the_topic_of_failed_timed_out_and_aborted_executions" {
  variables {
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  }

  assert {
    condition = { for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name => alarm.metric_name } == {
      live-stream-monitor-aborted   = "ExecutionsAborted"
      live-stream-monitor-failed    = "ExecutionsFailed"
      live-stream-monitor-timed-out = "ExecutionsTimedOut"
    }
    error_message = "An outcome has no alarm."
  }
  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this :
      alarm.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:live-direct"]) && alarm.dimensions.StateMachineArn == aws_sfn_state_machine.this.arn
    ])
    error_message = "An alarm tells nobody, or watches another machine."
  }
}

run "a_policy_may_name_the_machine_and_a_list_of_arns" {
  variables {
    definition_file   = "tests/watch.asl.json"
    placeholder_lists = { flow_arns = ["arn:aws:mediaconnect:eu-central-1:123456789012:flow:1:a", "arn:aws:mediaconnect:eu-central-1:123456789012:flow:2:b"] }
    placeholders      = {}
    policy_file       = "tests/watch.policy.json"
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.definition[0].policy).Statement : statement.Sid => statement.Resource } == {
      EachFlowStartExecution            = ["arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor"]
      EachFlowDescribeExecutionAnd1More = ["arn:aws:states:eu-central-1:123456789012:execution:live-stream-monitor:*"]
      DescribeFlow                      = ["arn:aws:mediaconnect:eu-central-1:123456789012:flow:1:a", "arn:aws:mediaconnect:eu-central-1:123456789012:flow:2:b"]
    }
    error_message = "The policy is ${aws_iam_role_policy.definition[0].policy}"
  }
}

run "a_list_without_an_arn_leaves_its_statement_out" {
  variables {
    definition_file   = "tests/watch.asl.json"
    placeholder_lists = { flow_arns = [] }
    placeholders      = {}
    policy_file       = "tests/watch.policy.json"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.definition[0].policy).Statement[*].Sid == ["EachFlowStartExecution", "EachFlowDescribeExecutionAnd1More"]
    error_message = "The policy is ${aws_iam_role_policy.definition[0].policy}"
  }
}

run "a_definition_that_calls_nothing_needs_no_policy" {
  variables {
    definition_file = "tests/pass.asl.json"
    placeholders    = {}
    policy_file     = "tests/pass.policy.json"
  }

  assert {
    condition     = length(aws_iam_role_policy.definition) == 0
    error_message = "There is a policy without a statement, which IAM refuses."
  }
}

run "without_a_policy_the_role_has_the_platform_s_rights_only" {
  variables {
    policy_file = null
  }

  assert {
    condition     = length(aws_iam_role_policy.definition) == 0
    error_message = "A policy came from nowhere."
  }
}

run "a_key_of_the_caller_s_encrypts_and_the_role_may_use_it_for_this_machine" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = one(aws_sfn_state_machine.this.encryption_configuration).type == "CUSTOMER_MANAGED_KMS_KEY"
    error_message = "The key is not used."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.platform.policy).Statement : statement.Condition if statement.Sid == "Encrypt"
    ] == [{ StringEquals = { "kms:EncryptionContext:aws:states:stateMachineArn" = ["arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor"] } }]
    error_message = "The role may use the key for anything: ${aws_iam_role_policy.platform.policy}"
  }
}

run "a_value_that_breaks_the_json_is_refused" {
  command = plan

  variables {
    placeholders = { queue_arn = "x", queue_url = "a \" quote" }
  }

  expect_failures = [aws_sfn_state_machine.this]
}

run "a_definition_larger_than_a_mebibyte_is_refused" {
  command = plan

  variables {
    # 2^20 characters, to which the definition itself comes.
    placeholders = { queue_arn = "x", queue_url = join("", [for i in range(1024) : join("", [for j in range(64) : "0123456789abcdef"])]) }
  }

  expect_failures = [aws_sfn_state_machine.this]
}

run "a_definition_file_that_is_not_there_is_named" {
  command = plan

  variables {
    definition_file = "rendered/nothing.asl.json"
  }

  expect_failures = [var.definition_file]
}

run "a_policy_file_that_is_not_there_is_named" {
  command = plan

  variables {
    policy_file = "rendered/nothing.policy.json"
  }

  expect_failures = [var.policy_file]
}

run "a_name_of_81_characters_is_refused" {
  command = plan

  variables {
    name = "a23456789-123456789-123456789-123456789-123456789-123456789-123456789-1234567890x"
  }

  expect_failures = [var.name]
}

run "an_unknown_type_is_refused" {
  command = plan

  variables {
    type = "FAST"
  }

  expect_failures = [var.type]
}

run "an_unknown_log_level_is_refused" {
  command = plan

  variables {
    log_level = "DEBUG"
  }

  expect_failures = [var.log_level]
}

run "an_alias_of_digits_is_refused" {
  command = plan

  variables {
    alias = "12"
  }

  expect_failures = [var.alias]
}
