mock_provider "aws" {
  alias = "primary"

  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE", domain_name = "d111111abcdef8.cloudfront.net", id = "E1EXAMPLE" }
  }

  mock_resource "aws_cloudfront_function" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:function/show-choose-origin" }
  }

  mock_resource "aws_cloudfront_key_value_store" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:key-value-store/11111111-2222-3333-4444-555555555555" }
  }
}

mock_provider "aws" {
  alias = "secondary"
}

override_module {
  target = module.primary
  outputs = {
    alarm_names        = []
    as_run_log_streams = {}
    channel_arn        = "arn:aws:medialive:eu-central-1:123456789012:channel:1"
    channel_id         = "1"
    flow_arns = {
      backup  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-A:show-backup"
      primary = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-Z:show-primary"
    }
    lifecycle_arn   = "arn:aws:states:eu-central-1:123456789012:stateMachine:show-live-lifecycle:live"
    log_group_names = []
    origin = {
      arn                               = "arn:aws:mediapackagev2:eu-central-1:123456789012:channelGroup/show/channel/live/originEndpoint/hls"
      domain_name                       = "a.egress.b.mediapackagev2.eu-central-1.amazonaws.com"
      kind                              = "mediapackage"
      manifest_path                     = "/out/v1/show/live/hls/index.m3u8"
      origin_access_control_origin_type = "mediapackagev2"
      path_patterns                     = { manifests = "/out/*.m3u8", segments = "/out/*" }
      region                            = "eu-central-1"
    }
    region             = "eu-central-1"
    weakened_for_drill = []
    zones              = {}
  }
}

override_module {
  target = module.secondary
  outputs = {
    alarm_names        = []
    as_run_log_streams = {}
    channel_arn        = "arn:aws:medialive:eu-west-1:123456789012:channel:2"
    channel_id         = "2"
    flow_arns = {
      backup  = "arn:aws:mediaconnect:eu-west-1:123456789012:flow:1-A:show-backup"
      primary = "arn:aws:mediaconnect:eu-west-1:123456789012:flow:1-Z:show-primary"
    }
    lifecycle_arn   = "arn:aws:states:eu-west-1:123456789012:stateMachine:show-live-lifecycle:live"
    log_group_names = []
    origin = {
      arn                               = "arn:aws:mediapackagev2:eu-west-1:123456789012:channelGroup/show/channel/live/originEndpoint/hls"
      domain_name                       = "c.egress.d.mediapackagev2.eu-west-1.amazonaws.com"
      kind                              = "mediapackage"
      manifest_path                     = "/out/v1/show/live/hls/index.m3u8"
      origin_access_control_origin_type = "mediapackagev2"
      path_patterns                     = { manifests = "/out/*.m3u8", segments = "/out/*" }
      region                            = "eu-west-1"
    }
    region             = "eu-west-1"
    weakened_for_drill = []
    zones              = {}
  }
}

variables {
  contribution = { ingest_port = 7000, min_latency = 500, protocol = "srt-listener", whitelist_cidr = "203.0.113.0/28" }
  name         = "show"
}

run "the_outputs_say_what_the_commands_need" {
  assert {
    condition     = output.live.regions.primary.region == "eu-central-1" && output.live.regions.secondary.region == "eu-west-1"
    error_message = "The Regions are ${jsonencode(output.live.regions)}."
  }
  assert {
    condition     = output.live.regions.secondary.lifecycle_arn == "arn:aws:states:eu-west-1:123456789012:stateMachine:show-live-lifecycle:live"
    error_message = "The secondary Region's workflow is ${output.live.regions.secondary.lifecycle_arn}."
  }
  assert {
    condition     = output.play_url == "https://d111111abcdef8.cloudfront.net/out/v1/show/live/hls/index.m3u8"
    error_message = "Viewers open ${output.play_url}."
  }
  assert {
    condition     = output.live_delivery.origin_regions == { primary = "eu-central-1", secondary = "eu-west-1" }
    error_message = "Viewers are served from ${jsonencode(output.live_delivery)}."
  }
}

run "one_day_of_maintenance_for_both_regions_is_refused" {
  command = plan

  variables {
    regions = {
      primary   = { maintenance = { day = "TUESDAY", start_hour = 3 } }
      secondary = { maintenance = { day = "TUESDAY", start_hour = 5 } }
    }
  }

  expect_failures = [var.regions]
}

run "another_kind_of_origin_is_refused" {
  command = plan

  variables {
    kind = "mediastore"
  }

  expect_failures = [var.kind]
}
