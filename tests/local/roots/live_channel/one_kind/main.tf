# Channel and origin take from each other, so each pair stands in a module of its own: with for_each on both, all would need all.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "definition_file" {
  description = "Encoder settings."
  type        = string
  nullable    = false
}

variable "kind" {
  description = "Kind of the origin."
  type        = string
  nullable    = false
}

variable "name" {
  description = "What all names begin with."
  type        = string
  nullable    = false
}

module "flow" {
  source   = "../../modules/mediaconnect_flow"
  for_each = { primary = "a", backup = "b" }

  name              = "${var.name}-${each.key}"
  availability_zone = "eu-central-1${each.value}"
  primary_source    = { protocol = "srt-listener", ingest_port = 7000, min_latency = 200, whitelist_cidr = "203.0.113.0/28" }
}

module "live_origin" {
  source = "../../modules/live_origin"

  kind            = var.kind
  name            = var.name
  packages        = { expire_manifest = { filename = "${path.root}/../build/lambda/expire_manifest.zip" } }
  s3              = { force_destroy = true }
  segment_seconds = module.live_channel.segment_seconds
  static_manifest = module.live_channel.static_manifest
}

module "live_channel" {
  source = "../../modules/live_channel"

  definition_file    = var.definition_file
  destinations       = module.live_origin.destinations
  flow_arns          = { for pipeline, flow in module.flow : pipeline => flow.arn }
  kind               = var.kind
  maintenance        = { day = "TUESDAY", start_hour = 3 }
  name               = var.name
  writer_policy_json = module.live_origin.writer_policy_json
}

output "bucket_name" {
  description = "The bucket, for kind s3."
  value       = module.live_origin.bucket_name
}

output "channel_id" {
  description = "Id of the channel."
  value       = module.live_channel.channel_id
}

output "destinations" {
  description = "Where the pipelines write to."
  value       = [for one in module.live_origin.destinations : one.url]
}

output "flow_arns" {
  description = "The flows, by pipeline."
  value       = { for pipeline, flow in module.flow : pipeline => flow.arn }
}
