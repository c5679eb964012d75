# Zixi from two encoders that count alike, in and out with a static key. Put the key in before the flow is started:
# aws secretsmanager put-secret-value --secret-id <name>/zixi --secret-string <64 hexadecimal digits for aes256>

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-zixi-encrypted"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol       = "zixi-push"
    decryption     = local.key
    max_latency    = 2000
    stream_id      = "studio-a"
    whitelist_cidr = "203.0.113.7/32"
  }
  backup_source = {
    protocol       = "zixi-push"
    decryption     = local.key
    max_latency    = 2000
    stream_id      = "studio-a-spare"
    whitelist_cidr = "203.0.113.8/32"
  }
  failover = { mode = "FAILOVER", prefer_primary = false }
  outputs = {
    fetched = { protocol = "zixi-pull", cidr_allow_list = ["192.0.2.0/28"], encryption = local.key, remote_id = "partner", stream_id = "studio-a" }
    sent    = { protocol = "zixi-push", destination = "198.51.100.10", encryption = local.key, port = 2088, stream_id = "studio-a" }
  }
}

locals {
  key = { algorithm = "aes256", key_type = "static-key", secret_arn = aws_secretsmanager_secret.zixi.arn }
}

resource "aws_secretsmanager_secret" "zixi" {
  #checkov:skip=CKV_AWS_149:the key that AWS manages will do for an example; encrypted_srt has one of its own
  #checkov:skip=CKV2_AWS_57:the other side holds it too, so it cannot change by itself
  name                    = "${var.name}/zixi"
  description             = "Static key of the flow ${var.name}"
  recovery_window_in_days = 0
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
