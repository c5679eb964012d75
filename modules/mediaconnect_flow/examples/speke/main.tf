# Keys from a key server (SPEKE), through a proxy on API Gateway: content that is granted, and content that is taken up.

variable "api_arn" {
  description = "execute-api ARN of the key server's proxy."
  type        = string
  default     = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/prod/POST/speke"
  nullable    = false
}

variable "entitlement_arn" {
  description = "ARN of an entitlement that another account has granted with SPEKE."
  type        = string
  default     = "arn:aws:mediaconnect:eu-central-1:111122223333:entitlement:1-11aa22bb11aa22bb-3333cccc4444:protected"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-speke"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol        = "entitlement"
    decryption      = merge(local.speke, { resource_id = "their-programme" })
    entitlement_arn = var.entitlement_arn
  }
  entitlements = {
    partner = {
      encryption  = merge(local.speke, { resource_id = "our-programme", constant_initialization_vector = "00112233445566778899aabbccddeeff" })
      subscribers = ["444455556666"]
    }
  }
}

locals {
  speke = {
    algorithm = "aes256"
    api_arn   = var.api_arn
    device_id = "headend"
    key_type  = "speke"
    region    = "eu-central-1"
    url       = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/prod/speke"
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
