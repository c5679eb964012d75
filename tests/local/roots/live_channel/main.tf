# A channel to a bucket and one to MediaPackage, each over two flows in different zones.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { Team = "playout" }
  }
}

variable "definitions" {
  description = "Folder with what `headend render` makes of a ladder."
  type        = string
  nullable    = false
}

variable "name" {
  description = "What all names begin with."
  type        = string
  default     = "show"
  nullable    = false
}

module "one" {
  source   = "./one_kind"
  for_each = { mediapackage = "cmaf", s3 = "hls" }

  definition_file = "${var.definitions}/encoder_settings.${each.value}.json"
  kind            = each.key
  name            = "${var.name}-${each.key}"
}

output "bucket_name" {
  description = "The bucket of the channel of kind s3."
  value       = module.one["s3"].bucket_name
}

output "channel_ids" {
  description = "Ids of the channels, by kind."
  value       = { for kind, one in module.one : kind => one.channel_id }
}

output "destinations" {
  description = "Where the pipelines write to, by kind."
  value       = { for kind, one in module.one : kind => one.destinations }
}

output "flow_arns" {
  description = "The flows, by kind and pipeline."
  value       = { for kind, one in module.one : kind => one.flow_arns }
}
