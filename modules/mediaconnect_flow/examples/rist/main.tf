# RIST in, RIST out.

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-rist"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol       = "rist"
    ingest_port    = 5000
    max_bitrate    = 20000000
    max_latency    = 2000
    whitelist_cidr = "203.0.113.7/32"
  }
  outputs = {
    receiver = { protocol = "rist", destination = "198.51.100.10", port = 5000, max_latency = 2000, smoothing_latency = 100 }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
