# RTP that two other accounts may take into flows of their own: one with a static key, one without, who pays half of the transfer.
# aws secretsmanager put-secret-value --secret-id <name>/partner --secret-string <32 hexadecimal digits for aes128>

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-entitlements"
  nullable    = false
}

module "flow" {
  source = "../.."

  name           = var.name
  primary_source = { protocol = "rtp", ingest_port = 5000, max_bitrate = 40000000, whitelist_cidr = "203.0.113.7/32" }
  entitlements = {
    archive = {
      description            = "For the archive"
      enabled                = false
      subscriber_fee_percent = 50
      subscribers            = ["444455556666"]
    }
    partner = {
      encryption  = { algorithm = "aes128", key_type = "static-key", secret_arn = aws_secretsmanager_secret.partner.arn }
      subscribers = ["111122223333"]
    }
  }
}

resource "aws_secretsmanager_secret" "partner" {
  #checkov:skip=CKV_AWS_149:the key that AWS manages will do for an example; encrypted_srt has one of its own
  #checkov:skip=CKV2_AWS_57:the other side holds it too, so it cannot change by itself
  name                    = "${var.name}/partner"
  description             = "Static key of what the flow ${var.name} shares"
  recovery_window_in_days = 0
}

output "entitlement_arns" {
  description = "What the subscribers need, by name."
  value       = module.flow.entitlement_arns
}
