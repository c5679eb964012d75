# RTP from one encoder to two receivers.

variable "name" {
  description = "Name of the flow."
  type        = string
  default     = "example-rtp"
  nullable    = false
}

module "flow" {
  source = "../.."

  name        = var.name
  description = "Contribution feed from studio A"
  primary_source = {
    protocol       = "rtp"
    ingest_port    = 5000
    max_bitrate    = 40000000
    whitelist_cidr = "203.0.113.7/32"
  }
  outputs = {
    backup  = { protocol = "rtp", destination = "198.51.100.11", port = 5001, smoothing_latency = 100 }
    primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001, smoothing_latency = 100 }
  }
}

output "flow_arn" {
  description = "ARN of the flow: start it with `aws mediaconnect start-flow`."
  value       = module.flow.arn
}
