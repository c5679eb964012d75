# Alarms of single sources and outputs.
mock_provider "aws" {}

variables {
  catalogue = "full"
  flow_arn  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
  flow_key  = "studio-a"
  name      = "live"
  protocol  = "srt-listener"
}

run "without_sources_and_outputs_there_are_none" {
  command = plan

  assert {
    condition     = output.source_alarm_names == {} && output.output_alarm_names == {} && !contains(keys(output.summary_names), "output-degraded")
    error_message = "Alarms of single sources and outputs are for who names them."
  }
}

run "each_source_is_watched_by_its_own_arn" {
  command = plan

  variables {
    redundancy = "FAILOVER"
    sources = {
      backup  = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Backup:backup" }
      primary = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary", signals = ["disconnected", "jitter", "no-bit-rate"], severity = "MEDIUM" }
    }
  }

  assert {
    condition = {
      for alarm, resource in aws_cloudwatch_metric_alarm.source : resource.alarm_name => join(" ", [
        reverse(split(":", resource.dimensions.SourceARN))[0], join(",", keys(resource.dimensions)), resource.metric_name, resource.statistic, resource.comparison_operator, resource.threshold,
        resource.datapoints_to_alarm, resource.evaluation_periods, resource.period, resource.treat_missing_data,
      ])
      } == {
      "live.studio-a.disconnected@backup"  = "backup SourceARN SourceConnected Minimum LessThanThreshold 1 2 2 60 notBreaching"
      "live.studio-a.disconnected@primary" = "primary SourceARN SourceConnected Minimum LessThanThreshold 1 2 2 60 notBreaching"
      "live.studio-a.jitter@primary"       = "primary SourceARN SourceJitter Maximum GreaterThanThreshold 50 2 2 300 notBreaching"
      "live.studio-a.not-recovered@backup" = "backup SourceARN SourceNotRecoveredPackets Sum GreaterThanThreshold 0 3 5 60 notBreaching"
    }
    error_message = "A source has the catalogue's numbers under its own ARN, which AWS posts without the flow's."
  }

  assert {
    condition     = one([for query in aws_cloudwatch_metric_alarm.gated_source["no-bit-rate@primary"].metric_query : query.metric[0].dimensions if query.id == "watched_metric"]) == tomap({ SourceARN = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary" })
    error_message = "A source that must send while the flow is on air is watched by its own ARN."
  }

  assert {
    condition     = alltrue([for name in values(output.source_alarm_names) : !startswith(name, "live/")])
    error_message = "The stream monitor could not tell the flow: its rule on live/ must not hear these."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_metric_alarm.source["not-recovered@backup"].alarm_description, "severity LOW") && strcontains(aws_cloudwatch_metric_alarm.source["jitter@primary"].alarm_description, "severity MEDIUM")
    error_message = "One of two sources is LOW, unless somebody says otherwise."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_composite_alarm.summary["redundancy-lost"].alarm_rule, "ALARM(\"live.studio-a.disconnected@backup\") OR ALARM(\"live.studio-a.disconnected@primary\") OR ALARM(\"live.studio-a.no-bit-rate@primary\")")
    error_message = "A source that is gone is redundancy lost."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_composite_alarm.summary["early-warning"].alarm_rule, "ALARM(\"live.studio-a.jitter@primary\") OR ALARM(\"live.studio-a.not-recovered@backup\")") && !strcontains(aws_cloudwatch_composite_alarm.summary["degraded"].alarm_rule, "@")
    error_message = "A source that is bad beside a good one is an early warning; the picture is not degraded by it."
  }

  assert {
    condition     = output.billed_metrics == { composite = 4, high_resolution = 1, standard = 18 }
    error_message = "Four alarms of sources count one metric each, the gated one two."
  }

  assert {
    condition     = !anytrue([for threshold in output.thresholds : strcontains(jsonencode(threshold), "@")]) && length([for threshold in output.thresholds : 1 if threshold.metric == "SourceConnected"]) == 2
    error_message = "The monitor compares the flow's metrics, not a source's."
  }
}

run "the_only_source_is_the_flow" {
  command = plan

  variables {
    protocol = "rtp"
    sources  = { primary = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary" } }
  }

  assert {
    condition     = keys(output.source_alarm_names) == ["no-bit-rate@primary", "packet-loss@primary"]
    error_message = "RTP does not connect and repairs nothing."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_metric_alarm.source["packet-loss@primary"].alarm_description, "severity HIGH") && !anytrue([for summary in aws_cloudwatch_composite_alarm.summary : strcontains(summary.alarm_rule, "@")])
    error_message = "What the only source has, the flow has: its severity is the flow's, and the summaries know already."
  }
}

run "an_output_is_watched_by_its_own_arn" {
  command = plan

  variables {
    outputs = {
      decoder = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-Decoder:decoder" }
      channel = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-Channel:channel", signals = ["output-not-recovered"], severity = "HIGH" }
    }
  }

  assert {
    condition = {
      for alarm, resource in aws_cloudwatch_metric_alarm.output : resource.alarm_name => join(" ", [
        reverse(split(":", resource.dimensions.OutputARN))[0], join(",", keys(resource.dimensions)), resource.metric_name, resource.statistic, resource.comparison_operator, resource.threshold,
        resource.datapoints_to_alarm, resource.evaluation_periods, resource.period, resource.treat_missing_data,
      ])
      } == {
      "live.studio-a.output-disconnected@decoder"  = "decoder OutputARN OutputConnected Minimum LessThanThreshold 1 2 2 60 notBreaching"
      "live.studio-a.output-not-recovered@channel" = "channel OutputARN OutputNotRecoveredPackets Sum GreaterThanThreshold 0 3 5 60 notBreaching"
    }
    error_message = "An output has the catalogue's numbers under its own ARN."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.summary["output-degraded"].alarm_rule == "(ALARM(\"live.studio-a.output-disconnected@decoder\") OR ALARM(\"live.studio-a.output-not-recovered@channel\")) AND NOT (ALARM(\"live/studio-a/disconnected\") OR ALARM(\"live/studio-a/no-bit-rate\"))"
    error_message = "An output that fails while the flow is up has its own summary."
  }
}

