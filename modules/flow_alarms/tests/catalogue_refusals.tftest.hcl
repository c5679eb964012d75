mock_provider "aws" {}

variables {
  flow_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
  flow_key = "studio-a"
  name     = "live"
}

run "an_unknown_catalogue_is_refused" {
  command = plan

  variables {
    catalogue = "everything"
  }

  expect_failures = [var.catalogue]
}

run "the_full_catalogue_without_a_protocol_is_refused" {
  command = plan

  variables {
    catalogue = "full"
  }

  expect_failures = [var.catalogue]
}

run "an_unknown_kind_of_content_is_refused" {
  command = plan

  variables {
    content_quality = ["subtitles"]
  }

  expect_failures = [var.content_quality]
}

run "an_unknown_protocol_is_refused" {
  command = plan

  variables {
    protocol = "rtmp"
  }

  expect_failures = [var.protocol]
}

run "an_unknown_redundancy_is_refused" {
  command = plan

  variables {
    redundancy = "MANUAL"
  }

  expect_failures = [var.redundancy]
}

run "a_merge_of_srt_is_refused" {
  command = plan

  variables {
    protocol   = "srt-listener"
    redundancy = "MERGE"
  }

  expect_failures = [var.redundancy]
}

run "an_unknown_signal_is_refused" {
  command = plan

  variables {
    signals = { loudness = {} }
  }

  expect_failures = [var.signals]
}

run "a_signal_without_a_threshold_is_refused" {
  command = plan

  variables {
    signals = { bit-rate-low = {} }
  }

  expect_failures = [var.signals]
}

run "a_round_trip_without_a_latency_is_refused" {
  command = plan

  variables {
    signals = { round-trip = {} }
  }

  expect_failures = [var.signals]
}

run "a_signal_s_period_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    signals = { jitter = { period_seconds = 45 } }
  }

  expect_failures = [var.signals]
}

run "half_a_period_is_refused" {
  command = plan

  variables {
    signals = { jitter = { evaluation_periods = 1.5 } }
  }

  expect_failures = [var.signals]
}

run "more_datapoints_of_a_signal_than_periods_is_refused" {
  command = plan

  variables {
    signals = { continuity = { datapoints_to_alarm = 6 } }
  }

  expect_failures = [var.signals]
}

run "more_than_a_day_of_a_signal_is_refused" {
  command = plan

  variables {
    signals = { jitter = { evaluation_periods = 300 } }
  }

  expect_failures = [var.signals]
}

run "an_unknown_severity_of_a_signal_is_refused" {
  command = plan

  variables {
    signals = { jitter = { severity = "URGENT" } }
  }

  expect_failures = [var.signals]
}

run "a_band_without_width_is_refused" {
  command = plan

  variables {
    signals = { jitter = { anomaly = { band_width = 0 } } }
  }

  expect_failures = [var.signals]
}

run "an_unknown_direction_is_refused" {
  command = plan

  variables {
    signals = { jitter = { anomaly = { direction = "sideways" } } }
  }

  expect_failures = [var.signals]
}

run "a_band_of_ten_seconds_is_refused" {
  command = plan

  variables {
    signals = { jitter = { anomaly = { period_seconds = 10 } } }
  }

  expect_failures = [var.signals]
}

run "an_unknown_summary_is_refused" {
  command = plan

  variables {
    summaries = { offline = {} }
  }

  expect_failures = [var.summaries]
}

run "an_unknown_severity_of_a_summary_is_refused" {
  command = plan

  variables {
    summaries = { down = { severity = "URGENT" } }
  }

  expect_failures = [var.summaries]
}

run "an_unknown_way_to_notify_is_refused" {
  command = plan

  variables {
    notify = "everybody"
  }

  expect_failures = [var.notify]
}

run "summaries_that_there_are_not_is_refused" {
  command = plan

  variables {
    notify = "summaries"
  }

  expect_failures = [var.notify]
}

run "a_mute_of_single_alarms_is_refused" {
  command = plan

  variables {
    mute = { alarm = "planned-work" }
  }

  expect_failures = [var.mute]
}

run "a_latency_of_zero_is_refused" {
  command = plan

  variables {
    source_latency_milliseconds = 0
  }

  expect_failures = [var.source_latency_milliseconds]
}

run "a_mute_by_nothing_is_refused" {
  command = plan

  variables {
    catalogue = "full"
    mute      = {}
    notify    = "summaries"
    protocol  = "rtp"
  }

  expect_failures = [var.mute]
}

run "a_mute_by_two_is_refused" {
  command = plan

  variables {
    catalogue = "full"
    mute      = { alarm = "planned-work", windows = { weekly = { day = "Monday", start_hour = 3 } } }
    notify    = "summaries"
    protocol  = "rtp"
  }

  expect_failures = [var.mute]
}

run "a_window_on_no_day_is_refused" {
  command = plan

  variables {
    catalogue = "full"
    mute      = { windows = { weekly = { day = "monday", start_hour = 3 } } }
    notify    = "summaries"
    protocol  = "rtp"
  }

  expect_failures = [var.mute]
}

run "a_window_at_no_hour_is_refused" {
  command = plan

  variables {
    catalogue = "full"
    mute      = { windows = { weekly = { day = "Monday", start_hour = 24 } } }
    notify    = "summaries"
    protocol  = "rtp"
  }

  expect_failures = [var.mute]
}

run "a_window_of_two_days_is_refused" {
  command = plan

  variables {
    catalogue = "full"
    mute      = { windows = { weekly = { day = "Monday", hours = 48, start_hour = 3 } } }
    notify    = "summaries"
    protocol  = "rtp"
  }

  expect_failures = [var.mute]
}

run "a_negative_wait_is_refused" {
  command = plan

  variables {
    catalogue = "full"
    mute      = { alarm = "planned-work", wait_seconds = -1 }
    notify    = "summaries"
    protocol  = "rtp"
  }

  expect_failures = [var.mute]
}
