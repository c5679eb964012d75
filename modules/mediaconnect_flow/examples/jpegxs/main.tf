# ST 2110 JPEG XS that arrives over two interfaces at once (SMPTE ST 2022-7), and leaves over both.

variable "availability_zone" {
  description = "Zone of the flow and of the subnet."
  type        = string
  default     = "eu-central-1a"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-jpegxs"
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
  media_streams = {
    sound = { id = 2, type = "audio", format = { channel_order = "SMPTE2110.(ST)" } }
    video = { id = 1, type = "video", format = { exact_framerate = "30000/1001", scan_mode = "interlace" }, video_format = "1080i" }
  }
  primary_source = {
    protocol        = "st2110-jpegxs"
    max_sync_buffer = 100
    media_streams = {
      sound = { inputs = [{ interface = "blue", port = 5002 }, { interface = "red", port = 5002 }] }
      video = { inputs = [{ interface = "blue", port = 5004 }, { interface = "red", port = 5004 }] }
    }
  }
  outputs = {
    playout = {
      protocol = "st2110-jpegxs"
      media_streams = {
        sound = { destinations = [{ interface = "blue", ip = "10.0.0.10", port = 5002 }, { interface = "red", ip = "10.0.1.10", port = 5002 }] }
        video = { destinations = [{ interface = "blue", ip = "10.0.0.10", port = 5004 }, { interface = "red", ip = "10.0.1.10", port = 5004 }] }
      }
    }
  }
  vpc_interfaces = {
    blue = { security_group_ids = [var.security_group_id], subnet_id = var.subnet_id }
    red  = { security_group_ids = [var.security_group_id], subnet_id = var.subnet_id }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
