# NDI from a VPC, encoded for the way out as SRT, and announced as NDI again.

variable "availability_zone" {
  description = "Zone of the flow and of the subnet."
  type        = string
  default     = "eu-central-1a"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-ndi"
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
  encoding          = { profile = "CONTRIBUTION_H264_DEFAULT", video_max_bitrate = 30000000 }
  flow_size         = "LARGE"
  ndi = {
    discovery_servers = [{ address = "10.0.0.20", port = 5959, vpc_interface = "studio" }]
    machine_name      = "headend"
  }
  primary_source = {
    protocol = "ndi-speed-hq"
    ndi      = { audio_reference_level = -18, source_name = "STUDIO (Camera 1)" }
  }
  outputs = {
    away = { protocol = "srt-listener", cidr_allow_list = ["198.51.100.0/28"], min_latency = 400, port = 7001 }
    house = {
      protocol = "ndi-speed-hq"
      ndi      = { audio_reference_level = -20, program_name = "Studio A", quality = 100, timecode_source = "UTC_SYSTEM_TIME" }
    }
  }
  vpc_interfaces = {
    studio = { security_group_ids = [var.security_group_id], subnet_id = var.subnet_id }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
