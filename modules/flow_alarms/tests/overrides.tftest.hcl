mock_provider "aws" {}

variables {
  flow_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
  flow_key = "studio-a"
  name     = "live"
}

run "basic_has_no_summary_and_asks_for_nothing" {
  command = plan

  variables {
    protocol   = "srt-listener"
    redundancy = "FAILOVER"
  }

  assert {
    condition     = keys(output.alarm_names) == ["jitter", "packet-loss", "packet-loss-trigger"] && length(output.summary_names) == 0 && length(output.anomaly_names) == 0
    error_message = "The basic catalogue must stay what it was, whatever is said about the flow."
  }
}

run "a_signal_that_is_named_is_on_and_takes_what_is_said" {
  command = plan

  variables {
    signals = {
      jitter        = { threshold = 80 }
      not-recovered = { datapoints_to_alarm = 2, evaluation_periods = 4, period_seconds = 30, severity = "HIGH", threshold = 5 }
      packet-loss   = { enabled = false }
    }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["jitter"].threshold == 80 && aws_cloudwatch_metric_alarm.metric["jitter"].period == 300 && aws_cloudwatch_metric_alarm.metric["jitter"].evaluation_periods == 2
    error_message = "Only the threshold of jitter changes."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["not-recovered"].datapoints_to_alarm == 2 && aws_cloudwatch_metric_alarm.metric["not-recovered"].evaluation_periods == 4 && aws_cloudwatch_metric_alarm.metric["not-recovered"].period == 30 && aws_cloudwatch_metric_alarm.metric["not-recovered"].threshold == 5
    error_message = "A signal of the full catalogue can be had by itself, with all its numbers."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["not-recovered"].alarm_description == "Packets are lost again and again that error correction could not recover. Flow key studio-a, severity HIGH." && one([for threshold in output.thresholds : threshold.severity if threshold.metric == "SourceNotRecoveredPackets"]) == "HIGH"
    error_message = "The severity is in the alarm's description, and in the thresholds, from which the alert takes it for its routing."
  }

  assert {
    condition     = keys(output.alarm_names) == ["jitter", "not-recovered", "packet-loss-trigger"]
    error_message = "A signal that is switched off has no alarm."
  }
}

run "another_number_of_periods_counts_them_all" {
  command = plan

  variables {
    signals = { continuity = { evaluation_periods = 2 } }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["continuity"].datapoints_to_alarm == 2
    error_message = "3 of 5 must not become 3 of 2."
  }
}

run "a_floor_can_be_given_without_a_nominal_bit_rate" {
  command = plan

  variables {
    signals = { bit-rate-low = { threshold = 5000000 } }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.bit_rate["bit-rate-low"].threshold == 5000000
    error_message = "A threshold in bits/s needs no nominal bit rate."
  }
}

run "the_full_catalogue_can_do_without_a_signal_or_have_one_more" {
  command = plan

  variables {
    catalogue = "full"
    protocol  = "srt-listener"
    signals   = { continuity = { enabled = false }, packet-loss = { threshold = 5 } }
    summaries = { degraded = { severity = "HIGH" }, down = { enabled = false } }
  }

  assert {
    condition     = !contains(keys(output.alarm_names), "continuity") && aws_cloudwatch_metric_alarm.metric["packet-loss"].threshold == 5
    error_message = "signals must win over the preset."
  }

  assert {
    condition     = keys(output.summary_names) == ["degraded"] && endswith(aws_cloudwatch_composite_alarm.summary["degraded"].alarm_description, "severity HIGH.")
    error_message = "Summaries can be switched off and given another severity; one without signals is not made."
  }
}

