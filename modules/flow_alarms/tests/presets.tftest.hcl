# The full catalogue of each kind of flow, every alarm as one line: metric, statistic, comparison with its threshold, M of N × period,
# what missing data is.
mock_provider "aws" {}

variables {
  catalogue = "full"
  flow_arn  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
  flow_key  = "studio-a"
  name      = "live"
}

run "srt_watches_what_it_could_not_recover_and_not_what_was_lost" {
  command = plan

  variables {
    nominal_bit_rate            = 20000000
    protocol                    = "srt-listener"
    source_latency_milliseconds = 2000
  }

  assert {
    condition = {
      for signal, alarm in merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.bit_rate, aws_cloudwatch_metric_alarm.gated) : signal => join(" ", [
        coalesce(alarm.metric_name, try(one([for query in alarm.metric_query : query.metric[0].metric_name if try(query.metric[0].namespace, "") == "AWS/MediaConnect"]), null)),
        coalesce(alarm.statistic, try(one([for query in alarm.metric_query : query.metric[0].stat if try(query.metric[0].namespace, "") == "AWS/MediaConnect"]), null)),
        alarm.comparison_operator, alarm.threshold, alarm.datapoints_to_alarm, "of", alarm.evaluation_periods, "×",
        coalesce(alarm.period, try(one([for query in alarm.metric_query : query.metric[0].period if try(query.metric[0].namespace, "") == "AWS/MediaConnect"]), null)),
        alarm.treat_missing_data,
      ])
      } == {
      "bit-rate-low"        = "SourceBitRate Average LessThanThreshold 14000000 3 of 3 × 60 breaching"
      "continuity"          = "SourceContinuityCounter Sum GreaterThanThreshold 0 3 of 5 × 60 notBreaching"
      "disconnected"        = "SourceConnected Minimum LessThanThreshold 1 2 of 2 × 10 notBreaching"
      "jitter"              = "SourceJitter Maximum GreaterThanThreshold 50 2 of 2 × 300 notBreaching"
      "no-bit-rate"         = "SourceBitRate Maximum LessThanThreshold 1 3 of 3 × 60 breaching"
      "not-recovered"       = "SourceNotRecoveredPackets Sum GreaterThanThreshold 0 3 of 5 × 60 notBreaching"
      "not-recovered-burst" = "SourceNotRecoveredPackets Sum GreaterThanThreshold 100 1 of 1 × 60 notBreaching"
      "pat-error"           = "SourcePATError Sum GreaterThanThreshold 0 3 of 5 × 60 notBreaching"
      "pmt-error"           = "SourcePMTError Sum GreaterThanThreshold 0 3 of 5 × 60 notBreaching"
      "round-trip"          = "SourceRoundTripTime Average GreaterThanThreshold 500 3 of 5 × 60 notBreaching"
      "ts-sync-loss"        = "SourceTSSyncLoss Sum GreaterThanThreshold 0 3 of 5 × 60 notBreaching"
    }
    error_message = "The full catalogue of SRT with one source is not what the README says."
  }

  assert {
    condition     = { for threshold in output.thresholds : "${threshold.metric} ${threshold.statistic} ${threshold.threshold}" => threshold.severity if threshold.metric == "SourceNotRecoveredPackets" } == { "SourceNotRecoveredPackets Sum 0" = "MEDIUM", "SourceNotRecoveredPackets Sum 100" = "HIGH" }
    error_message = "Some lost packets are MEDIUM, many are HIGH."
  }

  assert {
    condition     = output.billed_metrics == { composite = 3, high_resolution = 1, standard = 12 }
    error_message = "The bill is one high-resolution metric, twelve standard ones and three composite alarms."
  }

  assert {
    condition     = output.reach_seconds == 600 && output.shortest_period_seconds == 10
    error_message = "The longest look back is jitter's, the shortest period that of the connection."
  }
}

run "every_protocol_has_its_signals" {
  command = plan

  variables {
    nominal_bit_rate = 20000000
    protocol         = "rtp"
  }

  assert {
    condition     = keys(output.alarm_names) == ["bit-rate-low", "continuity", "jitter", "no-bit-rate", "packet-loss", "packet-loss-trigger", "pat-error", "pmt-error", "ts-sync-loss"]
    error_message = "RTP has no SourceConnected and repairs nothing: bit rate, packet loss and the transport stream say how it is."
  }
}

run "rtp_fec_repairs_without_connecting" {
  command = plan

  variables {
    protocol = "rtp-fec"
  }

  assert {
    condition     = keys(output.alarm_names) == ["continuity", "jitter", "no-bit-rate", "not-recovered", "not-recovered-burst", "pat-error", "pmt-error", "ts-sync-loss"]
    error_message = "RTP-FEC repairs loss: what it could not repair counts; it has no SourceConnected."
  }
}

run "rist_and_zixi_are_like_srt" {
  command = plan

  variables {
    protocol = "rist"
  }

  assert {
    condition     = keys(output.alarm_names) == ["continuity", "disconnected", "jitter", "no-bit-rate", "not-recovered", "not-recovered-burst", "pat-error", "pmt-error", "ts-sync-loss"]
    error_message = "RIST connects and repairs; without a latency the round trip has no threshold."
  }
}

run "zixi_is_like_srt" {
  command = plan

  variables {
    protocol                    = "zixi-push"
    source_latency_milliseconds = 1000
  }

  assert {
    condition     = keys(output.alarm_names) == ["continuity", "disconnected", "jitter", "no-bit-rate", "not-recovered", "not-recovered-burst", "pat-error", "pmt-error", "round-trip", "ts-sync-loss"]
    error_message = "Zixi connects and repairs."
  }
}

