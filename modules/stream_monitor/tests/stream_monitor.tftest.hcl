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

run "a_flow_is_made_or_an_existing_one_is_watched" {
  assert {
    condition     = keys(module.flow) == ["studio-a"]
    error_message = "Only the flow with a source may be made."
  }

  assert {
    condition     = output.flow_names == { studio-a = "live-studio-a", studio-b = "borrowed" }
    error_message = "A flow made here is called <name>-<key>, an existing one as its ARN says."
  }

  assert {
    condition     = output.alarm_names["studio-b"]["jitter"] == "live/studio-b/jitter" && output.alarm_names["studio-a"]["bit-rate-low"] == "live/studio-a/bit-rate-low"
    error_message = "Every flow must have its alarms, under its key."
  }

  assert {
    condition     = !contains(keys(output.alarm_names["studio-b"]), "bit-rate-low")
    error_message = "Without a nominal bit rate there is no floor."
  }
}

run "the_monitor_is_told_of_every_flow_with_the_alarms_own_numbers" {
  variables {
    composite_alarms = { "everything \"down\"" = "studio-a" }
    monitor          = { window_seconds = 60, resolution_seconds = 5, datapoint_grace_seconds = 90 }
  }

  assert {
    condition     = jsondecode(jsondecode("\"${local.monitor_config_in_json}\"")) == jsondecode(local.monitor_config)
    error_message = "The configuration must survive being put between the quotes of a JSON string."
  }

  assert {
    condition = { for key, value in jsondecode(local.monitor_config).flows.studio-b : key => value if key != "thresholds" } == {
      arn                     = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed"
      datapoint_grace_seconds = 90
      name                    = "borrowed"
      no_data_seconds         = 60
      resolution_seconds      = 5
      window_seconds          = 60
    }
    error_message = "A flow's entry must hold what the monitor function reads."
  }

  assert {
    condition     = jsondecode(local.monitor_config).flows.studio-a.thresholds[0] == { comparison = "LessThanThreshold", metric = "SourceBitRate", severity = "HIGH", statistic = "Average", threshold = 14000000, unit = "Bits/Second" }
    error_message = "The thresholds must be those of the alarms."
  }

  assert {
    condition     = jsondecode(local.monitor_config).composite_alarms == { "everything \"down\"" = "studio-a" }
    error_message = "Composite alarms name no flow themselves: the configuration must."
  }

  assert {
    condition     = strcontains(local.alarm_event_pattern, "\"everything \\\"down\\\"\"")
    error_message = "The rule must let a composite alarm of another name through."
  }
}

run "one_rule_hears_the_alarms_of_this_deployment_only" {
  assert {
    condition = jsondecode(local.alarm_event_pattern) == {
      source      = ["aws.cloudwatch"]
      detail-type = ["CloudWatch Alarm State Change"]
      detail = {
        alarmName = [{ prefix = "live/" }]
        state     = { value = ["ALARM", "OK"] }
      }
    }
    error_message = "The rule must take ALARM and OK of the names that begin with live/, so not live-2/… and not the platform's live-…."
  }

  assert {
    condition     = jsondecode(local.status_event_pattern).resources == [{ suffix = ":live-studio-a" }, { suffix = ":borrowed" }]
    error_message = "The status rule must take the events of these flows only."
  }
}

run "the_functions_may_do_what_they_do_and_no_more" {
  assert {
    condition     = local.monitor_policy.DescribeFlows.resources == values(output.flow_arns)
    error_message = "The monitor may describe the watched flows only."
  }

  assert {
    condition     = local.alert_policy.Publish.resources == [output.alert_topic_arn] && join(" ", keys(local.alert_policy)) == "Publish Remember UseKeys"
    error_message = "The alert handler may publish to its topic with its key and use its table."
  }
}

run "a_table_with_a_key_of_the_caller_s_needs_that_key" {
  variables {
    table_kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = local.alert_policy.UseTableKey == { actions = ["kms:Decrypt"], resources = [var.table_kms_key_arn] }
    error_message = "The alert handler cannot use the table, or may more with its key."
  }
}

