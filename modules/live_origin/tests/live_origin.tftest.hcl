mock_provider "aws" {
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

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/show-expire-manifest" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/show-expire-manifest-function-eu-central-1" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:show-expire-manifest:live" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:show-expire-manifest", version = "7" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { bucket_regional_domain_name = "show-origin-000000000000.s3.eu-central-1.amazonaws.com" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:show-origin-expiry" }
  }
}

variables {
  kind            = "s3"
  name            = "show"
  packages        = { expire_manifest = { filename = "../lambda_function/examples/minimal/function.zip" } }
  segment_seconds = 2
  static_manifest = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nprimary_p720.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nbackup_p720.m3u8\n"
}

# Both kinds, one type

run "a_bucket_is_an_origin" {
  assert {
    condition = jsonencode(output.origin) == jsonencode({
      arn                               = "arn:aws:s3:::${output.bucket_name}"
      domain_name                       = "show-origin-000000000000.s3.eu-central-1.amazonaws.com"
      kind                              = "s3"
      manifest_path                     = "/live/index.m3u8"
      origin_access_control_origin_type = "s3"
      path_patterns                     = { manifests = "/live/*.m3u8", segments = "/live/*" }
      region                            = "eu-central-1"
    })
    error_message = "The origin is ${jsonencode(output.origin)}."
  }
  assert {
    condition     = can(regex("^show-origin-[0-9a-f]{12}$", output.bucket_name))
    error_message = "The bucket is ${output.bucket_name}."
  }
  assert {
    condition     = jsonencode(output.destinations) == jsonencode([for pipeline in ["primary", "backup"] : { url = "s3ssl://${output.bucket_name}/live/${pipeline}" }])
    error_message = "The destinations are ${jsonencode(output.destinations)}."
  }
  assert {
    condition     = length(aws_cloudcontrolapi_resource.channel) == 0 && length(output.weakened_for_drill) == 0
    error_message = "A bucket has no MediaPackage, and its protections are on."
  }
}

run "mediapackage_is_an_origin" {
  variables {
    kind            = "mediapackage"
    static_manifest = null
  }

  assert {
    condition = jsonencode(output.origin) == jsonencode({
      arn                               = "arn:aws:mediapackagev2:eu-central-1:123456789012:channelGroup/show/channel/live/originEndpoint/hls"
      domain_name                       = "abc123.egress.def456.mediapackagev2.eu-central-1.amazonaws.com"
      kind                              = "mediapackage"
      manifest_path                     = "/out/v1/show/live/hls/index.m3u8"
      origin_access_control_origin_type = "mediapackagev2"
      path_patterns                     = { manifests = "/out/v1/show/live/hls/*.m3u8", segments = "/out/v1/show/live/hls/*" }
      region                            = "eu-central-1"
    })
    error_message = "The origin is ${jsonencode(output.origin)}."
  }
  assert {
    # Told in the other order.
    condition     = join(" ", [for one in output.destinations : substr(one.url, 0, 16)]) == "https://abc123-1 https://abc123-2"
    error_message = "Pipeline 0 must send to the first ingest endpoint: ${jsonencode(output.destinations)}."
  }
  assert {
    condition = alltrue([
      length(aws_s3_bucket.origin) == 0,
      length(aws_sqs_queue.expiry) == 0,
      output.bucket_name == null,
      output.expiry_seconds == null,
      length(output.alarm_names) == 0,
    ])
    error_message = "MediaPackage needs no bucket and no dead man's switch."
  }
  assert {
    condition = alltrue([
      jsondecode(aws_cloudcontrolapi_resource.channel[0].desired_state).InputType == "CMAF",
      jsondecode(aws_cloudcontrolapi_resource.channel[0].desired_state).OutputLockingMode == "EPOCH_LOCKED",
      join(" ", jsondecode(aws_cloudcontrolapi_resource.endpoint[0].desired_state).ForceEndpointErrorConfiguration.EndpointErrorConditions) == "STALE_MANIFEST INCOMPLETE_MANIFEST SLATE_INPUT",
      jsondecode(aws_cloudcontrolapi_resource.endpoint[0].desired_state).Segment.SegmentDurationSeconds == 2,
    ])
    error_message = "The channel must be locked to the epoch, and its endpoint give errors for what must not be played."
  }
  assert {
    condition     = jsonencode(jsondecode(output.writer_policy_json).Statement) == jsonencode([{ Sid = "PutContent", Effect = "Allow", Action = ["mediapackagev2:PutObject"], Resource = ["arn:aws:mediapackagev2:eu-central-1:123456789012:channelGroup/show/channel/live"] }])
    error_message = "The encoder may ${output.writer_policy_json}."
  }
}

