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
  mock_resource "aws_cloudcontrolapi_resource" {
    defaults = { id = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a" }
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
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live" }
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
      nominal_bit_rate = 20000000
      source           = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
      outputs          = { primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001 } }
    }
    studio-b = {
      arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed"
    }
  }
  packages = {
    alert_handler  = { s3_bucket = "releases", s3_key = "alert_handler.zip", source_code_hash = "AAAA" }
    stream_monitor = { s3_bucket = "releases", s3_key = "stream_monitor.zip", source_code_hash = "BBBB" }
  }
}

run "the_21st_flow_is_refused" {
  command = plan

  variables {
    flows = { for number in range(21) : "flow-${number}" => { source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" } } }
  }

  expect_failures = [var.flows]
}

run "no_flow_at_all_is_refused" {
  command = plan

  variables {
    flows = {}
  }

  expect_failures = [var.flows]
}

run "a_flow_with_source_and_arn_is_refused" {
  command = plan

  variables {
    flows = { a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed", source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" } } }
  }

  expect_failures = [var.flows]
}

run "a_flow_with_neither_is_refused" {
  command = plan

  variables {
    flows = { a = {} }
  }

  expect_failures = [var.flows]
}

run "two_flows_of_one_name_are_refused" {
  command = plan

  variables {
    flows = { a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed" }, b = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-MnOpQr-345678:borrowed" } }
  }

  expect_failures = [var.flows]
}

run "a_flow_called_like_one_made_here_is_refused" {
  command = plan

  variables {
    flows = { a = { source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" } }, b = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-MnOpQr-345678:live-a" } }
  }

  expect_failures = [var.flows]
}

run "outputs_for_an_existing_flow_are_refused" {
  command = plan

  variables {
    flows = { a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed", outputs = { primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001 } } } }
  }

  expect_failures = [var.flows]
}

run "a_second_source_for_an_existing_flow_is_refused" {
  command = plan

  variables {
    flows = { a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed", backup_source = { protocol = "rtp", ingest_port = 5010, whitelist_cidr = "203.0.113.0/24" } } }
  }

  expect_failures = [var.flows]
}

run "a_key_with_a_capital_is_refused" {
  command = plan

  variables {
    flows = { Studio = { source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" } } }
  }

  expect_failures = [var.flows]
}

run "an_arn_of_something_else_is_refused" {
  command = plan

  variables {
    flows = { a = { arn = "arn:aws:medialive:eu-central-1:123456789012:channel:1" } }
  }

  expect_failures = [var.flows]
}

run "a_composite_alarm_of_an_unknown_flow_is_refused" {
  command = plan

  variables {
    composite_alarms = { everything = "studio-z" }
  }

  expect_failures = [var.composite_alarms]
}

run "a_missing_package_is_refused" {
  command = plan

  variables {
    packages = { alert_handler = { s3_bucket = "releases", s3_key = "alert_handler.zip" } }
  }

  expect_failures = [var.packages]
}

run "a_package_of_no_function_is_refused" {
  command = plan

  variables {
    packages = { alert_handler = { s3_bucket = "releases", s3_key = "alert_handler.zip" }, monitor = {}, stream_monitor = { s3_bucket = "releases", s3_key = "stream_monitor.zip" } }
  }

  expect_failures = [var.packages]
}

run "a_window_that_is_no_multiple_of_the_resolution_is_refused" {
  command = plan

  variables {
    monitor = { window_seconds = 90, resolution_seconds = 60 }
  }

  expect_failures = [var.monitor]
}

run "silence_longer_than_the_window_is_refused" {
  command = plan

  variables {
    monitor = { no_data_seconds = 600 }
  }

  expect_failures = [var.monitor]
}

run "a_wait_longer_than_the_workflow_is_refused" {
  command = plan

  variables {
    monitor = { datapoint_grace_seconds = 290 }
  }

  expect_failures = [var.monitor]
}

run "a_function_slower_than_the_workflow_waits_is_refused" {
  command = plan

  variables {
    functions = { alert_handler = { timeout = 60 } }
  }

  expect_failures = [var.functions]
}

run "a_memory_shorter_than_an_execution_is_refused" {
  command = plan

  variables {
    idempotency_ttl_seconds = 60
  }

  expect_failures = [var.idempotency_ttl_seconds]
}

run "a_name_too_long_is_refused" {
  command = plan

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.name]
}

run "a_flow_of_another_region_is_refused" {
  command = plan

  variables {
    flows = { a = { arn = "arn:aws:mediaconnect:us-east-1:123456789012:flow:1-GhIjKl-789012:borrowed" } }
  }

  expect_failures = [aws_dynamodb_table.alert_state]
}

run "a_region_without_mediaconnect_is_refused" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { name = "eu-south-2" }
  }

  variables {
    flows = { a = { source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" } } }
  }

  expect_failures = [aws_dynamodb_table.alert_state]
}

run "composite_alarms_that_no_pattern_can_hold_are_refused" {
  command = plan

  variables {
    composite_alarms = { for number in range(60) : "a-composite-alarm-with-a-long-name-${number}" => "studio-a" }
  }

  expect_failures = [output.state_machine_arn]
}

run "an_unknown_variant_is_refused" {
  command = plan

  variables {
    variant = "lambda"
  }

  expect_failures = [var.variant]
}

run "more_datapoints_than_a_workflow_without_functions_holds_are_refused" {
  command = plan

  variables {
    monitor = { window_seconds = 3600, resolution_seconds = 5 }
    variant = "direct"
  }

  expect_failures = [output.state_machine_arn]
}

run "a_function_takes_as_many_datapoints" {
  command = plan

  variables {
    monitor = { window_seconds = 3600, resolution_seconds = 5 }
  }
}