run "what_the_alert_handler_remembers_is_kept_safe_and_ends" {
  assert {
    condition = (
      aws_dynamodb_table.alert_state.hash_key == "id"
      && aws_dynamodb_table.alert_state.ttl[0].attribute_name == "expiration"
      && aws_dynamodb_table.alert_state.ttl[0].enabled
      && aws_dynamodb_table.alert_state.point_in_time_recovery[0].enabled
      && aws_dynamodb_table.alert_state.server_side_encryption[0].enabled
    )
    error_message = "The table must expire its items, be encrypted and be recoverable."
  }
}

run "faults_of_the_monitoring_go_to_the_direct_topic" {
  variables {
    direct_alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letters.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:live-direct"])
    error_message = "Dead letters must be told to the direct topic."
  }

  assert {
    condition     = !startswith(aws_cloudwatch_metric_alarm.dead_letters.alarm_name, "live/")
    error_message = "A platform alarm must not start the workflow."
  }
}

run "twenty_flows_fit" {
  command = plan

  variables {
    flows = { for number in range(20) : "flow-${number}" => {
      arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKlMnOpQrStUv-789012345678:a-flow-with-a-rather-long-name-${number}"
    } }
  }

  assert {
    condition     = length(local.status_event_pattern) <= 2048
    error_message = "The pattern of 20 flows must fit into EventBridge's 2048 characters."
  }

  assert {
    condition     = length(local.flow_state_input) <= 8192
    error_message = "The input of 20 flows must fit into EventBridge's 8192 characters."
  }
}

run "without_functions_the_workflow_does_it_all" {
  variables {
    packages = {}
    variant  = "direct"
  }

  assert {
    condition     = length(module.stream_monitor_function) == 0 && length(module.alert_handler_function) == 0 && length(output.functions) == 0
    error_message = "There may be no function, so no package, role, log group or alarm of one."
  }

  assert {
    condition     = join(" ", keys(output.log_group_names)) == "flow_state_workflow stream_monitor_workflow"
    error_message = "Only the workflows have logs."
  }

  assert {
    condition     = endswith(local.rendered, "/stream_monitor_direct")
    error_message = "The definition and policy must be those of the variant."
  }

  assert {
    condition     = local.variant_placeholders["topic_arn"] == output.alert_topic_arn && local.variant_placeholders["table_name"] == output.table_name
    error_message = "The workflow must publish to the topic and use the table that the functions would."
  }
}

run "both_variants_have_the_same_configuration" {
  variables {
    variant = "functions"
  }

  assert {
    condition     = endswith(local.rendered, "/stream_monitor") && jsondecode(local.monitor_config).flows.studio-b.name == "borrowed" && length(output.functions) == 2
    error_message = "With functions the workflow calls them."
  }
}

run "the_full_catalogue_goes_to_the_monitor_and_the_dashboard" {
  variables {
    flows = {
      studio-a = {
        catalogue        = { content_quality = ["video"], preset = "full", signals = { jitter = { threshold = 80 } } }
        nominal_bit_rate = 20000000
        source           = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
        outputs          = { primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001 } }
      }
      studio-b = {
        arn       = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:borrowed"
        catalogue = { preset = "full", protocol = "srt-listener", redundancy = "FAILOVER", summaries = { early-warning = { enabled = false } } }
      }
    }
  }

  assert {
    condition     = contains(keys(output.alarm_names["studio-a"]), "no-bit-rate") && contains(keys(output.alarm_names["studio-a"]), "black-frames") && !contains(keys(output.alarm_names["studio-a"]), "disconnected")
    error_message = "A flow made here has the catalogue of its source's protocol."
  }

  assert {
    condition     = contains(keys(output.alarm_names["studio-b"]), "source-disconnected") && keys(output.summary_names["studio-b"]) == ["degraded", "down", "redundancy-lost"]
    error_message = "An existing flow has the catalogue of the protocol that is named."
  }

  assert {
    condition     = contains([for threshold in jsondecode(local.monitor_config).flows.studio-a.thresholds : "${threshold.metric} ${threshold.severity} ${threshold.threshold}"], "SourceJitter MEDIUM 80") && contains([for threshold in jsondecode(local.monitor_config).flows.studio-b.thresholds : "${threshold.metric} ${threshold.severity} ${threshold.threshold}"], "SourceNotRecoveredPackets HIGH 100")
    error_message = "The monitor must compare with the catalogue's numbers, and alert with its severities."
  }

  assert {
    condition     = local.most_thresholds == 12 && local.shortest_period == 10
    error_message = "A check asks for all thresholds of a flow, in the shortest period of any alarm."
  }

  assert {
    condition     = alltrue([for name in flatten([for names in values(output.summary_names) : values(names)]) : !startswith(name, "live/")])
    error_message = "The workflow's rule must not hear the summaries: their signals have started it already."
  }
}