run "another_ladder_is_another_static_manifest" {
  variables {
    static_manifest = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nprimary_p1080.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nbackup_p1080.m3u8\n"
  }

  assert {
    condition = alltrue([
      aws_s3_object.static_manifest[0].content == var.static_manifest,
      aws_s3_object.static_manifest[0].etag == md5(var.static_manifest),
      aws_s3_object.static_manifest[0].key == "live/index.m3u8",
    ])
    error_message = "Players open another manifest than the ladder's."
  }
}

# Who may read and write

run "nobody_may_read_before_there_is_a_distribution" {
  assert {
    condition     = jsonencode(jsondecode(aws_s3_bucket_policy.origin[0].policy).Statement[*].Sid) == jsonencode(["TlsOnly"])
    error_message = aws_s3_bucket_policy.origin[0].policy
  }
}

run "only_the_distribution_may_read_and_is_told_what_is_missing" {
  variables {
    distribution_arn = "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF"
  }

  assert {
    condition = jsonencode({
      for one in jsondecode(aws_s3_bucket_policy.origin[0].policy).Statement : one.Sid => [one.Effect, one.Principal, one.Action, one.Resource, one.Condition] if one.Effect == "Allow"
      }) == jsonencode({
      DistributionReads               = ["Allow", { Service = "cloudfront.amazonaws.com" }, "s3:GetObject", "arn:aws:s3:::${output.bucket_name}/live/*", { StringEquals = { "aws:SourceArn" = "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF" } }]
      DistributionIsToldWhatIsMissing = ["Allow", { Service = "cloudfront.amazonaws.com" }, "s3:ListBucket", "arn:aws:s3:::${output.bucket_name}", { StringEquals = { "aws:SourceArn" = "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF" } }]
    })
    error_message = aws_s3_bucket_policy.origin[0].policy
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.origin[0].policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "Plain HTTP must be refused."
  }
}

run "mediapackage_is_read_by_the_distribution_only" {
  variables {
    distribution_arn = "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF"
    kind             = "mediapackage"
    static_manifest  = null
  }

  assert {
    condition = alltrue([
      for one in jsondecode(aws_cloudcontrolapi_resource.endpoint_policy[0].desired_state).Policy.Statement :
      one.Resource == output.origin.arn && one.Action == "mediapackagev2:GetObject"
    ])
    error_message = "MediaPackage's policies name the endpoint itself, without wildcards."
  }
  assert {
    condition = join(" ", [
      for one in jsondecode(aws_cloudcontrolapi_resource.endpoint_policy[0].desired_state).Policy.Statement : one.Condition.StringEquals["aws:SourceArn"] if one.Effect == "Allow"
    ]) == "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF"
    error_message = "Nobody but the distribution may read."
  }
}

run "the_encoder_writes_its_own_files_only" {
  assert {
    condition     = jsonencode(output.writer_policy_statements.WriteOrigin.resources) == jsonencode(["arn:aws:s3:::${output.bucket_name}/live/primary*", "arn:aws:s3:::${output.bucket_name}/live/backup*"])
    error_message = "The static manifest is not the encoder's: ${jsonencode(output.writer_policy_statements)}."
  }
}

