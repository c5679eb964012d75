data "aws_region" "current" {}

locals {
  region = coalesce(var.region, data.aws_region.current.name)

  # One flow's widgets by name, rendered from asl_templates/ by `headend render`: see the comment in that template.
  templates = {
    for key, flow in var.flows : key => jsondecode(templatefile("${path.module}/rendered/flow.json", {
      flow_arn  = flow.arn
      flow_name = flow.name
      region    = local.region
    }))
  }

  # By flow and widget, a line for each threshold on a metric that the widget shows, on that metric's axis.
  lines = {
    for key, flow in var.flows : key => {
      for widget, axes in local.templates[key].threshold_axes : widget => [
        for threshold in flow.thresholds : {
          label = "${threshold.severity} (${threshold.statistic})"
          value = threshold.threshold
          yAxis = axes[threshold.metric]
        } if contains(keys(axes), threshold.metric)
      ]
    }
  }

  # Places are relative to the flow's.
  basic_widgets = {
    for key, flow in var.flows : key => [
      for name, widget in local.templates[key].widgets : merge(widget, {
        properties = merge(
          widget.properties,
          { for property, value in { alarms = flow.alarm_arns } : property => value if widget.type == "alarm" },
          { for property, value in { annotations = { horizontal = try(local.lines[key][name], []) } } : property => value if length(value.horizontal) > 0 },
        )
      }) if widget.type != "alarm" || length(flow.alarm_arns) > 0
    ] if flow.detail == "basic"
  }

  heights = merge({ for key in keys(local.basic_widgets) : key => local.templates[key].height }, local.full_heights)

  # One flow below the other, in the order of the keys, under what is about all of them.
  offsets = {
    for index, key in keys(var.flows) : key => local.fleet_height + sum(concat([0], [for above, other in keys(var.flows) : local.heights[other] if above < index]))
  }

  widgets = concat(local.fleet_widgets, flatten([
    for key in keys(var.flows) : [
      for widget in concat(try(local.basic_widgets[key], []), try(local.full_widgets[key], [])) : merge(widget, { y = widget.y + local.offsets[key] })
    ]
  ]))

  metric_count = sum([for widget in local.widgets : length(try(widget.properties.metrics, []))])
  most_alarms  = max([for widget in local.widgets : length(try(widget.properties.alarms, []))]...)
  most_metrics = max([for widget in local.widgets : length(try(widget.properties.metrics, []))]...)
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })

  lifecycle {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    precondition {
      condition     = length(local.widgets) <= 500 && local.metric_count <= 2500
      error_message = "A dashboard can have 500 widgets and 2500 metrics; ${length(var.flows)} flows need ${length(local.widgets)} and ${local.metric_count}. Use a second dashboard."
    }

    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    precondition {
      condition     = local.most_metrics <= 100 && local.most_alarms <= 100
      error_message = "A widget can have 100 metrics and 100 alarms; one of these would have ${local.most_metrics} and ${local.most_alarms}. Name fewer outputs, or use a second dashboard."
    }
  }
}
