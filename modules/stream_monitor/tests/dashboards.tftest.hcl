# Dashboards, and alarms of single sources and outputs: all as it was unless somebody asks.
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
    defaults = {
      id         = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
      properties = "{\"Source\":{\"SourceArn\":\"arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary\"}}"
    }
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
      backup_source    = { protocol = "srt-listener", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
      catalogue        = { preset = "full" }
      nominal_bit_rate = 20000000
      outputs          = { decoder = { protocol = "srt-caller", destination = "198.51.100.10", port = 5001 } }
      source           = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    }
    studio-b = {
      arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed"
      catalogue = {
        protocol   = "rtp"
        redundancy = "MERGE"
      }
    }
  }
  packages = {
    alert_handler  = { s3_bucket = "releases", s3_key = "alert_handler.zip", source_code_hash = "AAAA" }
    stream_monitor = { s3_bucket = "releases", s3_key = "stream_monitor.zip", source_code_hash = "BBBB" }
  }
}

run "the_dashboard_is_what_it_was" {
  assert {
    condition     = local.dashboard_flows["studio-a"].detail == "basic" && local.dashboard_flows["studio-b"].detail == "basic" && module.dashboard.name == "live-flows" && output.flow_dashboard_urls == {}
    error_message = "Nobody has asked for more."
  }

  assert {
    condition     = alltrue([for alarms in module.alarms : alarms.source_alarm_names == {} && alarms.output_alarm_names == {}])
    error_message = "Nobody has asked for alarms of single sources or outputs."
  }
}

run "a_full_dashboard_knows_what_each_flow_has" {
  variables {
    dashboards = { detail = "full", per_flow = true }
  }

  assert {
    condition = jsonencode(local.dashboard_flows["studio-a"].sources) == jsonencode({
      backup  = { arn = module.flow["studio-a"].backup_source_arn, protocol = "srt-listener" }
      primary = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary", protocol = "srt-listener" }
    })
    error_message = "Both sources of a flow made here are shown, by their names. ${jsonencode(local.dashboard_flows["studio-a"].sources)}"
  }

  assert {
    condition     = jsonencode(local.dashboard_flows["studio-a"].outputs) == jsonencode({ decoder = { arn = module.flow["studio-a"].output_arns["decoder"], protocol = "srt-caller" } })
    error_message = "The outputs of a flow made here are shown, by their names."
  }

  assert {
    condition     = local.dashboard_flows["studio-a"].redundancy == "FAILOVER" && local.dashboard_flows["studio-b"].redundancy == "MERGE" && local.dashboard_flows["studio-b"].protocol == "rtp"
    error_message = "A flow says itself what it has, an existing one by its catalogue."
  }

  assert {
    condition = output.flow_dashboard_urls == {
      studio-a = "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/live-flow-studio-a"
      studio-b = "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/live-flow-studio-b"
    }
    error_message = "Each flow has a dashboard of its own, which no flow's key can make clash with that of all."
  }
}

run "single_sources_and_outputs_have_alarms_where_the_catalogue_names_them" {
  variables {
    flows = {
      studio-a = {
        backup_source = { protocol = "srt-listener", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
        catalogue = {
          outputs = { decoder = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-Decoder:decoder" } }
          preset  = "full"
          sources = {
            backup  = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Backup:backup" }
            primary = { severity = "MEDIUM", signals = ["disconnected"] }
          }
        }
        source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
      }
    }
  }

  assert {
    condition     = keys(module.alarms["studio-a"].source_alarm_names) == ["disconnected@backup", "disconnected@primary", "not-recovered@backup"] && keys(module.alarms["studio-a"].output_alarm_names) == ["output-disconnected@decoder"]
    error_message = "A source that is named without an ARN is that of the flow."
  }

  assert {
    condition     = contains(local.dashboard_flows["studio-a"].alarm_arns, module.alarms["studio-a"].source_alarm_arns["disconnected@primary"])
    error_message = "The dashboard shows their alarms, too."
  }
}

run "a_source_that_the_flow_has_not_is_refused" {
  command = plan

  variables {
    flows = {
      studio-b = {
        arn       = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed"
        catalogue = { sources = { primary = {} } }
      }
    }
  }

  expect_failures = [var.flows]
}

run "an_output_that_the_flow_has_not_is_refused" {
  command = plan

  variables {
    flows = {
      studio-b = {
        arn       = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed"
        catalogue = { outputs = { decoder = {} } }
      }
    }
  }

  expect_failures = [var.flows]
}

run "an_unknown_detail_is_refused" {
  command = plan

  variables {
    dashboards = { detail = "everything" }
  }

  expect_failures = [var.dashboards]
}
