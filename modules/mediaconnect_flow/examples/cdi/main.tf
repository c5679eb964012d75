# Uncompressed video, audio and ancillary data (CDI) from a VPC, passed on as CDI and, compressed, as ST 2110 JPEG XS.

variable "availability_zone" {
  description = "Zone of the flow and of the subnet."
  type        = string
  default     = "eu-central-1a"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-cdi"
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
  flow_size         = "LARGE"
  media_streams = {
    captions = { id = 3, type = "ancillary-data", description = "Captions" }
    sound    = { id = 2, type = "audio", clock_rate = 48000, format = { channel_order = "SMPTE2110.(ST)" }, language = "en" }
    video = {
      id           = 1
      type         = "video"
      format       = { colorimetry = "BT709", exact_framerate = "50", par = "1:1", range = "NARROW", scan_mode = "progressive", tcs = "SDR" }
      video_format = "1080p"
    }
  }
  primary_source = {
    protocol        = "cdi"
    ingest_port     = 5000
    max_sync_buffer = 100
    media_streams   = { captions = {}, sound = {}, video = {} }
    vpc_interface   = "fast"
  }
  outputs = {
    cdi = {
      protocol      = "cdi"
      destination   = "10.0.0.10"
      media_streams = { captions = {}, sound = {}, video = {} }
      port          = 5000
      vpc_interface = "fast"
    }
    jpegxs = {
      protocol = "st2110-jpegxs"
      media_streams = {
        sound = { destinations = [{ interface = "plain", ip = "10.0.0.11", port = 5002 }] }
        video = { compression_factor = 4, destinations = [{ interface = "plain", ip = "10.0.0.11", port = 5004 }], encoder_profile = "main" }
      }
    }
  }
  vpc_interfaces = {
    fast  = { security_group_ids = [var.security_group_id], subnet_id = var.subnet_id, type = "efa" }
    plain = { security_group_ids = [var.security_group_id], subnet_id = var.subnet_id }
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
