# Above the flows' own widgets, where several have detail = "full": all of them in one graph.
locals {
  fleet_template = jsondecode(templatefile("${path.module}/rendered/fleet.json", { region = local.region }))
  summary_arns   = flatten([for flow in values(local.full_flows) : flow.summary_arns])

  fleet_metrics = {
    for name in keys(local.fleet_template.widgets) : name => flatten([
      for key, template in local.full_templates : [
        for series in try(template.fleet[name], []) : { metric = series.metric } if length(setsubtract(series.needs, local.abilities[key])) == 0
      ]
    ])
  }

  fleet_rows = [
    for row in local.fleet_template.rows : {
      height  = row.height
      widgets = [for name in row.widgets : name if length(local.full_flows) > 1 && (name == "alarms" ? length(local.summary_arns) : length(local.fleet_metrics[name])) > 0]
    }
  ]

  fleet_widgets = flatten([
    for index, row in local.fleet_rows : [
      for place, name in row.widgets : merge(local.fleet_template.widgets[name], {
        x      = place * floor(24 / length(row.widgets))
        y      = sum(concat([0], [for above, other in local.fleet_rows : length(other.widgets) > 0 ? other.height : 0 if above < index]))
        width  = floor(24 / length(row.widgets))
        height = row.height
        properties = merge(
          local.fleet_template.widgets[name].properties,
          { for property, value in { alarms = local.summary_arns } : property => value if name == "alarms" },
          { for property, value in { metrics = local.fleet_metrics[name][*].metric } : property => value if name != "alarms" },
        )
      })
    ]
  ])

  fleet_height = sum(concat([0], [for row in local.fleet_rows : row.height if length(row.widgets) > 0]))
}
