# Composite alarms: one state for all that is wrong with the flow in one way. A worse summary silences the ones below it. Their names have
# dots, so that the stream monitor's rule, which listens for `<name>/`, does not hear them: their signals have started it already.
locals {
  summary_definitions = {
    "degraded"        = { description = "The flow carries a picture that is not as it should be.", severity = "MEDIUM", silenced_by = ["down"] }
    "down"            = { description = "Nothing arrives at the flow.", severity = "HIGH", silenced_by = [] }
    "early-warning"   = { description = "The flow behaves unusually; viewers see nothing of it yet.", severity = "LOW", silenced_by = ["degraded", "down"] }
    "output-degraded" = { description = "An output does not deliver what it should.", severity = "MEDIUM", silenced_by = ["down"] }
    "redundancy-lost" = { description = "The flow has lost a source; viewers see nothing until the other fails too.", severity = "LOW", silenced_by = ["down"] }
  }

  # Names as text, by summary: what the rule says, and in which order, must not depend on whether the alarms are there yet.
  summary_alarms = {
    for summary in keys(local.summary_definitions) : summary => concat(
      [for signal, settings in local.signals : "${var.name}/${var.flow_key}/${signal}" if settings.summary == summary],
      [for signal in keys(local.anomaly_signals) : "${var.name}.${var.flow_key}.${signal}-anomaly" if summary == "early-warning"],
      [for alarm, settings in local.source_alarms : "${var.name}.${var.flow_key}.${alarm}" if local.redundant && summary == (contains(["disconnected", "no-bit-rate"], settings.signal) ? "redundancy-lost" : "early-warning")],
      [for alarm in keys(local.output_alarms) : "${var.name}.${var.flow_key}.${alarm}" if summary == "output-degraded"],
    )
  }

  summaries = {
    for summary, definition in local.summary_definitions : summary => {
      description = definition.description
      rule = join(" AND NOT ", compact([
        "(${join(" OR ", [for alarm in local.summary_alarms[summary] : "ALARM(\"${alarm}\")"])})",
        length(flatten([for worse in definition.silenced_by : local.summary_alarms[worse]])) == 0 ? "" :
        "(${join(" OR ", [for alarm in flatten([for worse in definition.silenced_by : local.summary_alarms[worse]]) : "ALARM(\"${alarm}\")"])})",
      ]))
      severity = coalesce(try(var.summaries[summary].severity, null), definition.severity)
    } if try(var.summaries[summary].enabled, var.catalogue == "full") && length(local.summary_alarms[summary]) > 0
  }
}

resource "aws_cloudwatch_composite_alarm" "summary" {
  for_each = local.summaries

  alarm_name        = "${var.name}.${var.flow_key}.${each.key}"
  alarm_description = "${each.value.description} Flow key ${var.flow_key}, severity ${each.value.severity}."
  alarm_rule        = each.value.rule
  alarm_actions     = local.summary_actions
  ok_actions        = local.summary_actions

  dynamic "actions_suppressor" {
    for_each = var.mute == null ? [] : [var.mute]

    content {
      alarm            = coalesce(actions_suppressor.value.alarm, one(aws_cloudwatch_metric_alarm.mute[*].alarm_name))
      extension_period = actions_suppressor.value.extension_seconds
      wait_period      = actions_suppressor.value.wait_seconds
    }
  }

  tags = var.tags

  depends_on = [
    aws_cloudwatch_metric_alarm.anomaly,
    aws_cloudwatch_metric_alarm.bit_rate,
    aws_cloudwatch_metric_alarm.gated,
    aws_cloudwatch_metric_alarm.gated_source,
    aws_cloudwatch_metric_alarm.metric,
    aws_cloudwatch_metric_alarm.output,
    aws_cloudwatch_metric_alarm.source,
  ]

  lifecycle {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html, and PutCompositeAlarm's AlarmRule.
    precondition {
      condition     = length(regexall("ALARM\\(", each.value.rule)) <= 100 && length(each.value.rule) <= 10240
      error_message = "The summary ${each.key} of flow ${var.flow_key} would look at ${length(regexall("ALARM\\(", each.value.rule))} alarms with a rule of ${length(each.value.rule)} characters; CloudWatch takes 100 and 10240. Name fewer outputs or fewer of their signals."
    }
  }
}