run "uncompressed_video_has_no_transport_stream" {
  command = plan

  variables {
    content_quality  = ["audio", "video"]
    nominal_bit_rate = 2000000000
    protocol         = "cdi"
  }

  assert {
    condition     = keys(output.alarm_names) == ["bit-rate-low", "no-bit-rate", "packet-loss", "packet-loss-trigger"]
    error_message = "MediaConnect's media metrics are for transport streams only."
  }
}

run "failover_tells_of_switches_and_of_the_lost_source" {
  command = plan

  variables {
    protocol   = "srt-caller"
    redundancy = "FAILOVER"
  }

  assert {
    condition = {
      for signal in ["disconnected", "failover-switch", "flapping", "source-disconnected"] : signal => join(" ", [
        for part in ["metric_name", "statistic", "comparison_operator", "threshold", "datapoints_to_alarm", "evaluation_periods", "period"] :
        aws_cloudwatch_metric_alarm.metric[signal][part]
      ])
      } == {
      "disconnected"        = "SourceConnected Maximum LessThanThreshold 1 2 2 10"
      "failover-switch"     = "FailoverSwitches Sum GreaterThanOrEqualToThreshold 1 1 1 60"
      "flapping"            = "FailoverSwitches Sum GreaterThanOrEqualToThreshold 3 1 1 300"
      "source-disconnected" = "SourceConnected Minimum LessThanThreshold 1 2 2 60"
    }
    error_message = "With two sources the flow is down when the better one is gone, and without redundancy when the worse one is."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.summary["down"].alarm_rule == "(ALARM(\"live/studio-a/disconnected\") OR ALARM(\"live/studio-a/no-bit-rate\"))"
    error_message = "Down is no source at all."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.summary["redundancy-lost"].alarm_rule == "(ALARM(\"live/studio-a/source-disconnected\")) AND NOT (ALARM(\"live/studio-a/disconnected\") OR ALARM(\"live/studio-a/no-bit-rate\"))"
    error_message = "Redundancy is lost while one source is left; with none the flow is down."
  }

  assert {
    condition     = startswith(aws_cloudwatch_composite_alarm.summary["degraded"].alarm_rule, "(ALARM(\"live/studio-a/continuity\") OR ALARM(\"live/studio-a/flapping\") OR ") && endswith(aws_cloudwatch_composite_alarm.summary["degraded"].alarm_rule, " AND NOT (ALARM(\"live/studio-a/disconnected\") OR ALARM(\"live/studio-a/no-bit-rate\"))")
    error_message = "Degraded is any fault of the picture while the flow is not down."
  }

  assert {
    condition     = output.summary_names == { degraded = "live.studio-a.degraded", down = "live.studio-a.down", early-warning = "live.studio-a.early-warning", redundancy-lost = "live.studio-a.redundancy-lost" }
    error_message = "Summaries are named with dots: the rule on live/ must not hear them."
  }
}

run "merge_tells_of_the_lost_source" {
  command = plan

  variables {
    protocol   = "rtp"
    redundancy = "MERGE"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["merge-inactive"].metric_name == "MergeActive" && aws_cloudwatch_metric_alarm.metric["merge-inactive"].statistic == "Minimum" && aws_cloudwatch_metric_alarm.metric["merge-inactive"].threshold == 1 && aws_cloudwatch_metric_alarm.metric["merge-inactive"].period == 60
    error_message = "Merge is watched by MergeActive, minimum below 1."
  }

  assert {
    condition     = !contains(keys(output.alarm_names), "failover-switch") && contains(keys(output.summary_names), "redundancy-lost")
    error_message = "Merged sources do not switch; a missing one is redundancy lost."
  }
}

run "content_quality_is_watched_where_it_is_analysed" {
  command = plan

  variables {
    content_quality = ["audio", "video"]
    protocol        = "srt-listener"
  }

  assert {
    condition = {
      for signal in ["audio-missing", "black-frames", "frozen-frames", "silent-audio", "video-missing"] : signal => join(" ", [
        for part in ["metric_name", "statistic", "comparison_operator", "threshold", "period", "treat_missing_data"] : aws_cloudwatch_metric_alarm.metric[signal][part]
      ])
      } == {
      "audio-missing" = "AudioStreamMissing Maximum GreaterThanOrEqualToThreshold 1 60 notBreaching"
      "black-frames"  = "BlackFramesBreaching Maximum GreaterThanOrEqualToThreshold 1 60 notBreaching"
      "frozen-frames" = "FrozenFramesBreaching Maximum GreaterThanOrEqualToThreshold 1 60 notBreaching"
      "silent-audio"  = "SilentAudioBreaching Maximum GreaterThanOrEqualToThreshold 1 60 notBreaching"
      "video-missing" = "VideoStreamMissing Maximum GreaterThanOrEqualToThreshold 1 60 notBreaching"
    }
    error_message = "Content quality is watched by its five metrics."
  }
}

run "without_bit_rate_the_flow_is_down_only_on_air" {
  command = plan

  variables {
    protocol = "rtp"
  }

  assert {
    condition     = one([for query in aws_cloudwatch_metric_alarm.gated["no-bit-rate"].metric_query : query.expression if query.id == "watched"]) == "IF(FILL(FILL(active, REPEAT), 0) > 0, watched_metric, 1)"
    error_message = "A flow in STANDBY sends nothing and is not down."
  }
}
