# Two MediaPackage V2 endpoints in two Regions behind one address. Here they are written out; in a deployment they are the output
# `origin` of two live_origin modules, which take this module's distribution_arn.

variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "example-live-delivery"
  nullable    = false
}

module "live_delivery" {
  source = "../.."

  cors_origins  = ["https://player.example.com"]
  media_quality = true
  name          = var.name

  origins = {
    primary = {
      domain_name                       = "ab1c2d.egress.ef3g4h.mediapackagev2.eu-central-1.amazonaws.com"
      kind                              = "mediapackage"
      manifest_path                     = "/out/v1/live/live/hls/index.m3u8"
      origin_access_control_origin_type = "mediapackagev2"
      region                            = "eu-central-1"
    }
    secondary = {
      domain_name                       = "ij5k6l.egress.mn7o8p.mediapackagev2.us-east-1.amazonaws.com"
      kind                              = "mediapackage"
      manifest_path                     = "/out/v1/live/live/hls/index.m3u8"
      origin_access_control_origin_type = "mediapackagev2"
      region                            = "us-east-1"
    }
  }

  # Brazil is served from Frankfurt, though Virginia is nearer.
  viewer_location = { countries = { BR = "eu-central-1" } }
}

output "distribution_arn" {
  description = "ARN of the distribution, for the origins' policies."
  value       = module.live_delivery.distribution_arn
}

output "play_url" {
  description = "What a player opens."
  value       = module.live_delivery.play_url
}
