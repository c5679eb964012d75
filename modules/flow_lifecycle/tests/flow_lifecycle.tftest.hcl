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
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/states/live" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live" }
  }

  mock_resource "aws_sfn_alias" {
    defaults = { arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-settle-flow:live" }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = {
      arn                       = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-lifecycle"
      state_machine_version_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-lifecycle:1"
    }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:live-schedule-dead-letters" }
  }
}

variables {
  alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  flows = {
    stadium = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-23aBC45dEF67hiJ8-12AbC34DE5fG:stadium"
    studio  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-34bCD56eFG78ijK9-23BcD45EF6gH:studio"
  }
  name = "live"
  schedules = {
    evening = { action = "stop", flow = "studio", schedule_expression = "cron(0 19 ? * MON-FRI *)", timezone = "Europe/Berlin" }
    match = {
      action              = "start"
      enabled             = false
      end                 = "2027-06-01T00:00:00Z"
      flow                = "stadium"
      schedule_expression = "rate(7 days)"
      start               = "2027-01-02T13:00:00Z"
    }
  }
}

run "a_schedule_starts_the_workflow_with_its_flow_and_action_by_the_clock_of_its_zone" {
  assert {
    condition = alltrue([
      aws_scheduler_schedule.this["evening"].schedule_expression == "cron(0 19 ? * MON-FRI *)",
      aws_scheduler_schedule.this["evening"].schedule_expression_timezone == "Europe/Berlin",
      aws_scheduler_schedule.this["evening"].state == "ENABLED",
      aws_scheduler_schedule.this["evening"].description == "Stops the flow studio",
      aws_scheduler_schedule.this["evening"].flexible_time_window[0].mode == "OFF",
      aws_scheduler_schedule.this["evening"].target[0].arn == output.alias_arn,
    ])
    error_message = "The schedule is another one."
  }
  assert {
    condition     = jsondecode(aws_scheduler_schedule.this["evening"].target[0].input) == { action = "stop", flow_arn = var.flows.studio }
    error_message = "The workflow gets ${aws_scheduler_schedule.this["evening"].target[0].input}"
  }
}

run "a_schedule_can_be_bounded_and_switched_off" {
  assert {
    condition = alltrue([
      aws_scheduler_schedule.this["match"].end_date == "2027-06-01T00:00:00Z",
      aws_scheduler_schedule.this["match"].schedule_expression_timezone == "UTC",
      aws_scheduler_schedule.this["match"].start_date == "2027-01-02T13:00:00Z",
      aws_scheduler_schedule.this["match"].state == "DISABLED",
    ])
    error_message = "The schedule runs at other times."
  }
}

run "what_cannot_be_delivered_in_time_is_kept_and_raises_an_alarm" {
  assert {
    condition = alltrue([
      aws_scheduler_schedule.this["evening"].target[0].dead_letter_config[0].arn == output.dead_letter_queue_arn,
      aws_scheduler_schedule.this["evening"].target[0].retry_policy[0].maximum_event_age_in_seconds == 900,
      aws_scheduler_schedule.this["evening"].target[0].retry_policy[0].maximum_retry_attempts == 24,
      aws_cloudwatch_metric_alarm.dead_letters[0].alarm_actions == toset([var.alarm_topic_arn]),
      aws_sqs_queue.dead_letters[0].sqs_managed_sse_enabled,
    ])
    error_message = "A start or stop can be lost without anybody hearing of it."
  }
  assert {
    condition     = output.alarm_names == tolist(["live-flow-lifecycle-aborted", "live-flow-lifecycle-failed", "live-flow-lifecycle-timed-out", "live-schedule-dead-letters"])
    error_message = "The alarms are ${join(", ", output.alarm_names)}."
  }
}

run "only_schedules_of_the_group_may_take_the_role" {
  assert {
    condition = jsondecode(aws_iam_role.schedules[0].assume_role_policy).Statement[0].Condition == {
      ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/live-flow-lifecycle" }
      StringEquals = { "aws:SourceAccount" = "123456789012" }
    }
    error_message = "The trust policy is ${aws_iam_role.schedules[0].assume_role_policy}"
  }
}

run "the_role_starts_the_workflow_and_writes_to_the_queue_and_nothing_else" {
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.schedules[0].policy).Statement : { actions = statement.Action, resources = statement.Resource }] == [
      { actions = ["states:StartExecution"], resources = ["arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-lifecycle"] },
      { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:eu-central-1:123456789012:live-schedule-dead-letters"] },
    ]
    error_message = "The role may do more: ${aws_iam_role_policy.schedules[0].policy}"
  }
}

run "without_schedules_there_is_the_workflow_only" {
  variables {
    schedules = {}
  }

  assert {
    condition = alltrue([
      length(aws_cloudwatch_metric_alarm.dead_letters) == 0,
      length(aws_iam_role.schedules) == 0,
      length(aws_scheduler_schedule_group.this) == 0,
      length(aws_sqs_queue.dead_letters) == 0,
      output.dead_letter_queue_name == null,
      output.schedule_group_name == null,
    ])
    error_message = "Something is there for schedules that are not."
  }
}
