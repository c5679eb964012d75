mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
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
    }
  }
  mock_resource "aws_cloudcontrolapi_resource" {
    defaults = { id = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a" }
  }
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/live-alert-state" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:live" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  }
  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live:live" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live", version = "1" }
  }
  mock_resource "aws_sfn_alias" {
    defaults = { arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor:live" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = {
      arn                       = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor"
      state_machine_version_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-stream-monitor:1"
    }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:live-alerts" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-central-1:123456789012:live-stream-monitor-dead-letters"
      url = "https://sqs.eu-central-1.amazonaws.com/123456789012/live-stream-monitor-dead-letters"
    }
  }
}

variables {
  name = "live"
  flows = {
    studio-a = {
      catalogue = { notify = "summaries", preset = "full", mute = { windows = { weekly = { day = "Tuesday", start_hour = 3 } } } }
      source    = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    }
    studio-b = {
      arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed"
    }
  }
  packages = {
    approval       = { s3_bucket = "releases", s3_key = "approval.zip", source_code_hash = "CCCC" }
    alert_handler  = { s3_bucket = "releases", s3_key = "alert_handler.zip", source_code_hash = "AAAA" }
    stream_monitor = { s3_bucket = "releases", s3_key = "stream_monitor.zip", source_code_hash = "BBBB" }
  }
  response = {}
}

run "mediaconnects_own_events_start_the_workflow" {
  assert {
    condition     = jsondecode(local.media_event_pattern).resources == [{ suffix = ":live-studio-a" }, { suffix = ":borrowed" }] && length(jsondecode(local.media_event_pattern).detail-type) == 7
    error_message = "The rule must hear the seven kinds of events, of the flows that are watched and no other."
  }

  assert {
    condition     = length(module.media_events) == 1 && contains(local.rule_names, "live-media-events")
    error_message = "What the rule cannot deliver must have a place in the dead-letter queue."
  }
}

run "the_monitor_knows_when_nobody_is_to_be_told" {
  assert {
    condition     = jsondecode(local.monitor_config).flows.studio-a.mute_windows == [{ day = "Tuesday", hours = 2, start_hour = 3 }] && jsondecode(local.monitor_config).flows.studio-b.mute_windows == []
    error_message = "A flow's mute windows must reach the monitor, with their length."
  }
}

run "the_alert_handler_keeps_incidents" {
  variables {
    response = { flapping_count = 5, event_condition_seconds = 60 }
  }

  assert {
    condition     = local.response_environment.INCIDENT_MODE == "response" && local.response_environment.FLAPPING_COUNT == "5" && local.response_environment.EVENT_CONDITION_SECONDS == "60"
    error_message = "The alert handler must be told how incidents are kept."
  }
}

run "an_incident_has_a_workflow_and_a_page_that_asks" {
  assert {
    condition     = length(module.flow_response) == 1 && length(module.flow_lifecycle) == 1 && length(module.approval_links) == 1
    error_message = "A response must have the workflow that looks after the flow, the one that restarts it and the page that asks."
  }

  assert {
    condition     = local.response_environment.APPROVAL_URL == "https://a1b2c3d4.execute-api.eu-central-1.amazonaws.com" && output.approval_url == local.response_environment.APPROVAL_URL
    error_message = "The alert handler must know the page's address."
  }

  assert {
    condition     = module.flow_response[0].name == reverse(split(":", local.response_state_machine_arn))[0]
    error_message = "The workflow that hears of alarms names the response workflow: it must be the one that is made."
  }
}

run "a_response_that_never_restarts_needs_neither_page_nor_package" {
  variables {
    packages = {
      alert_handler  = { s3_bucket = "releases", s3_key = "alert_handler.zip", source_code_hash = "AAAA" }
      stream_monitor = { s3_bucket = "releases", s3_key = "stream_monitor.zip", source_code_hash = "BBBB" }
    }
    response = { restart = false }
  }

  assert {
    condition     = length(module.flow_response) == 1 && length(module.flow_lifecycle) == 0 && length(module.approval_links) == 0 && output.approval_url == null
    error_message = "Without restarts there is nothing to ask."
  }
}

run "rules_of_ones_own_take_the_place_of_the_defaults" {
  command = plan

  variables {
    response = {
      rules = [{ name = "silent", selected = ["dead"], other = ["healthy"], action = "switch" }]
    }
  }

  assert {
    condition     = [for rule in var.response.rules : rule.name] == ["silent"] && length(module.flow_response) == 1
    error_message = "The rules are not taken."
  }
}

run "schedules_need_no_response" {
  variables {
    response  = null
    schedules = { saturday = { action = "start", flow = "studio-a", schedule_expression = "cron(30 17 ? * SAT *)", timezone = "Europe/Berlin" } }
  }

  assert {
    condition     = length(module.flow_lifecycle) == 1 && length(module.flow_response) == 0
    error_message = "Flows must be started and stopped by schedule without a response."
  }
}

run "a_schedule_of_an_unknown_flow_is_refused" {
  command = plan

  variables {
    schedules = { saturday = { action = "start", flow = "studio-z", schedule_expression = "cron(30 17 ? * SAT *)" } }
  }

  expect_failures = [var.schedules]
}

run "a_response_that_asks_without_the_pages_package_is_refused" {
  command = plan

  variables {
    packages = {
      alert_handler  = { s3_bucket = "releases", s3_key = "alert_handler.zip" }
      stream_monitor = { s3_bucket = "releases", s3_key = "stream_monitor.zip" }
    }
  }

  expect_failures = [var.packages]
}

run "twenty_flows_fit_into_the_media_events_rule" {
  variables {
    flows    = { for number in range(20) : "a-key-as-long-as-it-g-${10 + number}" => { source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" } } }
    name     = "a-name-as-long-as-modules-take-i"
    response = { restart = false }
  }

  assert {
    condition     = length(local.media_event_pattern) <= 2048
    error_message = "A rule's pattern has at most 2048 characters, and this one ${length(local.media_event_pattern)}."
  }
}

run "without_response_all_is_as_it_was" {
  variables {
    response = null
  }

  assert {
    condition     = length(module.media_events) == 0 && !contains(local.rule_names, "live-media-events") && length(module.flow_response) == 0 && length(module.flow_lifecycle) == 0 && length(module.approval_links) == 0 && length(local.response_environment) == 0
    error_message = "Without response there must be neither the rule nor a workflow nor a page nor the settings of incidents."
  }

  assert {
    condition     = !contains(keys(jsondecode(local.monitor_config).flows.studio-a), "mute_windows")
    error_message = "Without response the monitor's configuration must be what it was."
  }
}

run "a_response_without_functions_is_refused" {
  command = plan

  variables {
    variant = "direct"
  }

  expect_failures = [var.response]
}

run "a_hold_shorter_than_the_time_between_two_looks_is_refused" {
  command = plan

  variables {
    response = { hold_seconds = 20, recheck_seconds = 30 }
  }

  expect_failures = [var.response]
}

run "an_escalation_before_a_flow_may_recover_is_refused" {
  command = plan

  variables {
    response = { escalate_after_seconds = 100, hold_seconds = 200 }
  }

  expect_failures = [var.response]
}

run "a_fraction_of_a_firing_is_refused" {
  command = plan

  variables {
    response = { flapping_count = 2.5 }
  }

  expect_failures = [var.response]
}

run "a_proposal_that_stands_for_a_week_is_refused" {
  command = plan

  variables {
    response = { approval_timeout_seconds = 604800 }
  }

  expect_failures = [var.response]
}
