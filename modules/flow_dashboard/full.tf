# All widgets that a flow can fill, for flows with detail = "full". Which series there are, and what of the flow they need, stands in the
# rendered files: see the comments in asl_templates/.
locals {
  full_flows = { for key, flow in var.flows : key => flow if flow.detail == "full" }

  # As flow_alarms' catalogue has it. An unknown protocol can do nothing.
  source_abilities = {
    "cdi"            = ["repairs_nothing"]
    "ndi-speed-hq"   = ["repairs_nothing"]
    "rist"           = ["connects", "repairs", "ts"]
    "rtp"            = ["repairs_nothing", "ts"]
    "rtp-fec"        = ["fec", "repairs", "ts"]
    "srt-caller"     = ["connects", "repairs", "ts"]
    "srt-listener"   = ["connects", "repairs", "ts"]
    "st2110-jpegxs"  = ["repairs_nothing"]
    "zixi-push"      = ["connects", "repairs", "ts"]
    "not known here" = ["repairs_nothing"]
  }

  # Outputs without a protocol are those that another service manages, such as MediaLive's.
  # https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-output-health.html
  output_abilities = {
    "managed"      = ["bit_rate", "not_recovered"]
    "srt-caller"   = ["bit_rate", "connects"]
    "srt-listener" = ["bit_rate", "connects"]
    "zixi-pull"    = ["connects"]
    "zixi-push"    = ["connects"]
  }

  abilities = {
    for key, flow in local.full_flows : key => concat(
      local.source_abilities[coalesce(flow.protocol, "not known here")],
      compact([flow.redundancy == null ? null : lower(flow.redundancy)]),
      tolist(flow.content_quality),
      anytrue([for output in flow.outputs : contains(try(local.output_abilities[coalesce(output.protocol, "managed")], []), "connects")]) ? ["outputs_connect"] : [],
    )
  }

  full_templates = {
    for key, flow in local.full_flows : key => jsondecode(templatefile("${path.module}/rendered/flow_full.json", {
      flow_arn  = flow.arn
      flow_name = flow.name
      region    = local.region
    }))
  }

  # What the flow, its sources and its outputs have for each widget. Without named sources, the sources of the flow together.
  full_parts = {
    for key, flow in local.full_flows : key => concat(
      [for source, about in flow.sources : {
        abilities = concat(local.source_abilities[coalesce(about.protocol, flow.protocol, "not known here")], compact([flow.redundancy == null ? null : lower(flow.redundancy)]), ["named"])
        series = jsondecode(templatefile("${path.module}/rendered/flow_source.json", {
          arn       = about.arn
          dimension = "SourceARN"
          prefix    = "${source}: "
        }))
      }],
      [for arn in [flow.arn] : {
        abilities = local.abilities[key]
        series    = jsondecode(templatefile("${path.module}/rendered/flow_source.json", { arn = arn, dimension = "FlowARN", prefix = "" }))
      } if length(flow.sources) == 0],
      [{ abilities = local.abilities[key], series = local.full_templates[key].series }],
      [for output, about in flow.outputs : {
        abilities = try(local.output_abilities[coalesce(about.protocol, "managed")], [])
        series    = jsondecode(templatefile("${path.module}/rendered/flow_output.json", { output_arn = about.arn, output_name = output }))
      }],
    )
  }

  # By flow and widget, the metrics that there are: every part's whose needs are met.
  full_metrics = {
    for key, parts in local.full_parts : key => {
      for name in keys(local.full_templates[key].widgets) : name => flatten([
        for part in parts : [for series in try(part.series[name], []) : { metric = series.metric } if length(setsubtract(series.needs, part.abilities)) == 0]
      ])
    }
  }

  # By flow, a list for each row of the widgets in it.
  full_rows = {
    for key, template in local.full_templates : key => [
      for row in template.rows : {
        height  = row.height
        widgets = [for name in row.widgets : name if name == "alarms" ? length(local.full_flows[key].alarm_arns) > 0 : length(local.full_metrics[key][name]) > 0]
      }
    ]
  }

  full_lines = {
    for key, flow in local.full_flows : key => {
      for widget, axes in local.full_templates[key].threshold_axes : widget => [
        for threshold in flow.thresholds : {
          label = "${threshold.severity}: ${threshold.metric} (${threshold.statistic})"
          value = threshold.threshold
          yAxis = axes[threshold.metric]
        } if contains(keys(axes), threshold.metric)
      ]
    }
  }

  # Places are relative to the flow's.
  full_widgets = {
    for key, rows in local.full_rows : key => flatten([
      for index, row in rows : [
        for place, name in row.widgets : merge(local.full_templates[key].widgets[name], {
          x      = place * floor(24 / length(row.widgets))
          y      = sum(concat([0], [for above, other in rows : length(other.widgets) > 0 ? other.height : 0 if above < index]))
          width  = floor(24 / length(row.widgets))
          height = row.height
          properties = merge(
            local.full_templates[key].widgets[name].properties,
            { for property, value in { alarms = local.full_flows[key].alarm_arns } : property => value if name == "alarms" },
            { for property, value in { metrics = local.full_metrics[key][name][*].metric } : property => value if name != "alarms" },
            { for property, value in { annotations = { horizontal = try(local.full_lines[key][name], []) } } : property => value if length(value.horizontal) > 0 },
          )
        })
      ]
    ])
  }

  full_heights = { for key, rows in local.full_rows : key => sum(concat([0], [for row in rows : row.height if length(row.widgets) > 0])) }
}
