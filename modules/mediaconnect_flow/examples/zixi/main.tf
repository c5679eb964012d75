# Zixi in (always at port 2088), Zixi out to a receiver that fetches it and to one that is sent it.

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-zixi"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol       = "zixi-push"
    max_latency    = 2000
    stream_id      = "studio-a"
    whitelist_cidr = "203.0.113.7/32"
  }
  outputs = {
    fetched = { protocol = "zixi-pull", cidr_allow_list = ["192.0.2.0/28"], max_latency = 2000, remote_id = "partner", stream_id = "studio-a" }
    sent    = { protocol = "zixi-push", destination = "198.51.100.10", max_latency = 2000, port = 2088, stream_id = "studio-a" }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
