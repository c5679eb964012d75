# From a gateway on premises: its bridge reaches the flow through a VPC.

variable "availability_zone" {
  description = "Zone of the flow and of the subnet."
  type        = string
  default     = "eu-central-1a"
  nullable    = false
}

variable "bridge_arn" {
  description = "ARN of the gateway's bridge."
  type        = string
  default     = "arn:aws:mediaconnect:eu-central-1:123456789012:bridge:1-11aa22bb11aa22bb-3333cccc4444:stadium"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-bridge"
  nullable    = false
}

variable "security_group_id" {
  description = "Security group of the flow's network interfaces."
  type        = string
  default     = "sg-0123456789abcdef0"
  nullable    = false
}

variable "subnet_id" {
  description = "Subnet of the flow's network interfaces, in its Availability Zone."
  type        = string
  default     = "subnet-0123456789abcdef0"
  nullable    = false
}

module "flow" {
  source = "../.."

  name              = var.name
  availability_zone = var.availability_zone
  primary_source    = { protocol = "bridge", bridge_arn = var.bridge_arn, vpc_interface = "gateway" }
  outputs = {
    playout = { protocol = "rtp-fec", destination = "198.51.100.10", port = 5001 }
  }
  vpc_interfaces = {
    gateway = { security_group_ids = [var.security_group_id], subnet_id = var.subnet_id }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