# The dead man's switch

run "a_manifest_expires_after_1_8_segments_rounded_up" {
  assert {
    condition     = output.expiry_seconds == 4 && aws_sqs_queue.expiry[0].delay_seconds == 4
    error_message = "1.8 × 2 s are 3.6 s, 4 in whole seconds; the queue waits ${aws_sqs_queue.expiry[0].delay_seconds}."
  }
}

run "longer_segments_wait_longer" {
  variables {
    segment_seconds = 6
  }

  assert {
    condition     = output.expiry_seconds == 11
    error_message = "1.8 × 6 s are 10.8 s, 11 in whole seconds, not ${output.expiry_seconds}."
  }
}

run "only_the_pipelines_manifests_arm_it" {
  assert {
    condition     = join(" ", sort([for one in aws_s3_bucket_notification.origin[0].queue : "${one.filter_prefix}*${one.filter_suffix}"])) == "live/backup*.m3u8 live/primary*.m3u8"
    error_message = "The static manifest must arm nothing."
  }
  assert {
    condition     = jsonencode(local.kept_keys) == jsonencode(["live/index.m3u8", "live/primary.m3u8", "live/backup.m3u8"])
    error_message = "What never expires: ${jsonencode(local.kept_keys)}."
  }
}

run "the_function_may_delete_the_pipelines_manifests_only_and_only_with_if_match" {
  assert {
    condition = jsonencode(local.function_statements.ExpireManifests) == jsonencode({
      actions    = ["s3:DeleteObject"]
      conditions = { Null = { "s3:if-match" = ["false"] } }
      resources  = ["arn:aws:s3:::${output.bucket_name}/live/primary*.m3u8", "arn:aws:s3:::${output.bucket_name}/live/backup*.m3u8"]
    })
    error_message = "The function may ${jsonencode(local.function_statements)}."
  }
}

run "failed_messages_come_again_by_themselves_and_end_where_an_alarm_sees_them" {
  assert {
    condition = alltrue([
      join(",", aws_lambda_event_source_mapping.expiry[0].function_response_types) == "ReportBatchItemFailures",
      aws_sqs_queue.expiry[0].visibility_timeout_seconds == 60,
      jsondecode(aws_sqs_queue.expiry[0].redrive_policy).maxReceiveCount == 5,
      aws_cloudwatch_metric_alarm.this["dead-letters"].dimensions.QueueName == "show-origin-expiry-dead-letters",
      jsonencode(aws_cloudwatch_metric_alarm.this["expired"].dimensions) == jsonencode({ Origin = "show", service = "expire_manifest" }),
    ])
    error_message = "The queue, its mapping or its alarms."
  }
}

# For drills

run "a_drill_can_take_the_switch_away" {
  variables {
    weakened_for_drill = { confirm = "viewers of show will be cut off", dead_mans_switch = false }
  }

  assert {
    condition     = length(aws_sqs_queue.expiry) == 0 && length(aws_s3_bucket_notification.origin) == 0 && join(",", output.weakened_for_drill) == "dead_mans_switch"
    error_message = "The switch is still there, or the output does not name it."
  }
}

run "a_drill_can_let_manifests_live_for_four_segments" {
  variables {
    weakened_for_drill = { confirm = "viewers of show will be cut off", expiry_segments = 4 }
  }

  assert {
    condition     = output.expiry_seconds == 8 && join(",", output.weakened_for_drill) == "expiry_segments"
    error_message = "4 × 2 s are 8 s, not ${output.expiry_seconds}."
  }
}

run "a_drill_can_delete_unseen" {
  variables {
    weakened_for_drill = { confirm = "viewers of show will be cut off", if_match = false }
  }

  assert {
    condition     = join(",", output.weakened_for_drill) == "if_match" && local.weakened_variables.WEAKENED_FOR_DRILL == "no-if-match" && length(local.function_statements.ExpireManifests.conditions) == 0
    error_message = "The function must delete without If-Match, and its role let it."
  }
}

