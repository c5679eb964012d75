# SRT from an encoder, and from a second one that is called when the first is silent for 500 ms.

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-srt-failover"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol       = "srt-listener"
    ingest_port    = 7000
    min_latency    = 800
    whitelist_cidr = "203.0.113.0/28"
  }
  backup_source = {
    protocol         = "srt-caller"
    listener_address = "192.0.2.20"
    listener_port    = 7000
    min_latency      = 800
    stream_id        = "studio-a"
  }
  maintenance = { day = "Tuesday", start_hour = 3 }
  outputs = {
    receiver = { protocol = "srt-caller", destination = "198.51.100.10", port = 7001, min_latency = 400 }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
