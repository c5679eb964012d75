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
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/states/live-flow-response" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-flow-response" }
  }

  mock_resource "aws_sfn_alias" {
    defaults = { arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-response:live" }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = {
      arn                       = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-response"
      state_machine_version_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-response:1"
    }
  }
}

variables {
  flows = { studio = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-23aBC45dEF67hiJ8-12AbC34DE5fG:studio" }
  functions = {
    alert_handler  = "arn:aws:lambda:eu-central-1:123456789012:function:live-alert-handler:live"
    stream_monitor = "arn:aws:lambda:eu-central-1:123456789012:function:live-stream-monitor:live"
  }
  lifecycle_alias_arn      = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-lifecycle:live"
  monitor_config           = "{\"flows\":{\"studio\":{\"name\":\"the \\\"studio\\\"\"}}}"
  name                     = "live"
  stream_monitor_alias_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor:live"
  table_name               = "live-alert-state"
}

run "it_is_a_standard_workflow_with_an_alias" {
  assert {
    condition     = output.name == "live-flow-response" && output.log_group_name == "/aws/vendedlogs/states/live-flow-response" && endswith(output.alias_arn, ":live")
    error_message = "The workflow is called ${output.name}, its log group ${output.log_group_name}."
  }
}

run "the_configurations_come_to_the_definition_as_they_are" {
  assert {
    condition     = jsondecode(jsondecode("\"${local.in_json.monitor_config}\"")).flows.studio.name == "the \"studio\""
    error_message = "monitor_config becomes ${local.in_json.monitor_config}"
  }
  assert {
    condition = alltrue([
      jsondecode(local.response_config).restart,
      jsondecode(local.response_config).switch,
      jsondecode(local.response_config).cool_down_seconds == 300,
      [for rule in jsondecode(local.response_config).rules : "${rule.name}: ${rule.action}"] == [
        "selected-dead: switch", "selected-degraded: switch", "every-source-dead: restart", "no-better-source: none", "redundancy-lost: none",
      ],
    ])
    error_message = "response_config is ${local.response_config}"
  }
}

run "without_a_lifecycle_workflow_nothing_is_restarted" {
  variables {
    lifecycle_alias_arn = null
  }

  assert {
    condition     = jsondecode(local.response_config).restart == false && local.lifecycle_name == "live-no-flow-lifecycle"
    error_message = "restart is ${jsondecode(local.response_config).restart}, of ${local.lifecycle_name}."
  }
}

run "what_starts_a_machine_by_its_alias_is_permitted_by_the_machine" {
  assert {
    condition     = local.stream_monitor_arn == "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor" && local.lifecycle_name == "live-flow-lifecycle" && local.lifecycle_alias == "live"
    error_message = "The policy would name ${local.stream_monitor_arn} and ${local.lifecycle_name}."
  }
}

run "rules_that_are_not_given_are_the_defaults_and_so_are_their_parts" {
  variables {
    rules = [{ name = "silent", selected = ["dead"], bad_seconds = null, action = "none" }]
  }

  assert {
    condition     = [for rule in jsondecode(local.response_config).rules : rule.bad_seconds] == [0]
    error_message = "response_config is ${local.response_config}"
  }
}

run "no_rules_at_all_are_the_defaults" {
  variables {
    rules = null
  }

  assert {
    condition     = length(jsondecode(local.response_config).rules) == 5
    error_message = "response_config is ${local.response_config}"
  }
}

run "a_restart_needs_every_source_dead" {
  command = plan

  variables {
    rules = [{ name = "hasty", selected = ["degraded"], action = "restart" }]
  }

  expect_failures = [var.rules]
}

run "an_unknown_action_is_refused" {
  command = plan

  variables {
    rules = [{ name = "odd", action = "pray" }]
  }

  expect_failures = [var.rules]
}

run "an_unknown_state_is_refused" {
  command = plan

  variables {
    rules = [{ name = "odd", selected = ["ill"], action = "none" }]
  }

  expect_failures = [var.rules]
}

run "two_rules_of_one_name_are_refused" {
  command = plan

  variables {
    rules = [{ name = "same", action = "none" }, { name = "same", action = "none" }]
  }

  expect_failures = [var.rules]
}

run "a_rule_cannot_look_further_back_than_the_window" {
  command = plan

  variables {
    rules = [{ name = "long", selected = ["dead"], bad_seconds = 121, action = "switch" }]
  }

  expect_failures = [var.rules]
}

run "times_out_of_bounds_are_refused" {
  command = plan

  variables {
    settings = { recheck_seconds = 5 }
  }

  expect_failures = [var.settings]
}

run "a_period_that_cloudwatch_does_not_take_is_refused" {
  command = plan

  variables {
    settings = { resolution_seconds = 7 }
  }

  expect_failures = [var.settings]
}

run "a_machine_without_an_alias_is_refused" {
  command = plan

  variables {
    lifecycle_alias_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-flow-lifecycle"
  }

  expect_failures = [var.lifecycle_alias_arn]
}
