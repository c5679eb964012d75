# MediaPackage V2 for CMAF, locked to the epoch: old, incomplete and slate manifests are answered with an error, on which a distribution
# fails over.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-origin-package"
  nullable    = false
}

module "live_origin" {
  source = "../.."

  name            = var.name
  segment_seconds = 6
}

output "destinations" {
  description = "Where the channel's pipelines send to."
  value       = module.live_origin.destinations
}

output "origin" {
  description = "What a distribution needs."
  value       = module.live_origin.origin
}
