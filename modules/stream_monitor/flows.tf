module "flow" {
  source   = "../mediaconnect_flow"
  for_each = { for key, flow in var.flows : key => flow if flow.source != null }

  allow_open_whitelist = var.allow_open_whitelist
  availability_zone    = each.value.availability_zone
  backup_source        = each.value.backup_source
  description          = each.value.description
  encoding             = each.value.encoding
  entitlements         = each.value.entitlements
  failover             = each.value.failover
  flow_size            = each.value.flow_size
  maintenance          = each.value.maintenance
  media_streams        = each.value.media_streams
  name                 = "${var.name}-${each.key}"
  ndi                  = each.value.ndi
  outputs              = each.value.outputs
  primary_source       = each.value.source
  source_monitoring    = each.value.source_monitoring
  tags                 = merge(var.tags, each.value.tags)
  vpc_interfaces       = each.value.vpc_interfaces
}

locals {
  # What only a flow that is made here can have. (availability_zone and description do nothing for an existing one.)
  fields_of_new_flows = [
    "backup_source", "encoding", "entitlements", "failover", "flow_size", "maintenance", "media_streams", "ndi", "outputs",
    "source_monitoring", "tags", "vpc_interfaces",
  ]

  # What a flow says of itself, for the alarm catalogue: each may be said otherwise there.
  catalogues = {
    for key, flow in var.flows : key => {
      # The quality that is analysed; the module's default is 30 s for each kind.
      content_quality = flow.catalogue.content_quality != null ? flow.catalogue.content_quality : toset(try(flow.source_monitoring.content_quality, null) == null ? [] : concat(
        anytrue([for seconds in [flow.source_monitoring.content_quality.black_frames_seconds, flow.source_monitoring.content_quality.frozen_frames_seconds] : seconds != 0]) ? ["video"] : [],
        flow.source_monitoring.content_quality.silent_audio_seconds != 0 ? ["audio"] : [],
      ))
      # These three are no protocols: only a person knows what arrives.
      protocol   = flow.source == null ? flow.catalogue.protocol : contains(["bridge", "entitlement", "router"], flow.source.protocol) ? flow.catalogue.protocol : flow.source.protocol
      redundancy = flow.catalogue.redundancy != null ? flow.catalogue.redundancy : flow.backup_source == null ? null : coalesce(try(flow.failover.mode, null), "FAILOVER")
      # With two sources the shorter latency is the one that a long round trip exceeds first. SRT is configured with a least latency.
      source_latency_milliseconds = flow.catalogue.source_latency_milliseconds != null ? flow.catalogue.source_latency_milliseconds : try(min([
        for milliseconds in flatten([for source in [flow.source, flow.backup_source] : [try(source.max_latency, null), try(source.min_latency, null)]]) : milliseconds if milliseconds == null ? false : milliseconds > 0
      ]...), null)
    }
  }

  # Created here, or somebody else's and only watched.
  flow_arns  = { for key, flow in var.flows : key => flow.source != null ? module.flow[key].arn : flow.arn }
  flow_names = { for key, flow in var.flows : key => flow.source != null ? "${var.name}-${key}" : reverse(split(":", flow.arn))[0] }
}

module "alarms" {
  source   = "../flow_alarms"
  for_each = var.flows

  alarms                      = each.value.alarms
  catalogue                   = each.value.catalogue.preset
  content_quality             = local.catalogues[each.key].content_quality
  direct_alarm_topic_arn      = var.direct_alarm_topic_arn
  flow_arn                    = local.flow_arns[each.key]
  flow_key                    = each.key
  mute                        = each.value.catalogue.mute
  name                        = var.name
  nominal_bit_rate            = each.value.nominal_bit_rate
  notify                      = each.value.catalogue.notify
  outputs                     = { for name, wanted in coalesce(each.value.catalogue.outputs, {}) : name => merge(wanted, { arn = local.parts[each.key].outputs[name].arn }) }
  protocol                    = local.catalogues[each.key].protocol
  redundancy                  = local.catalogues[each.key].redundancy
  signals                     = each.value.catalogue.signals
  source_latency_milliseconds = local.catalogues[each.key].source_latency_milliseconds
  sources                     = { for name, wanted in coalesce(each.value.catalogue.sources, {}) : name => merge(wanted, { arn = local.parts[each.key].sources[name].arn }) }
  summaries                   = each.value.catalogue.summaries
  tags                        = var.tags
}
