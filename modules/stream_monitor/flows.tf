module "flow" {
  source   = "../mediaconnect_flow"
  for_each = { for key, flow in var.flows : key => flow if flow.source != null }

  allow_open_whitelist = var.allow_open_whitelist
  availability_zone    = each.value.availability_zone
  description          = each.value.description
  name                 = "${var.name}-${each.key}"
  outputs              = each.value.outputs
  primary_source       = each.value.source
  tags                 = var.tags
}

locals {
  # Created here, or somebody else's and only watched.
  flow_arns  = { for key, flow in var.flows : key => flow.source != null ? module.flow[key].arn : flow.arn }
  flow_names = { for key, flow in var.flows : key => flow.source != null ? "${var.name}-${key}" : reverse(split(":", flow.arn))[0] }
}

module "alarms" {
  source   = "../flow_alarms"
  for_each = var.flows

  alarms                      = each.value.alarms
  catalogue                   = each.value.catalogue.preset
  content_quality             = each.value.catalogue.content_quality
  direct_alarm_topic_arn      = var.direct_alarm_topic_arn
  flow_arn                    = local.flow_arns[each.key]
  flow_key                    = each.key
  mute                        = each.value.catalogue.mute
  name                        = var.name
  nominal_bit_rate            = each.value.nominal_bit_rate
  notify                      = each.value.catalogue.notify
  protocol                    = each.value.source == null ? each.value.catalogue.protocol : each.value.source.protocol
  redundancy                  = each.value.catalogue.redundancy
  signals                     = each.value.catalogue.signals
  source_latency_milliseconds = each.value.catalogue.source_latency_milliseconds
  summaries                   = each.value.catalogue.summaries
  tags                        = var.tags
}

module "dashboard" {
  source = "../flow_dashboard"

  flows = {
    for key in keys(var.flows) : key => {
      alarm_arns = concat(values(module.alarms[key].alarm_arns), values(module.alarms[key].anomaly_arns), values(module.alarms[key].summary_arns))
      arn        = local.flow_arns[key]
      name       = local.flow_names[key]
      thresholds = module.alarms[key].thresholds
    }
  }
  name   = "${var.name}-flows"
  region = local.region
}
