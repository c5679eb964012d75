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

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:123456789012:rule/live-alarm-state-change" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-alarm-state-change-rule-eu-central-1" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:live-alarm-state-change-dead-letters" }
  }
}

variables {
  event_pattern     = "{\"source\":[\"aws.cloudwatch\"]}"
  name              = "live-alarm-state-change"
  state_machine_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor:live"
}

run "the_role_starts_this_machine_only" {
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : { actions = statement.Action, resources = statement.Resource }] == [{
      actions   = ["states:StartExecution"]
      resources = ["arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor"]
    }]
    error_message = "The role may do more, or names the alias, by which Step Functions does not authorise: ${aws_iam_role_policy.this.policy}"
  }
}

run "only_this_rule_may_take_the_role" {
  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:events:eu-central-1:123456789012:rule/live-alarm-state-change"
    error_message = "The trust policy is ${aws_iam_role.this.assume_role_policy}"
  }
}

run "the_target_is_the_alias_with_retries_and_a_dead_letter_queue" {
  variables {
    maximum_event_age_seconds = 600
    maximum_retry_attempts    = 5
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_event_target.this.arn == var.state_machine_arn,
      aws_cloudwatch_event_target.this.dead_letter_config[0].arn == aws_sqs_queue.dead_letters[0].arn,
      aws_cloudwatch_event_target.this.retry_policy[0].maximum_event_age_in_seconds == 600,
      aws_cloudwatch_event_target.this.retry_policy[0].maximum_retry_attempts == 5,
      aws_cloudwatch_event_target.this.input == null,
      length(aws_cloudwatch_event_target.this.input_transformer) == 0,
    ])
    error_message = "The target is wrong, or the machine does not get the whole event."
  }
}

run "the_queue_admits_this_rule_only" {
  assert {
    condition = [
      for statement in jsondecode(aws_sqs_queue.dead_letters[0].policy).Statement : statement.Condition.ArnEquals["aws:SourceArn"] if statement.Effect == "Allow"
    ] == ["arn:aws:events:eu-central-1:123456789012:rule/live-alarm-state-change"]
    error_message = "Others than the rule may write: ${aws_sqs_queue.dead_letters[0].policy}"
  }
  assert {
    condition     = aws_sqs_queue.dead_letters[0].sqs_managed_sse_enabled
    error_message = "The queue is not encrypted."
  }
}

run "a_rule_of_another_bus_has_the_bus_in_its_arn" {
  variables {
    event_bus_name = "studio"
  }

  assert {
    condition     = strcontains(aws_sqs_queue.dead_letters[0].policy, "rule/studio/live-alarm-state-change")
    error_message = "The queue would refuse the rule: ${aws_sqs_queue.dead_letters[0].policy}"
  }
}

run "undelivered_events_raise_an_alarm" {
  variables {
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.dead_letters[0].alarm_name == "live-alarm-state-change-dead-letters",
      aws_cloudwatch_metric_alarm.dead_letters[0].alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:live-direct"]),
    ])
    error_message = "Nobody hears of undelivered events."
  }
}

run "a_queue_of_the_caller_s_takes_the_place_of_the_rule_s_own" {
  variables {
    create_dead_letter_queue = false
    dead_letter_queue_arn    = "arn:aws:sqs:eu-central-1:123456789012:shared"
  }

  assert {
    condition     = length(aws_sqs_queue.dead_letters) == 0 && aws_cloudwatch_event_target.this.dead_letter_config[0].arn == "arn:aws:sqs:eu-central-1:123456789012:shared"
    error_message = "The queue given is not used."
  }
  assert {
    condition     = output.dead_letter_queue_name == "shared"
    error_message = "The output names ${output.dead_letter_queue_name}."
  }
}

run "a_schedule_starts_the_machine_with_a_fixed_input" {
  variables {
    event_pattern       = null
    input               = "{\"flow_arns\":[]}"
    schedule_expression = "rate(1 minute)"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "rate(1 minute)" && aws_cloudwatch_event_target.this.input == "{\"flow_arns\":[]}"
    error_message = "The schedule or its input is lost."
  }
}

run "a_part_of_the_event_is_passed_by_a_transformer" {
  variables {
    input_transformer = { input_paths = { arn = "$.resources[0]" }, input_template = "{\"flow_arns\": [<arn>]}" }
  }

  assert {
    condition     = aws_cloudwatch_event_target.this.input_transformer[0].input_paths == tomap({ arn = "$.resources[0]" })
    error_message = "The transformer is lost."
  }
}

run "a_rule_can_be_switched_off" {
  variables {
    enabled = false
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this.state == "DISABLED"
    error_message = "The rule is ${aws_cloudwatch_event_rule.this.state}."
  }
}

run "a_pattern_and_a_schedule_at_once_is_refused" {
  command = plan

  variables {
    schedule_expression = "rate(5 minutes)"
  }

  expect_failures = [var.event_pattern]
}

run "neither_pattern_nor_schedule_is_refused" {
  command = plan

  variables {
    event_pattern = null
  }

  expect_failures = [var.event_pattern]
}

run "a_pattern_that_is_no_json_is_refused" {
  command = plan

  variables {
    event_pattern = "{source: x}"
  }

  expect_failures = [var.event_pattern]
}

run "input_and_transformer_at_once_is_refused" {
  command = plan

  variables {
    input             = "{}"
    input_transformer = { input_template = "{}" }
  }

  expect_failures = [var.input]
}

run "an_input_that_is_no_json_is_refused" {
  command = plan

  variables {
    input = "hello"
  }

  expect_failures = [var.input]
}

run "rate_1_minutes_is_refused" {
  command = plan

  variables {
    event_pattern       = null
    schedule_expression = "rate(1 minutes)"
  }

  expect_failures = [var.schedule_expression]
}

run "a_cron_with_five_fields_is_refused" {
  command = plan

  variables {
    event_pattern       = null
    schedule_expression = "cron(0 10 * * ?)"
  }

  expect_failures = [var.schedule_expression]
}

run "a_schedule_on_another_bus_is_refused" {
  command = plan

  variables {
    event_pattern       = null
    schedule_expression = "rate(1 minute)"
    event_bus_name      = "studio"
  }

  expect_failures = [var.event_bus_name]
}

run "a_queue_given_and_created_is_refused" {
  command = plan

  variables {
    dead_letter_queue_arn = "arn:aws:sqs:eu-central-1:123456789012:shared"
  }

  expect_failures = [var.dead_letter_queue_arn]
}

run "no_dead_letter_queue_at_all_is_refused" {
  command = plan

  variables {
    create_dead_letter_queue = false
  }

  expect_failures = [var.dead_letter_queue_arn]
}

run "a_name_of_65_characters_is_refused" {
  command = plan

  variables {
    name = "a23456789-123456789-123456789-123456789-123456789-123456789-12345"
  }

  expect_failures = [var.name]
}

run "an_event_age_beyond_a_day_is_refused" {
  command = plan

  variables {
    maximum_event_age_seconds = 90000
  }

  expect_failures = [var.maximum_event_age_seconds]
}

run "a_function_in_place_of_a_machine_is_refused" {
  command = plan

  variables {
    state_machine_arn = "arn:aws:lambda:eu-central-1:123456789012:function:x"
  }

  expect_failures = [var.state_machine_arn]
}