run "a_drill_can_leave_old_manifests_of_mediapackage" {
  variables {
    kind               = "mediapackage"
    static_manifest    = null
    weakened_for_drill = { confirm = "viewers of show will be cut off", endpoint_errors = false }
  }

  assert {
    condition     = !contains(keys(jsondecode(aws_cloudcontrolapi_resource.endpoint[0].desired_state)), "ForceEndpointErrorConfiguration") && join(",", output.weakened_for_drill) == "endpoint_errors"
    error_message = "The endpoint still gives errors."
  }
}

run "nobody_weakens_an_origin_by_accident" {
  command = plan

  variables {
    weakened_for_drill = { confirm = "yes", dead_mans_switch = false }
  }

  expect_failures = [var.weakened_for_drill]
}

run "confirmed_for_another_origin_is_not_confirmed" {
  command = plan

  variables {
    weakened_for_drill = { confirm = "viewers of other will be cut off", if_match = false }
  }

  expect_failures = [var.weakened_for_drill]
}

run "a_message_cannot_wait_for_longer_than_sqs_lets_it" {
  command = plan

  variables {
    weakened_for_drill = { confirm = "viewers of show will be cut off", expiry_segments = 451 }
  }

  expect_failures = [var.weakened_for_drill]
}

# What is refused

run "other_kinds_are_refused" {
  command = plan

  variables {
    kind = "hls"
  }

  expect_failures = [var.kind]
}

run "a_factor_that_cuts_healthy_streams_off_is_refused" {
  command = plan

  variables {
    s3 = { expire = { factor = 1.2 } }
  }

  expect_failures = [var.s3]
}

run "a_factor_that_stalls_players_is_refused" {
  command = plan

  variables {
    s3 = { expire = { factor = 4 } }
  }

  expect_failures = [var.s3]
}

run "segments_of_parts_of_a_second_are_refused" {
  command = plan

  variables {
    segment_seconds = 2.5
  }

  expect_failures = [var.segment_seconds]
}

run "a_name_that_makes_no_bucket_s_is_refused" {
  command = plan

  variables {
    name = "show.live"
  }

  expect_failures = [var.name]
}

run "a_bucket_needs_a_static_manifest" {
  command = plan

  variables {
    static_manifest = null
  }

  expect_failures = [aws_s3_object.static_manifest]
}

run "a_file_s_name_is_no_manifest" {
  command = plan

  variables {
    static_manifest = "rendered/index.m3u8"
  }

  expect_failures = [var.static_manifest]
}

run "a_static_manifest_without_one_pipeline_is_refused" {
  command = plan

  variables {
    static_manifest = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nprimary_p720.m3u8\n"
  }

  expect_failures = [var.static_manifest]
}

run "a_static_manifest_of_other_files_is_refused" {
  command = plan

  variables {
    static_manifest = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive/primary_p720.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive/backup_p720.m3u8\n"
  }

  expect_failures = [var.static_manifest]
}

run "a_web_origin_with_a_path_is_refused" {
  command = plan

  variables {
    cors_origins = ["https://www.example.com/player"]
  }

  expect_failures = [var.cors_origins]
}

run "another_arn_than_a_distribution_s_is_refused" {
  command = plan

  variables {
    distribution_arn = "E1ABCDEF"
  }

  expect_failures = [var.distribution_arn]
}

run "a_window_shorter_than_three_segments_is_refused" {
  command = plan

  variables {
    kind            = "mediapackage"
    mediapackage    = { manifest_window_seconds = 5 }
    static_manifest = null
  }

  expect_failures = [var.mediapackage]
}

run "a_startover_window_shorter_than_the_manifest_s_is_refused" {
  command = plan

  variables {
    kind            = "mediapackage"
    mediapackage    = { startover_window_seconds = 30 }
    static_manifest = null
  }

  expect_failures = [var.mediapackage]
}
