# The one home of the numbers: alarms, the monitor's thresholds and the dashboard's lines all come from here.
locals {
  bit_rate_floor = var.nominal_bit_rate == null ? null : var.alarms.bit_rate_low.fraction_of_nominal * var.nominal_bit_rate

  # Signals on one metric, by the last part of the alarm's name.
  metric_signals = {
    for signal, alarm in {
      "jitter" = {
        comparison  = "GreaterThanThreshold"
        description = "Jitter of the source is too high."
        metric      = "SourceJitter"
        settings    = var.alarms.jitter
        statistic   = "Maximum"
        threshold   = var.alarms.jitter.threshold_milliseconds
        unit        = "Milliseconds"
      }
      "packet-loss" = {
        comparison  = "GreaterThanThreshold"
        description = "The source loses packets."
        metric      = "SourcePacketLossPercent"
        settings    = var.alarms.packet_loss
        statistic   = "Maximum"
        threshold   = var.alarms.packet_loss.threshold_percent
        unit        = "Percent"
      }
      "packet-loss-trigger" = {
        comparison  = "GreaterThanThreshold"
        description = "The source loses packets on average: the sensitive trigger of the stream monitor."
        metric      = "SourcePacketLossPercent"
        settings    = var.alarms.packet_loss_trigger
        statistic   = "Average"
        threshold   = var.alarms.packet_loss_trigger.threshold_percent
        unit        = "Percent"
      }
    } : signal => alarm if alarm.settings.enabled
  }

  bit_rate_signals = {
    for signal, alarm in {
      "bit-rate-low" = {
        comparison = "LessThanThreshold"
        metric     = "SourceBitRate"
        settings   = var.alarms.bit_rate_low
        statistic  = "Average"
        threshold  = local.bit_rate_floor
        unit       = "Bits/Second"
      }
    } : signal => alarm if alarm.settings.enabled && var.nominal_bit_rate != null
  }
}