run "a_flow_made_here_has_all_that_the_flow_module_takes_and_its_alarms_follow" {
  variables {
    flows = {
      studio-a = {
        backup_source     = { protocol = "srt-listener", ingest_port = 5010, min_latency = 400, whitelist_cidr = "198.51.100.0/28" }
        catalogue         = { preset = "full" }
        entitlements      = { partner = { subscribers = ["210987654321"], subscriber_fee_percent = 50 } }
        flow_size         = "MEDIUM"
        maintenance       = { day = "Tuesday", start_hour = 3 }
        source            = { protocol = "srt-listener", ingest_port = 5000, min_latency = 800, whitelist_cidr = "203.0.113.0/24" }
        source_monitoring = { content_quality = { silent_audio_seconds = 0 } }
        tags              = { Feed = "main" }
        vpc_interfaces    = { inside = { security_group_ids = ["sg-0123456789abcdef0"], subnet_id = "subnet-0123456789abcdef0" } }
      }
      studio-b = {
        backup_source = { protocol = "rtp", ingest_port = 5110, whitelist_cidr = "198.51.100.0/28" }
        catalogue     = { content_quality = [], preset = "full", redundancy = "FAILOVER" }
        failover      = { mode = "MERGE", recovery_window = 500 }
        source        = { protocol = "rtp", ingest_port = 5100, whitelist_cidr = "203.0.113.0/24" }
      }
      studio-c = {
        catalogue = { preset = "full", protocol = "rist" }
        source    = { protocol = "entitlement", entitlement_arn = "arn:aws:mediaconnect:eu-central-1:210987654321:entitlement:1-AbCdEf-123456:feed" }
      }
      studio-d = {
        encoding       = { profile = "CONTRIBUTION_H264_DEFAULT" }
        flow_size      = "LARGE"
        ndi            = { discovery_servers = [{ address = "10.0.0.10", vpc_interface = "inside" }] }
        source         = { protocol = "ndi-speed-hq" }
        vpc_interfaces = { inside = { security_group_ids = ["sg-0123456789abcdef0"], subnet_id = "subnet-0123456789abcdef0" } }
      }
      studio-e = {
        media_streams  = { picture = { id = 0, type = "video", video_format = "1080p" } }
        source         = { protocol = "cdi", ingest_port = 5000, media_streams = { picture = {} }, vpc_interface = "fast" }
        vpc_interfaces = { fast = { security_group_ids = ["sg-0123456789abcdef0"], subnet_id = "subnet-0123456789abcdef0", type = "efa" } }
      }
    }
  }

  assert {
    condition     = module.flow["studio-a"].backup_source_name == "backup" && module.flow["studio-b"].backup_source_name == "backup" && keys(output.entitlement_arns["studio-a"]) == ["partner"] && module.flow["studio-a"].vpc_role_arn != null
    error_message = "A flow made here must have its second source, its entitlements and its network interfaces."
  }

  assert {
    condition     = contains(keys(output.alarm_names["studio-a"]), "failover-switch") && contains(keys(output.alarm_names["studio-a"]), "frozen-frames") && !contains(keys(output.alarm_names["studio-a"]), "silent-audio")
    error_message = "Two sources without a word on failover are FAILOVER; the content quality that is analysed has alarms, and no other."
  }

  assert {
    condition     = contains([for threshold in jsondecode(local.monitor_config).flows.studio-a.thresholds : "${threshold.metric} ${threshold.threshold}"], "SourceRoundTripTime 100")
    error_message = "The round trip may take a quarter of the shorter of both latencies."
  }

  assert {
    condition     = local.catalogues["studio-b"].redundancy == "FAILOVER" && length(local.catalogues["studio-b"].content_quality) == 0 && local.catalogues["studio-b"].source_latency_milliseconds == null
    error_message = "What the catalogue says itself comes first, and what nobody says is left out."
  }

  assert {
    condition     = local.catalogues["studio-c"].protocol == "rist" && contains(keys(output.alarm_names["studio-c"]), "disconnected")
    error_message = "Of an entitled source only a person knows what arrives."
  }
}
