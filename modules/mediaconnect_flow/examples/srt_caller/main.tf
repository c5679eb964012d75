# SRT from an encoder that waits to be called, with a password, and to a receiver that waits too. The pictures and the sound are watched.
# Put the password in before the flow is started:
# aws secretsmanager put-secret-value --secret-id <name>/srt --secret-string <password of 10 to 79 characters>

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-srt-caller"
  nullable    = false
}

module "flow" {
  source = "../.."

  name        = var.name
  description = "Contribution from studio A"
  primary_source = {
    protocol         = "srt-caller"
    decryption       = local.password
    listener_address = "encoder.example.com"
    listener_port    = 7000
    min_latency      = 800
    name             = "encoder"
    stream_id        = "studio-a"
  }
  outputs = {
    receiver = {
      protocol    = "srt-caller"
      description = "Playout"
      destination = "198.51.100.10"
      encryption  = local.password
      min_latency = 400
      port        = 7001
      stream_id   = "studio-a"
    }
    spare = { protocol = "rtp", destination = "198.51.100.11", enabled = false, port = 5001, smoothing_latency = 100 }
  }
  source_monitoring = {
    content_quality = { black_frames_seconds = 10, frozen_frames_seconds = 15, silent_audio_seconds = 0 }
    thumbnail       = true
  }
  tags = { Feed = "studio-a" }
}

locals {
  password = { key_type = "srt-password", secret_arn = aws_secretsmanager_secret.srt.arn }
}

resource "aws_secretsmanager_secret" "srt" {
  #checkov:skip=CKV_AWS_149:the key that AWS manages will do for an example; encrypted_srt has one of its own
  #checkov:skip=CKV2_AWS_57:the other side holds it too, so it cannot change by itself
  name                    = "${var.name}/srt"
  description             = "SRT password of the flow ${var.name}"
  recovery_window_in_days = 0
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
