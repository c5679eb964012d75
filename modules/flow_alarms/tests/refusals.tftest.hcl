mock_provider "aws" {}

variables {
  flow_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
  flow_key = "studio-a"
  name     = "live"
}

run "a_negative_threshold_is_refused" {
  command = plan

  variables {
    alarms = { packet_loss = { threshold_percent = -0.1 } }
  }

  expect_failures = [var.alarms]
}

run "a_negative_jitter_is_refused" {
  command = plan

  variables {
    alarms = { jitter = { threshold_milliseconds = -1 } }
  }

  expect_failures = [var.alarms]
}

run "a_period_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    alarms = { jitter = { period_seconds = 45 } }
  }

  expect_failures = [var.alarms]
}

run "a_period_of_zero_is_refused" {
  command = plan

  variables {
    alarms = { jitter = { period_seconds = 0 } }
  }

  expect_failures = [var.alarms]
}

run "more_datapoints_than_periods_are_refused" {
  command = plan

  variables {
    alarms = { jitter = { evaluation_periods = 2, datapoints_to_alarm = 3 } }
  }

  expect_failures = [var.alarms]
}

run "more_than_a_day_is_refused" {
  command = plan

  variables {
    alarms = { jitter = { evaluation_periods = 300, period_seconds = 300 } }
  }

  expect_failures = [var.alarms]
}

run "an_unknown_severity_is_refused" {
  command = plan

  variables {
    alarms = { jitter = { severity = "URGENT" } }
  }

  expect_failures = [var.alarms]
}

run "a_floor_above_the_nominal_bit_rate_is_refused" {
  command = plan

  variables {
    alarms = { bit_rate_low = { fraction_of_nominal = 1.1 } }
  }

  expect_failures = [var.alarms]
}

run "a_nominal_bit_rate_of_zero_is_refused" {
  command = plan

  variables {
    nominal_bit_rate = 0
  }

  expect_failures = [var.nominal_bit_rate]
}

run "a_topic_that_is_no_arn_is_refused" {
  command = plan

  variables {
    direct_alarm_topic_arn = "live-direct"
  }

  expect_failures = [var.direct_alarm_topic_arn]
}

run "an_arn_of_no_flow_is_refused" {
  command = plan

  variables {
    flow_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-AbCdEf:a"
  }

  expect_failures = [var.flow_arn]
}

run "a_key_with_a_slash_is_refused" {
  command = plan

  variables {
    flow_key = "studio/a"
  }

  expect_failures = [var.flow_key]
}

run "a_name_with_a_capital_is_refused" {
  command = plan

  variables {
    name = "Live"
  }

  expect_failures = [var.name]
}
