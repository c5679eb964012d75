mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_cloudcontrolapi_resource" {
    defaults = { properties = "{\"EgressDomain\":\"abc123.egress.def456.mediapackagev2.eu-central-1.amazonaws.com\",\"IngestEndpointUrls\":[\"https://abc123-2.ingest.def456.mediapackagev2.eu-central-1.amazonaws.com/in/v1/show/2/live/index\",\"https://abc123-1.ingest.def456.mediapackagev2.eu-central-1.amazonaws.com/in/v1/show/1/live/index\"]}" }
  }

  mock_data "aws_default_tags" {
    defaults = { tags = {} }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_cloudformation_stack" {
    defaults = {
      outputs = { ChannelArn = "arn:aws:medialive:eu-central-1:123456789012:channel:1234567", ChannelId = "1234567", InputId = "7654321" }
    }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/show" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/show" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:show:live" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:show", version = "7" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { bucket_regional_domain_name = "show-origin-000000000000.s3.eu-central-1.amazonaws.com" }
  }

  mock_resource "aws_sfn_alias" {
    defaults = { arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:show-live-lifecycle:live" }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = {
      arn                       = "arn:aws:states:eu-central-1:123456789012:stateMachine:show-live-lifecycle"
      state_machine_version_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:show-live-lifecycle:1"
    }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:show-origin-expiry" }
  }
}

override_module {
  target  = module.flow["primary"]
  outputs = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-Z:show-primary" }
}

override_module {
  target  = module.flow["backup"]
  outputs = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-A:show-backup" }
}

variables {
  contribution = { ingest_port = 7000, min_latency = 500, protocol = "srt-listener", whitelist_cidr = "203.0.113.0/28" }
  name         = "show"
  packages     = { expire_manifest = { filename = "../lambda_function/examples/minimal/function.zip" } }
}

run "the_primary_flow_is_in_the_first_zone_and_the_backup_one_in_the_second" {
  assert {
    condition     = output.zones == { primary = "eu-central-1a", backup = "eu-central-1b" }
    error_message = "The zones are ${jsonencode(output.zones)}."
  }
  assert {
    condition     = endswith(output.flow_arns.primary, ":show-primary") && endswith(output.flow_arns.backup, ":show-backup")
    error_message = "The flows are ${jsonencode(output.flow_arns)}."
  }
  assert {
    condition     = output.channel_id == "1234567" && output.origin.kind == "mediapackage" && output.region == "eu-central-1"
    error_message = "The Region is ${output.region}, its channel ${output.channel_id}."
  }
}

run "zones_can_be_chosen" {
  variables {
    availability_zones = ["eu-central-1c", "eu-central-1a"]
  }

  assert {
    condition     = output.zones == { primary = "eu-central-1c", backup = "eu-central-1a" }
    error_message = "The zones are ${jsonencode(output.zones)}."
  }
}

run "what_is_stopped_deletes_the_manifests_of_a_bucket_and_never_the_static_one" {
  variables {
    kind = "s3"
  }

  assert {
    condition     = alltrue([for file in ["primary.m3u8", "backup.m3u8"] : contains(local.manifest_keys, "live/${file}")]) && !contains(local.manifest_keys, "live/index.m3u8")
    error_message = "The keys are ${join(", ", local.manifest_keys)}."
  }
  assert {
    condition     = length([for key in local.manifest_keys : key if startswith(key, "live/primary_")]) == length([for key in local.manifest_keys : key if startswith(key, "live/backup_")])
    error_message = "The keys are ${join(", ", local.manifest_keys)}."
  }
}

run "medialive_is_told_the_bit_rate_of_feeds_that_say_none" {
  assert {
    condition     = local.maximum_bitrate == "MAX_20_MBPS"
    error_message = "MediaLive is told ${local.maximum_bitrate}."
  }
}

run "medialive_is_told_a_bit_rate_that_holds_the_feeds" {
  variables {
    contribution = { ingest_port = 7000, max_bitrate = 30000000, protocol = "rtp", whitelist_cidr = "203.0.113.0/28" }
  }

  assert {
    condition     = local.maximum_bitrate == "MAX_50_MBPS"
    error_message = "MediaLive is told ${local.maximum_bitrate}."
  }
}

run "one_zone_for_both_flows_is_refused" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "nobody_who_may_send_is_refused" {
  command = plan

  variables {
    contribution = { ingest_port = 7000, protocol = "srt-listener" }
  }

  expect_failures = [var.contribution]
}

run "a_vpc_without_its_zones_is_refused" {
  command = plan

  variables {
    contribution = { ingest_port = 7000, protocol = "srt-listener" }
    vpc          = { security_group_ids = ["sg-0a"], subnet_ids = ["subnet-0a", "subnet-0b"] }
  }

  expect_failures = [var.vpc]
}
