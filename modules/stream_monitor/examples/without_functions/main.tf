# One feed, watched by a workflow that needs no function and so no package; who is told hears the same.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-direct"
  nullable    = false
}

module "stream_monitor" {
  source = "../.."

  flows = {
    studio-a = {
      nominal_bit_rate = 20000000
      source           = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.7/32" }
    }
  }
  name = var.name
  subscriptions = {
    noc = { protocol = "email", endpoint = "noc@example.com", severities = ["HIGH", "MEDIUM"] }
  }
  variant = "direct"
}

output "state_machine_arn" {
  description = "Start it with {\"flow_arn\": …} for a check by hand."
  value       = module.stream_monitor.state_machine_arn
}
