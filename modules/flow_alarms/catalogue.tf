# The one home of the numbers: alarms, summaries, the monitor's thresholds and the dashboard's lines all come from here.
# Every signal that there is, with its defaults. `full` says whether the full preset has it for this flow; `summary` is the composite
# alarm that it counts towards; `gated` ones are silent off air, and without data breach on air.
# Names of the metrics: https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-list.html
locals {
  bit_rate_floor = var.nominal_bit_rate == null ? null : var.alarms.bit_rate_low.fraction_of_nominal * var.nominal_bit_rate

  # What a protocol can do. An unknown one can do nothing.
  connects       = contains(["rist", "srt-caller", "srt-listener", "zixi-push"], coalesce(var.protocol, "none"))
  repairs        = local.connects || var.protocol == "rtp-fec"
  has_ts         = local.repairs || var.protocol == "rtp"
  round_trip_max = var.source_latency_milliseconds == null ? null : var.source_latency_milliseconds / 4

  definitions = merge(local.basic_definitions, local.source_definitions, local.transport_stream_definitions, local.picture_definitions, local.output_definitions)

  basic_definitions = {
    "bit-rate-low" = {
      basic               = var.alarms.bit_rate_low.enabled
      comparison          = "LessThanThreshold"
      datapoints_to_alarm = var.alarms.bit_rate_low.datapoints_to_alarm
      description         = "The bit rate of the source is below its floor while the flow is on air."
      evaluation_periods  = var.alarms.bit_rate_low.evaluation_periods
      full                = var.alarms.bit_rate_low.enabled
      gated               = true
      metric              = "SourceBitRate"
      period_seconds      = var.alarms.bit_rate_low.period_seconds
      severity            = var.alarms.bit_rate_low.severity
      statistic           = "Average"
      summary             = "degraded"
      threshold           = local.bit_rate_floor
      unit                = "Bits/Second"
    }
    "jitter" = {
      basic               = var.alarms.jitter.enabled
      comparison          = "GreaterThanThreshold"
      datapoints_to_alarm = var.alarms.jitter.datapoints_to_alarm
      description         = "Jitter of the source is too high."
      evaluation_periods  = var.alarms.jitter.evaluation_periods
      full                = var.alarms.jitter.enabled && local.has_ts
      gated               = false
      metric              = "SourceJitter"
      period_seconds      = var.alarms.jitter.period_seconds
      severity            = var.alarms.jitter.severity
      statistic           = "Maximum"
      summary             = "degraded"
      threshold           = var.alarms.jitter.threshold_milliseconds
      unit                = "Milliseconds"
    }
    "packet-loss" = {
      basic               = var.alarms.packet_loss.enabled
      comparison          = "GreaterThanThreshold"
      datapoints_to_alarm = var.alarms.packet_loss.datapoints_to_alarm
      description         = "The source loses packets."
      evaluation_periods  = var.alarms.packet_loss.evaluation_periods
      full                = var.alarms.packet_loss.enabled && !local.repairs
      gated               = false
      metric              = "SourcePacketLossPercent"
      period_seconds      = var.alarms.packet_loss.period_seconds
      severity            = var.alarms.packet_loss.severity
      statistic           = "Maximum"
      summary             = "degraded"
      threshold           = var.alarms.packet_loss.threshold_percent
      unit                = "Percent"
    }
    "packet-loss-trigger" = {
      basic               = var.alarms.packet_loss_trigger.enabled
      comparison          = "GreaterThanThreshold"
      datapoints_to_alarm = var.alarms.packet_loss_trigger.datapoints_to_alarm
      description         = "The source loses packets on average: the sensitive trigger of the stream monitor."
      evaluation_periods  = var.alarms.packet_loss_trigger.evaluation_periods
      full                = var.alarms.packet_loss_trigger.enabled && !local.repairs
      gated               = false
      metric              = "SourcePacketLossPercent"
      period_seconds      = var.alarms.packet_loss_trigger.period_seconds
      severity            = var.alarms.packet_loss_trigger.severity
      statistic           = "Average"
      summary             = "degraded"
      threshold           = var.alarms.packet_loss_trigger.threshold_percent
      unit                = "Percent"
    }
  }

  # Under the flow's ARN a source metric has the samples of all sources: with two, the maximum is the better one's.
  source_definitions = {
    for signal, definition in {
      "disconnected" = {
        comparison          = "LessThanThreshold"
        datapoints_to_alarm = 2
        description         = "No source is connected."
        evaluation_periods  = 2
        full                = local.connects
        metric              = "SourceConnected"
        period_seconds      = 10
        severity            = "HIGH"
        statistic           = var.redundancy == null ? "Minimum" : "Maximum"
        summary             = "down"
        threshold           = 1
        unit                = "None"
      }
      "failover-switch" = {
        comparison          = "GreaterThanOrEqualToThreshold"
        datapoints_to_alarm = 1
        description         = "The flow has switched to its other source."
        evaluation_periods  = 1
        full                = var.redundancy == "FAILOVER"
        metric              = "FailoverSwitches"
        period_seconds      = 60
        severity            = "MEDIUM"
        statistic           = "Sum"
        summary             = "early-warning"
        threshold           = 1
        unit                = "Count"
      }
      "flapping" = {
        comparison          = "GreaterThanOrEqualToThreshold"
        datapoints_to_alarm = 1
        description         = "The flow switches to and fro between its sources."
        evaluation_periods  = 1
        full                = var.redundancy == "FAILOVER"
        metric              = "FailoverSwitches"
        period_seconds      = 300
        severity            = "HIGH"
        statistic           = "Sum"
        summary             = "degraded"
        threshold           = 3
        unit                = "Count"
      }
      "merge-inactive" = {
        comparison          = "LessThanThreshold"
        datapoints_to_alarm = 1
        description         = "At least one of the merged sources is missing."
        evaluation_periods  = 1
        full                = var.redundancy == "MERGE"
        metric              = "MergeActive"
        period_seconds      = 60
        severity            = "LOW"
        statistic           = "Minimum"
        summary             = "redundancy-lost"
        threshold           = 1
        unit                = "None"
      }
      "no-bit-rate" = {
        comparison          = "LessThanThreshold"
        datapoints_to_alarm = 3
        description         = "Nothing arrives from any source while the flow is on air."
        evaluation_periods  = 3
        full                = true
        metric              = "SourceBitRate"
        period_seconds      = 60
        severity            = "HIGH"
        statistic           = "Maximum"
        summary             = "down"
        threshold           = 1
        unit                = "Bits/Second"
      }
      "not-recovered" = {
        comparison          = "GreaterThanThreshold"
        datapoints_to_alarm = 3
        description         = "Packets are lost again and again that error correction could not recover."
        evaluation_periods  = 5
        full                = local.repairs
        metric              = "SourceNotRecoveredPackets"
        period_seconds      = 60
        severity            = "MEDIUM"
        statistic           = "Sum"
        summary             = "degraded"
        threshold           = 0
        unit                = "Count"
      }
      "not-recovered-burst" = {
        comparison          = "GreaterThanThreshold"
        datapoints_to_alarm = 1
        description         = "Many packets are lost at once that error correction could not recover."
        evaluation_periods  = 1
        full                = local.repairs
        metric              = "SourceNotRecoveredPackets"
        period_seconds      = 60
        severity            = "HIGH"
        statistic           = "Sum"
        summary             = "degraded"
        threshold           = 100
        unit                = "Count"
      }
      "round-trip" = {
        comparison          = "GreaterThanThreshold"
        datapoints_to_alarm = 3
        description         = "The round trip to the source takes more than a quarter of the source's latency: repeated packets come too late."
        evaluation_periods  = 5
        full                = local.connects && local.round_trip_max != null
        metric              = "SourceRoundTripTime"
        period_seconds      = 60
        severity            = "LOW"
        statistic           = "Average"
        summary             = "early-warning"
        threshold           = local.round_trip_max
        unit                = "Milliseconds"
      }
      "source-disconnected" = {
        comparison          = "LessThanThreshold"
        datapoints_to_alarm = 2
        description         = "At least one of the sources is not connected."
        evaluation_periods  = 2
        full                = local.connects && var.redundancy == "FAILOVER"
        metric              = "SourceConnected"
        period_seconds      = 60
        severity            = "LOW"
        statistic           = "Minimum"
        summary             = "redundancy-lost"
        threshold           = 1
        unit                = "None"
      }
    } : signal => merge(definition, { basic = false, gated = signal == "no-bit-rate" })
  }

  # TR 101 290, first priority.
  transport_stream_definitions = {
    for signal, about in {
      "continuity"   = { metric = "SourceContinuityCounter", description = "Packets of the transport stream are missing or out of order." }
      "pat-error"    = { metric = "SourcePATError", description = "The programme association table (PAT) of the transport stream is missing." }
      "pmt-error"    = { metric = "SourcePMTError", description = "A programme map table (PMT) of the transport stream is missing or late." }
      "ts-sync-loss" = { metric = "SourceTSSyncLoss", description = "The transport stream loses its synchronisation." }
      } : signal => merge(about, {
        basic               = false
        comparison          = "GreaterThanThreshold"
        datapoints_to_alarm = 3
        evaluation_periods  = 5
        full                = local.has_ts
        gated               = false
        period_seconds      = 60
        severity            = "MEDIUM"
        statistic           = "Sum"
        summary             = "degraded"
        threshold           = 0
        unit                = "Count"
    })
  }

  # 0 or 1, from MediaConnect's content quality analysis, which the flow has to have switched on.
  picture_definitions = {
    for signal, about in {
      "audio-missing" = { kind = "audio", metric = "AudioStreamMissing", severity = "MEDIUM", description = "The stream has no audio." }
      "black-frames"  = { kind = "video", metric = "BlackFramesBreaching", severity = "HIGH", description = "The picture is black." }
      "frozen-frames" = { kind = "video", metric = "FrozenFramesBreaching", severity = "HIGH", description = "The picture stands still." }
      "silent-audio"  = { kind = "audio", metric = "SilentAudioBreaching", severity = "MEDIUM", description = "The sound is silent." }
      "video-missing" = { kind = "video", metric = "VideoStreamMissing", severity = "HIGH", description = "The stream has no video." }
      } : signal => {
      basic               = false
      comparison          = "GreaterThanOrEqualToThreshold"
      datapoints_to_alarm = 1
      description         = about.description
      evaluation_periods  = 1
      full                = local.has_ts && contains(var.content_quality, about.kind)
      gated               = false
      metric              = about.metric
      period_seconds      = 60
      severity            = about.severity
      statistic           = "Maximum"
      summary             = "degraded"
      threshold           = 1
      unit                = "None"
    }
  }

  # Not in the full preset: whether a receiver that is gone is anybody's fault here, nobody but you knows. OutputConnected and
  # OutputDisconnections are there for SRT and Zixi, OutputNotRecoveredPackets for outputs to MediaLive.
  # https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-output-health.html
  output_definitions = {
    for signal, definition in {
      "output-disconnected" = {
        comparison          = "LessThanThreshold"
        datapoints_to_alarm = 2
        description         = "At least one output is not connected."
        evaluation_periods  = 2
        metric              = "OutputConnected"
        period_seconds      = 60
        severity            = "MEDIUM"
        statistic           = "Minimum"
        threshold           = 1
        unit                = "None"
      }
      "output-not-recovered" = {
        comparison          = "GreaterThanThreshold"
        datapoints_to_alarm = 3
        description         = "Packets are lost again and again on the way from an output, and not recovered."
        evaluation_periods  = 5
        metric              = "OutputNotRecoveredPackets"
        period_seconds      = 60
        severity            = "MEDIUM"
        statistic           = "Sum"
        threshold           = 0
        unit                = "Count"
      }
      "output-reconnecting" = {
        comparison          = "GreaterThanOrEqualToThreshold"
        datapoints_to_alarm = 1
        description         = "Outputs lose their connection again and again."
        evaluation_periods  = 1
        metric              = "OutputDisconnections"
        period_seconds      = 300
        severity            = "LOW"
        statistic           = "Sum"
        threshold           = 3
        unit                = "Count"
      }
    } : signal => merge(definition, { basic = false, full = false, gated = false, summary = "output-degraded" })
  }
}
