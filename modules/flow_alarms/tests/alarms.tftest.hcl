mock_provider "aws" {}

variables {
  flow_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a"
  flow_key = "studio-a"
  name     = "live"
}

run "without_a_nominal_bit_rate_there_are_three_alarms" {
  assert {
    condition = output.alarm_names == {
      "jitter"              = "live/studio-a/jitter"
      "packet-loss"         = "live/studio-a/packet-loss"
      "packet-loss-trigger" = "live/studio-a/packet-loss-trigger"
    }
    error_message = "The catalogue without a bit-rate floor is packet loss, its trigger and jitter, named <name>/<flow key>/<signal>."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.metric["packet-loss"].metric_name == "SourcePacketLossPercent"
      && aws_cloudwatch_metric_alarm.metric["packet-loss"].statistic == "Maximum"
      && aws_cloudwatch_metric_alarm.metric["packet-loss"].threshold == 0.1
      && aws_cloudwatch_metric_alarm.metric["packet-loss"].period == 300
      && aws_cloudwatch_metric_alarm.metric["packet-loss"].treat_missing_data == "notBreaching"
    )
    error_message = "Packet loss must alarm above 0.1 % maximum over 300 s, and stay quiet without data."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.metric["packet-loss-trigger"].statistic == "Average"
      && aws_cloudwatch_metric_alarm.metric["packet-loss-trigger"].threshold == 0.05
      && aws_cloudwatch_metric_alarm.metric["packet-loss-trigger"].period == 60
    )
    error_message = "The trigger must alarm above 0.05 % average over 60 s."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.metric["jitter"].threshold == 50
      && aws_cloudwatch_metric_alarm.metric["jitter"].evaluation_periods == 2
      && aws_cloudwatch_metric_alarm.metric["jitter"].datapoints_to_alarm == 2
    )
    error_message = "Jitter must alarm above 50 ms in 2 of 2 periods."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.metric : alarm.dimensions == tomap({ FlowARN = var.flow_arn }) && length(alarm.alarm_actions) == 0])
    error_message = "Every alarm must look at this flow, and act on nothing unless told."
  }
}

run "the_bit_rate_floor_is_the_fraction_of_the_nominal_bit_rate" {
  variables {
    direct_alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
    nominal_bit_rate       = 20000000
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.bit_rate["bit-rate-low"].threshold == 14000000
    error_message = "70 % of 20 Mb/s are 14 Mb/s."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.bit_rate["bit-rate-low"].treat_missing_data == "breaching"
    error_message = "A flow on air without bit rate must alarm."
  }

  assert {
    condition = one([
      for query in aws_cloudwatch_metric_alarm.bit_rate["bit-rate-low"].metric_query : query.expression if query.return_data == true
    ]) == "IF(FILL(FILL(active, REPEAT), 0) > 0, bit_rate, 14000000)"
    error_message = "The expression must be the floor itself while the flow is not on air."
  }

  assert {
    condition = alltrue([
      for alarm in merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.bit_rate) :
      alarm.alarm_actions == toset([var.direct_alarm_topic_arn]) && alarm.ok_actions == toset([var.direct_alarm_topic_arn])
    ])
    error_message = "With a direct topic every alarm must tell it of ALARM and OK."
  }

  assert {
    condition = output.thresholds == [
      { comparison = "LessThanThreshold", metric = "SourceBitRate", severity = "HIGH", statistic = "Average", threshold = 14000000, unit = "Bits/Second" },
      { comparison = "GreaterThanThreshold", metric = "SourceJitter", severity = "MEDIUM", statistic = "Maximum", threshold = 50, unit = "Milliseconds" },
      { comparison = "GreaterThanThreshold", metric = "SourcePacketLossPercent", severity = "HIGH", statistic = "Maximum", threshold = 0.1, unit = "Percent" },
      { comparison = "GreaterThanThreshold", metric = "SourcePacketLossPercent", severity = "HIGH", statistic = "Average", threshold = 0.05, unit = "Percent" },
    ]
    error_message = "The thresholds must be the alarms' own numbers."
  }
}

run "numbers_can_be_changed_one_by_one" {
  variables {
    alarms = {
      jitter              = { evaluation_periods = 5, datapoints_to_alarm = 3, period_seconds = 10, severity = "LOW", threshold_milliseconds = 30 }
      packet_loss         = { threshold_percent = 0 }
      packet_loss_trigger = { enabled = false }
    }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["jitter"].datapoints_to_alarm == 3 && aws_cloudwatch_metric_alarm.metric["jitter"].period == 10
    error_message = "Jitter must take 3 of 5 periods of 10 s."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["packet-loss"].threshold == 0 && aws_cloudwatch_metric_alarm.metric["packet-loss"].period == 300
    error_message = "A threshold of 0 must be taken as it is, the rest from the defaults."
  }

  assert {
    condition     = !contains(keys(output.alarm_names), "packet-loss-trigger") && length(output.thresholds) == 2
    error_message = "A signal that is switched off must have neither alarm nor threshold."
  }
}

run "null_means_the_default" {
  variables {
    alarms = { packet_loss = null, jitter = { period_seconds = null } }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["jitter"].period == 300 && aws_cloudwatch_metric_alarm.metric["packet-loss"].threshold == 0.1
    error_message = "What is null must be the default: stream_monitor passes nulls through."
  }
}
