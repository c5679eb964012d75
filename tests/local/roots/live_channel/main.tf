# A channel to a bucket and one to MediaPackage, each over two flows in different zones.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { Team = "playout" }
  }
}

variable "definitions" {
  description = "Folder with what `headend render` makes of a ladder."
  type        = string
  nullable    = false
}

variable "name" {
  description = "What all names begin with."
  type        = string
  default     = "show"
  nullable    = false
}

locals {
  kinds = { mediapackage = "cmaf", s3 = "hls" }
  flows = merge([for kind in keys(local.kinds) : { for zone, pipeline in { a = "primary", b = "backup" } : "${kind}-${pipeline}" => zone }]...)
}

module "flow" {
  source   = "../modules/mediaconnect_flow"
  for_each = local.flows

  name              = "${var.name}-${each.key}"
  availability_zone = "eu-central-1${each.value}"
  primary_source    = { protocol = "srt-listener", ingest_port = 7000, min_latency = 200, whitelist_cidr = "203.0.113.0/28" }
}

module "live_origin" {
  source   = "../modules/live_origin"
  for_each = local.kinds

  kind            = each.key
  name            = "${var.name}-${each.key}"
  packages        = { expire_manifest = { filename = "${path.module}/../build/lambda/expire_manifest.zip" } }
  s3              = { force_destroy = true }
  segment_seconds = module.live_channel[each.key].segment_seconds
  static_manifest = module.live_channel[each.key].static_manifest
}

module "live_channel" {
  source   = "../modules/live_channel"
  for_each = local.kinds

  definition_file    = "${var.definitions}/encoder_settings.${each.value}.json"
  destinations       = module.live_origin[each.key].destinations
  flow_arns          = { for pipeline in ["primary", "backup"] : pipeline => module.flow["${each.key}-${pipeline}"].arn }
  kind               = each.key
  maintenance        = { day = "TUESDAY", start_hour = 3 }
  name               = "${var.name}-${each.key}"
  writer_policy_json = module.live_origin[each.key].writer_policy_json
}

output "bucket_name" {
  description = "The bucket of the channel of kind s3."
  value       = module.live_origin["s3"].bucket_name
}

output "channel_ids" {
  description = "Ids of the channels, by kind."
  value       = { for kind, channel in module.live_channel : kind => channel.channel_id }
}

output "destinations" {
  description = "Where the pipelines write to, by kind."
  value       = { for kind, origin in module.live_origin : kind => [for one in origin.destinations : one.url] }
}

output "flow_arns" {
  description = "The flows, by kind and pipeline."
  value       = { for key, flow in module.flow : key => flow.arn }
}
