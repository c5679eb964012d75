# The catalogue as this flow has it: the preset, then what `signals` says. A signal that `signals` names is on unless it says not.
locals {
  overrides = { for signal in keys(local.definitions) : signal => try(var.signals[signal], null) }

  # Every signal that has a threshold, switched on for the flow or not: single sources and outputs may have it all the same.
  settings = {
    for signal, definition in local.definitions : signal => {
      comparison          = definition.comparison
      datapoints_to_alarm = coalesce(try(local.overrides[signal].datapoints_to_alarm, null), local.wanted_periods[signal].same ? definition.datapoints_to_alarm : null, local.wanted_periods[signal].count)
      description         = definition.description
      evaluation_periods  = local.wanted_periods[signal].count
      gated               = definition.gated
      metric              = definition.metric
      period_seconds      = coalesce(try(local.overrides[signal].period_seconds, null), definition.period_seconds)
      severity            = coalesce(try(local.overrides[signal].severity, null), definition.severity)
      statistic           = definition.statistic
      summary             = definition.summary
      threshold           = try(local.overrides[signal].threshold, null) != null ? local.overrides[signal].threshold : definition.threshold
      unit                = definition.unit
    } if definition.threshold != null || try(local.overrides[signal].threshold, null) != null
  }

  signals = { for signal, settings in local.settings : signal => settings if local.switched_on[signal] }

  switched_on = {
    for signal, definition in local.definitions : signal => (
      local.overrides[signal] != null ? local.overrides[signal].enabled : var.catalogue == "full" ? definition.full : definition.basic
    )
  }

  # With another number of periods and no word on how many of them count, all of them do.
  wanted_periods = {
    for signal, definition in local.definitions : signal => {
      count = coalesce(try(local.overrides[signal].evaluation_periods, null), definition.evaluation_periods)
      same  = try(local.overrides[signal].evaluation_periods, null) == null
    }
  }

  # By the resource that makes their alarms.
  bit_rate_signals = { for signal, settings in local.signals : signal => settings if signal == "bit-rate-low" }
  gated_signals    = { for signal, settings in local.signals : signal => settings if settings.gated && signal != "bit-rate-low" }
  metric_signals   = { for signal, settings in local.signals : signal => settings if !settings.gated }

  # Where alarms are told of: each by itself, or their summaries only.
  signal_actions  = compact([var.notify == "signals" ? var.direct_alarm_topic_arn : null])
  summary_actions = compact([var.notify == "summaries" ? var.direct_alarm_topic_arn : null])
}
