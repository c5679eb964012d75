# One Region, of which a distribution is not known yet. live_workflow calls this module twice, with what is not said here.

variable "name" {
  description = "Name of the deployment, the same in both Regions."
  type        = string
  default     = "example-region"
  nullable    = false
}

module "live_region" {
  source = "../.."

  contribution = { ingest_port = 7000, min_latency = 500, protocol = "srt-listener", whitelist_cidr = "203.0.113.0/28" }
  maintenance  = { day = "TUESDAY", start_hour = 3 }
  name         = var.name
}

output "lifecycle_arn" {
  description = "Start it with {\"action\": \"start\"}; `headend live` does so in both Regions, in order."
  value       = module.live_region.lifecycle_arn
}
