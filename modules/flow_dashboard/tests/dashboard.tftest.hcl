mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  name = "live-flows"
  flows = {
    studio-a = {
      alarm_arns = ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:live/studio-a/jitter"]
      arn        = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
      name       = "live-studio-a"
      thresholds = [
        { comparison = "GreaterThanThreshold", metric = "SourcePacketLossPercent", severity = "HIGH", statistic = "Maximum", threshold = 0.1, unit = "Percent" },
        { comparison = "GreaterThanThreshold", metric = "SourceJitter", severity = "MEDIUM", statistic = "Maximum", threshold = 50, unit = "Milliseconds" },
      ]
    }
    studio-b = {
      arn  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-GhIjKl-789012:live-studio-b"
      name = "live-studio-b"
    }
  }
}

run "each_flow_has_its_own_rows" {
  assert {
    condition = alltrue(flatten([
      for first_index, first in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [
        for second_index, second in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
        first_index >= second_index
        || first.x + first.width <= second.x || second.x + second.width <= first.x
        || first.y + first.height <= second.y || second.y + second.height <= first.y
      ]
    ]))
    error_message = "No two widgets may overlap."
  }

  assert {
    condition = alltrue([
      for name in ["live-studio-a", "live-studio-b"] :
      anytrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : strcontains(widget.properties.title, name)])
    ])
    error_message = "Every flow must be named by its widgets."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.x + widget.width <= 24])
    error_message = "A dashboard is 24 columns wide."
  }
}

run "thresholds_are_lines_on_the_axis_of_their_metric" {
  assert {
    condition = contains(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : try(widget.properties.annotations.horizontal, []) if strcontains(widget.properties.title, "live-studio-a")
    ]), { label = "HIGH (Maximum)", value = 0.1, yAxis = "left" })
    error_message = "Packet loss must have its line on the left axis."
  }

  assert {
    condition = contains(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : try(widget.properties.annotations.horizontal, []) if strcontains(widget.properties.title, "live-studio-a")
    ]), { label = "MEDIUM (Maximum)", value = 50, yAxis = "right" })
    error_message = "Jitter must have its line on the right axis."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : !can(widget.properties.annotations) if strcontains(widget.properties.title, "live-studio-b")
    ])
    error_message = "A flow without thresholds must have no lines, not another flow's."
  }
}

run "alarms_are_shown_where_there_are_any" {
  assert {
    condition = [
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.alarms if widget.type == "alarm"
    ] == [["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:live/studio-a/jitter"]]
    error_message = "Only the flow with alarms may have an alarm widget, with its own alarms."
  }
}

run "the_address_names_the_region" {
  variables {
    region = "us-east-1"
  }

  assert {
    condition     = output.url == "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/live-flows"
    error_message = "The address must lead to this dashboard in this Region."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.region == "us-east-1" if widget.type == "metric"])
    error_message = "Metrics must come from the Region that was given."
  }
}

run "a_dashboard_that_would_be_too_large_is_refused" {
  command = plan

  variables {
    flows = { for number in range(200) : "f${number}" => {
      alarm_arns = ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:live/f${number}/jitter"]
      arn        = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-f${number}"
      name       = "live-f${number}"
    } }
  }

  expect_failures = [aws_cloudwatch_dashboard.this]
}

run "an_empty_dashboard_is_refused" {
  command = plan

  variables {
    flows = {}
  }

  expect_failures = [var.flows]
}

run "an_unknown_detail_is_refused" {
  command = plan

  variables {
    flows = { studio-a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a", detail = "all", name = "live-studio-a" } }
  }

  expect_failures = [var.flows]
}

run "an_unknown_protocol_is_refused" {
  command = plan

  variables {
    flows = { studio-a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a", name = "live-studio-a", protocol = "rtmp" } }
  }

  expect_failures = [var.flows]
}

run "an_unknown_redundancy_is_refused" {
  command = plan

  variables {
    flows = { studio-a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a", name = "live-studio-a", redundancy = "MANUAL" } }
  }

  expect_failures = [var.flows]
}

run "an_unknown_kind_of_content_is_refused" {
  command = plan

  variables {
    flows = { studio-a = { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a", content_quality = ["subtitles"], name = "live-studio-a" } }
  }

  expect_failures = [var.flows]
}

run "more_alarms_than_a_widget_takes_are_refused" {
  command = plan

  variables {
    flows = { studio-a = {
      alarm_arns = [for number in range(101) : "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:live/studio-a/s${number}"]
      arn        = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
      detail     = "full"
      name       = "live-studio-a"
    } }
  }

  expect_failures = [aws_cloudwatch_dashboard.this]
}

run "more_outputs_than_the_dashboard_takes_are_refused" {
  command = plan

  variables {
    flows = { for key in ["a", "b"] : key => {
      arn      = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-${key}"
      detail   = "full"
      name     = "live-${key}"
      outputs  = { for number in range(101) : "out-${number}" => { arn = "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-o${number}:out-${number}" } }
      protocol = "rtp"
    } }
  }

  expect_failures = [aws_cloudwatch_dashboard.this]
}
