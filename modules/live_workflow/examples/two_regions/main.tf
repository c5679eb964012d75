# One live channel in two Regions behind one address. The root has a provider for each Region and hands them on:
# providers = { aws.primary = aws.frankfurt, aws.secondary = aws.ireland }

terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.primary, aws.secondary]
    }
  }
}

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-event"
  nullable    = false
}

module "live_workflow" {
  source    = "../.."
  providers = { aws.primary = aws.primary, aws.secondary = aws.secondary }

  contribution = { ingest_port = 7000, min_latency = 500, protocol = "srt-listener", whitelist_cidr = "203.0.113.0/28" }
  name         = var.name
  regions = {
    primary   = { maintenance = { day = "TUESDAY", start_hour = 3 } }
    secondary = { maintenance = { day = "THURSDAY", start_hour = 3 } }
  }
}

output "play_url" {
  description = "What a player opens."
  value       = module.live_workflow.play_url
}