run "any_output_of_the_flow_can_be_watched_under_the_flow" {
  command = plan

  variables {
    signals = { output-disconnected = {} }
  }

  assert {
    condition     = output.alarm_names["output-disconnected"] == "live/studio-a/output-disconnected" && aws_cloudwatch_metric_alarm.metric["output-disconnected"].dimensions == tomap({ FlowARN = var.flow_arn })
    error_message = "Under the flow's ARN the stream monitor hears of it."
  }

  assert {
    condition     = one([for threshold in output.thresholds : threshold.missing if threshold.metric == "OutputConnected"]) == "ignore"
    error_message = "An output without datapoints is no fault."
  }
}

run "thresholds_say_whether_missing_data_is_a_fault" {
  command = plan

  variables {
    nominal_bit_rate = 20000000
    redundancy       = "FAILOVER"
  }

  assert {
    condition     = { for threshold in output.thresholds : "${threshold.metric} ${threshold.statistic}" => try(threshold.missing, "issue") if startswith(threshold.comparison, "Less") } == { "SourceBitRate Average" = "issue", "SourceBitRate Maximum" = "issue", "SourceConnected Maximum" = "ignore", "SourceConnected Minimum" = "ignore" }
    error_message = "The monitor takes missing data as the alarm does: a fault for the bit rate, nothing for a connection."
  }

  assert {
    condition     = { for threshold in output.thresholds : "${threshold.metric} ${threshold.threshold}" => try(threshold.period_seconds, 0) if threshold.metric == "FailoverSwitches" || threshold.metric == "SourceJitter" } == { "FailoverSwitches 1" = 60, "FailoverSwitches 3" = 300, "SourceJitter 50" = 0 }
    error_message = "A sum means nothing without its period."
  }
}

run "the_basic_thresholds_say_no_more_than_they_did" {
  command = plan

  variables {
    catalogue        = "basic"
    nominal_bit_rate = 20000000
  }

  assert {
    condition     = alltrue([for threshold in output.thresholds : keys(threshold) == ["comparison", "metric", "severity", "statistic", "threshold", "unit"]])
    error_message = "A deployment that asks for nothing new must have the configuration it had."
  }
}

run "the_mute_windows_come_out_for_others" {
  command = plan

  variables {
    mute   = { windows = { rehearsal = { day = "Monday", start_hour = 22, hours = 4 }, maintenance = { day = "Tuesday", start_hour = 3 } } }
    notify = "summaries"
  }

  assert {
    condition     = jsonencode(output.mute_windows) == jsonencode([{ day = "Tuesday", hours = 2, start_hour = 3 }, { day = "Monday", hours = 4, start_hour = 22 }])
    error_message = "The monitor is to be quiet when the summaries are."
  }
}

run "a_mute_alarm_of_yours_has_no_windows" {
  command = plan

  variables {
    mute   = { alarm = "planned-work" }
    notify = "summaries"
  }

  assert {
    condition     = length(output.mute_windows) == 0
    error_message = "Only that alarm knows when it is quiet."
  }
}

run "a_summary_of_more_alarms_than_cloudwatch_takes_is_refused" {
  command = plan

  variables {
    outputs = { for number in range(50) : "output-${number}" => {
      arn     = "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-Output${number}:output-${number}"
      signals = ["output-disconnected", "output-reconnecting"]
    } }
  }

  expect_failures = [aws_cloudwatch_composite_alarm.summary]
}

run "a_signal_that_is_no_source_s_is_refused" {
  command = plan

  variables {
    sources = { primary = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary", signals = ["flapping"] } }
  }

  expect_failures = [var.sources]
}

run "a_signal_of_a_source_without_a_threshold_is_refused" {
  command = plan

  variables {
    sources = { primary = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary", signals = ["round-trip"] } }
  }

  expect_failures = [var.sources]
}

run "a_flow_is_no_source" {
  command = plan

  variables {
    sources = { primary = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a" } }
  }

  expect_failures = [var.sources]
}

run "a_source_s_name_with_a_space_is_refused" {
  command = plan

  variables {
    sources = { "the primary" = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary" } }
  }

  expect_failures = [var.sources]
}

run "an_unknown_severity_of_a_source_is_refused" {
  command = plan

  variables {
    sources = { primary = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary", severity = "URGENT" } }
  }

  expect_failures = [var.sources]
}

run "a_signal_that_is_no_output_s_is_refused" {
  command = plan

  variables {
    outputs = { decoder = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-Decoder:decoder", signals = ["jitter"] } }
  }

  expect_failures = [var.outputs]
}

run "a_source_is_no_output" {
  command = plan

  variables {
    outputs = { decoder = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-Primary:primary" } }
  }

  expect_failures = [var.outputs]
}

run "an_unknown_severity_of_an_output_is_refused" {
  command = plan

  variables {
    outputs = { decoder = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-Decoder:decoder", severity = "URGENT" } }
  }

  expect_failures = [var.outputs]
}
