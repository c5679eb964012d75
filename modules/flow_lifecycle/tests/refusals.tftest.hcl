mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  flows = { studio = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-2:studio" }
  name  = "live"
}

run "no_flow_at_all_is_refused" {
  command = plan

  variables {
    flows = {}
  }

  expect_failures = [var.flows]
}

run "an_arn_that_is_no_flow_s_is_refused" {
  command = plan

  variables {
    flows = { studio = "arn:aws:mediaconnect:eu-central-1:123456789012:source:1-2:studio" }
  }

  expect_failures = [var.flows]
}

run "a_flow_s_key_with_capitals_is_refused" {
  command = plan

  variables {
    flows = { Studio = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-2:studio" }
  }

  expect_failures = [var.flows]
}

run "a_flow_of_another_region_is_refused" {
  command = plan

  variables {
    flows = { studio = "arn:aws:mediaconnect:us-east-1:123456789012:flow:1-2:studio" }
  }

  expect_failures = [var.flows]
}

run "one_flow_under_two_keys_is_refused" {
  command = plan

  variables {
    flows = { a = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-2:studio", b = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-2:studio" }
  }

  expect_failures = [var.flows]
}

run "a_name_that_leaves_no_room_for_the_group_s_is_refused" {
  command = plan

  variables {
    name = "a23456789-123456789-123456789-123456789-123456789x"
  }

  expect_failures = [var.name]
}

run "an_event_age_below_a_minute_is_refused" {
  command = plan

  variables {
    maximum_event_age_seconds = 59
  }

  expect_failures = [var.maximum_event_age_seconds]
}

run "more_retries_than_scheduler_has_is_refused" {
  command = plan

  variables {
    maximum_retry_attempts = 186
  }

  expect_failures = [var.maximum_retry_attempts]
}

run "a_settle_time_of_half_seconds_is_refused" {
  command = plan

  variables {
    settle_timeout_seconds = 30.5
  }

  expect_failures = [var.settle_timeout_seconds]
}

run "a_scheduled_restart_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "restart", flow = "studio", schedule_expression = "rate(1 day)" } }
  }

  expect_failures = [var.schedules]
}

run "a_schedule_for_a_flow_that_is_not_there_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", flow = "arena", schedule_expression = "rate(1 day)" } }
  }

  expect_failures = [var.schedules]
}

run "a_cron_with_five_fields_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", flow = "studio", schedule_expression = "cron(0 19 ? * MON-FRI)" } }
  }

  expect_failures = [var.schedules]
}

run "a_cron_with_both_fields_for_days_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", flow = "studio", schedule_expression = "cron(0 19 * * FRI *)" } }
  }

  expect_failures = [var.schedules]
}

run "a_moment_with_a_zone_in_it_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", flow = "studio", schedule_expression = "at(2027-01-02T13:00:00Z)" } }
  }

  expect_failures = [var.schedules]
}

run "an_abbreviated_zone_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", flow = "studio", schedule_expression = "rate(1 day)", timezone = "CET" } }
  }

  expect_failures = [var.schedules]
}

run "a_start_that_is_no_moment_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", flow = "studio", schedule_expression = "rate(1 day)", start = "tomorrow" } }
  }

  expect_failures = [var.schedules]
}

run "a_start_in_local_time_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", flow = "studio", schedule_expression = "rate(1 day)", start = "2027-01-02T13:00:00+01:00" } }
  }

  expect_failures = [var.schedules]
}

run "an_end_before_the_start_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", end = "2027-01-02T12:00:00Z", flow = "studio", schedule_expression = "rate(1 day)", start = "2027-01-02T13:00:00Z" } }
  }

  expect_failures = [var.schedules]
}

run "one_moment_with_an_end_is_refused" {
  command = plan

  variables {
    schedules = { one = { action = "start", end = "2027-01-03T12:00:00Z", flow = "studio", schedule_expression = "at(2027-01-02T13:00:00)" } }
  }

  expect_failures = [var.schedules]
}

run "a_schedule_s_name_with_a_space_is_refused" {
  command = plan

  variables {
    schedules = { "one more" = { action = "start", flow = "studio", schedule_expression = "rate(1 day)" } }
  }

  expect_failures = [var.schedules]
}
