# The same with a bucket as the origin, and segments of 2 s: a ladder of one's own, which `headend render` has made files of.

variable "name" {
  description = "Name of the deployment, the same in both Regions."
  type        = string
  default     = "example-channel-s3"
  nullable    = false
}

variable "packages_folder" {
  description = "Folder with the zips of a release. Null = where `headend package` builds them in this repository."
  type        = string
  default     = null
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

  kind            = "s3"
  name            = var.name
  packages        = { expire_manifest = { filename = "${coalesce(var.packages_folder, "${path.module}/../../../../build/lambda")}/expire_manifest.zip" } }
  s3              = { force_destroy = true }
  segment_seconds = module.live_channel.segment_seconds
  static_manifest = module.live_channel.static_manifest
}

module "live_channel" {
  source = "../.."

  definition_file    = "${path.module}/rendered/encoder_settings.hls.json"
  destinations       = module.live_origin.destinations
  flow_arns          = { for pipeline, flow in module.flow : pipeline => flow.arn }
  kind               = "s3"
  name               = var.name
  writer_policy_json = module.live_origin.writer_policy_json
}

output "channel_id" {
  description = "Id of the channel, to start it by."
  value       = module.live_channel.channel_id
}