run "a_band_stands_beside_the_threshold_or_instead_of_it" {
  command = plan

  variables {
    signals = {
      bit-rate-low = { anomaly = { band_width = 3, direction = "below" }, enabled = false }
      jitter       = { anomaly = {} }
    }
    summaries = { early-warning = {} }
  }

  assert {
    condition     = keys(output.alarm_names) == ["jitter", "packet-loss", "packet-loss-trigger"] && output.anomaly_names == { bit-rate-low = "live.studio-a.bit-rate-low-anomaly", jitter = "live.studio-a.jitter-anomaly" }
    error_message = "jitter has a threshold and a band, the bit rate a band only."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.anomaly["bit-rate-low"].threshold_metric_id == "band" && aws_cloudwatch_metric_alarm.anomaly["bit-rate-low"].comparison_operator == "LessThanLowerThreshold" && one([for query in aws_cloudwatch_metric_alarm.anomaly["bit-rate-low"].metric_query : query.expression if query.id == "band"]) == "ANOMALY_DETECTION_BAND(watched, 3)"
    error_message = "The band is three standard deviations wide and is left downwards."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.anomaly["jitter"].comparison_operator == "LessThanLowerOrGreaterThanUpperThreshold" && aws_cloudwatch_metric_alarm.anomaly["jitter"].evaluation_periods == 3
    error_message = "By default a band may be left in neither direction, for 3 of 3 periods."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.summary["early-warning"].alarm_rule == "(ALARM(\"live.studio-a.bit-rate-low-anomaly\") OR ALARM(\"live.studio-a.jitter-anomaly\")) AND NOT (ALARM(\"live/studio-a/jitter\") OR ALARM(\"live/studio-a/packet-loss\") OR ALARM(\"live/studio-a/packet-loss-trigger\"))"
    error_message = "What is unusual is an early warning, until it is a fault."
  }
}

run "summaries_alone_tell_the_topic" {
  command = plan

  variables {
    catalogue              = "full"
    direct_alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
    mute                   = { alarm = "planned-work", wait_seconds = 120 }
    notify                 = "summaries"
    protocol               = "srt-listener"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.metric : length(coalesce(alarm.alarm_actions, [])) == 0]) && alltrue([for alarm in aws_cloudwatch_composite_alarm.summary : alarm.alarm_actions == toset([var.direct_alarm_topic_arn]) && alarm.ok_actions == toset([var.direct_alarm_topic_arn])])
    error_message = "One message for what is wrong, not one for every signal of it."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_composite_alarm.summary : alarm.actions_suppressor[0].alarm == "planned-work" && alarm.actions_suppressor[0].wait_period == 120 && alarm.actions_suppressor[0].extension_period == 60])
    error_message = "An alarm of one's own can mute all summaries."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.mute) == 0
    error_message = "With an alarm of one's own there is no other."
  }
}

run "a_maintenance_window_mutes_the_summaries" {
  command = plan

  variables {
    catalogue = "full"
    mute      = { windows = { weekly = { day = "Tuesday", start_hour = 3 }, around_the_week = { day = "Sunday", hours = 4, start_hour = 22 } } }
    notify    = "summaries"
    protocol  = "rtp"
  }

  assert {
    condition = one([for query in aws_cloudwatch_metric_alarm.mute[0].metric_query : query.expression if query.id == "muted"]) == join(" OR ", [
      "(((DAY(active) - 1) * 24 + HOUR(active)) >= 166 AND ((DAY(active) - 1) * 24 + HOUR(active)) < 168)",
      "(((DAY(active) - 1) * 24 + HOUR(active)) >= 0 AND ((DAY(active) - 1) * 24 + HOUR(active)) < 2)",
      "(((DAY(active) - 1) * 24 + HOUR(active)) >= 27 AND ((DAY(active) - 1) * 24 + HOUR(active)) < 29)",
    ])
    error_message = "Tuesday 03:00 to 05:00 are the hours 27 to 29 of the week; Sunday 22:00 goes on until Monday 02:00."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_composite_alarm.summary : alarm.actions_suppressor[0].alarm == "live.studio-a.mute"])
    error_message = "The window's alarm suppresses every summary."
  }
}
