# One Region of a live channel, and the workflow that takes it on air and off it. The other Region is the same with another provider.

variable "name" {
  description = "Name of the deployment, the same in both Regions."
  type        = string
  default     = "example-live"
  nullable    = false
}

data "aws_availability_zones" "here" {
  #checkov:skip=CKV_AWS_394:which zones an account has is not known before; the first two are taken, and one more changes nothing
  state = "available"
}

module "flow" {
  source   = "../../../mediaconnect_flow"
  for_each = { primary = 0, backup = 1 }

  name              = "${var.name}-${each.key}"
  availability_zone = data.aws_availability_zones.here.names[each.value]
  primary_source    = { protocol = "srt-listener", ingest_port = 7000, min_latency = 500, whitelist_cidr = "203.0.113.0/28" }
}

module "live_origin" {
  source = "../../../live_origin"

  name            = var.name
  segment_seconds = 6
}

module "live_channel" {
  source = "../../../live_channel"

  destinations       = module.live_origin.destinations
  flow_arns          = { for pipeline, flow in module.flow : pipeline => flow.arn }
  name               = var.name
  writer_policy_json = module.live_origin.writer_policy_json
}

module "live_lifecycle" {
  source = "../.."

  channel_id = module.live_channel.channel_id
  flows      = { for pipeline, flow in module.flow : pipeline => flow.arn }
  name       = var.name
  origin     = module.live_origin.origin
}

output "lifecycle_arn" {
  description = "Start it with {\"action\": \"start\"}; `headend live` does so in both Regions, in order."
  value       = module.live_lifecycle.alias_arn
}
