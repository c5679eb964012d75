data "aws_region" "current" {}

locals {
  region = coalesce(var.region, data.aws_region.current.name)

  # One flow's widgets, rendered from asl_templates/ by `headend render`.
  templates = {
    for key, flow in var.flows : key => jsondecode(templatefile("${path.module}/rendered/flow.json", {
      flow_arn  = flow.arn
      flow_key  = key
      flow_name = flow.name
      region    = local.region
    })).widgets
  }

  # Rows that one flow takes: the same for every flow.
  height = max([for widget in values(local.templates)[0] : widget.y + widget.height]...)

  # By flow and widget, a line for each threshold on a metric that the widget shows, on that metric's axis.
  lines = {
    for key, flow in var.flows : key => [
      for widget in local.templates[key] : [
        for threshold in flow.thresholds : {
          label = "${threshold.severity} (${threshold.statistic})"
          value = threshold.threshold
          yAxis = try([for metric in widget.properties.metrics : metric[length(metric) - 1].yAxis if try(metric[1], "") == threshold.metric][0], "left")
        } if contains([for metric in try(widget.properties.metrics, []) : try(metric[1], "")], threshold.metric)
      ]
    ]
  }

  widgets = flatten([
    for index, key in keys(var.flows) : [
      for position, widget in local.templates[key] : merge(widget, {
        y = widget.y + index * local.height
        properties = merge(
          widget.properties,
          { for name, value in { alarms = var.flows[key].alarm_arns } : name => value if widget.type == "alarm" },
          { for name, value in { annotations = { horizontal = local.lines[key][position] } } : name => value if length(local.lines[key][position]) > 0 },
        )
      }) if widget.type != "alarm" || length(var.flows[key].alarm_arns) > 0
    ]
  ])

  metric_count = sum([for widget in local.widgets : length(try(widget.properties.metrics, []))])
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
  }
}
