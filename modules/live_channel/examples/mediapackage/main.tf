# Two flows in different zones, a channel over them, and MediaPackage V2: one Region of two, which are alike but for the Region.

variable "name" {
  description = "Name of the deployment, the same in both Regions."
  type        = string
  default     = "example-channel"
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
  source = "../.."

  destinations       = module.live_origin.destinations
  flow_arns          = { for pipeline, flow in module.flow : pipeline => flow.arn }
  maintenance        = { day = "TUESDAY", start_hour = 3 }
  name               = var.name
  writer_policy_json = module.live_origin.writer_policy_json
}

output "channel_id" {
  description = "Id of the channel, to start it by."
  value       = module.live_channel.channel_id
}
