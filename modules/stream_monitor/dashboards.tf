locals {
  # Names that a flow's sources have here, by flow; only where there are two does each have an ARN that somebody asks for.
  source_names = {
    for key, flow in var.flows : key => flow.backup_source == null || flow.source == null ? {} : {
      backup  = coalesce(flow.backup_source.name, "backup")
      primary = coalesce(flow.source.name, "primary")
    }
  }

  # Sources and outputs by name, with their ARNs: those made here, and those that the catalogue names.
  parts = {
    for key, flow in var.flows : key => {
      outputs = merge(
        { for name, arn in try(module.flow[key].output_arns, {}) : name => { arn = arn, protocol = try(flow.outputs[name].protocol, null) } },
        { for name, output in coalesce(flow.catalogue.outputs, {}) : name => { arn = output.arn, protocol = null } if output.arn != null },
      )
      sources = merge(
        { for role, name in local.source_names[key] : name => {
          arn      = role == "primary" ? module.flow[key].source_arn : module.flow[key].backup_source_arn
          protocol = try(local.dashboard_protocols[role == "primary" ? flow.source.protocol : flow.backup_source.protocol], null)
        } },
        { for name, source in coalesce(flow.catalogue.sources, {}) : name => { arn = source.arn, protocol = null } if source.arn != null },
      )
    }
  }

  # By protocol itself: entitlement, bridge and router are none; what arrives by them, the catalogue says.
  dashboard_protocols = {
    for protocol in ["cdi", "ndi-speed-hq", "rist", "rtp", "rtp-fec", "srt-caller", "srt-listener", "st2110-jpegxs", "zixi-push"] : protocol => protocol
  }

  dashboard_flows = {
    for key in keys(var.flows) : key => {
      alarm_arns = flatten([
        for arns in ["alarm_arns", "anomaly_arns", "source_alarm_arns", "output_alarm_arns", "summary_arns"] : values(module.alarms[key][arns])
      ])
      arn             = local.flow_arns[key]
      content_quality = local.catalogues[key].content_quality
      detail          = var.dashboards.detail
      name            = local.flow_names[key]
      outputs         = local.parts[key].outputs
      protocol        = local.catalogues[key].protocol
      redundancy      = local.catalogues[key].redundancy
      sources         = local.parts[key].sources
      summary_arns    = values(module.alarms[key].summary_arns)
      thresholds      = module.alarms[key].thresholds
    }
  }
}

module "dashboard" {
  source = "../flow_dashboard"

  flows  = local.dashboard_flows
  name   = "${var.name}-flows"
  region = local.region
}

module "flow_dashboard" {
  source   = "../flow_dashboard"
  for_each = var.dashboards.per_flow ? var.flows : {}

  flows  = { (each.key) = merge(local.dashboard_flows[each.key], { detail = "full" }) }
  name   = "${var.name}-flow-${each.key}"
  region = local.region
}
