# Two identical RTP-FEC streams merged into one, watched for black, frozen and silent content, and shared with another account.

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-rtp-fec-merge"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol       = "rtp-fec"
    ingest_port    = 5000
    whitelist_cidr = "203.0.113.7/32"
  }
  backup_source = {
    protocol       = "rtp-fec"
    ingest_port    = 5010
    whitelist_cidr = "203.0.113.8/32"
  }
  failover          = { mode = "MERGE", recovery_window = 500 }
  source_monitoring = { content_quality = { silent_audio_seconds = 20 } }
  entitlements = {
    partner = { description = "The feed for a partner", subscribers = ["111122223333"] }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}

output "entitlement_arns" {
  description = "What the partner needs to take the feed up."
  value       = module.flow.entitlement_arns
}
