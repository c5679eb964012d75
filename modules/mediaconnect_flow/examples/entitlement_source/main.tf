# Content of another account, taken by the entitlement that it has granted, decrypted with the key that both hold.

variable "entitlement_arn" {
  description = "ARN of the entitlement, from the account that grants it."
  type        = string
  default     = "arn:aws:mediaconnect:eu-central-1:111122223333:entitlement:1-11aa22bb11aa22bb-3333cccc4444:partner"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-entitlement-source"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol        = "entitlement"
    decryption      = { algorithm = "aes128", key_type = "static-key", secret_arn = aws_secretsmanager_secret.partner.arn }
    description     = "What the partner sends"
    entitlement_arn = var.entitlement_arn
  }
  outputs = {
    playout = { protocol = "rtp", destination = "198.51.100.10", port = 5001 }
  }
}

resource "aws_secretsmanager_secret" "partner" {
  #checkov:skip=CKV_AWS_149:the key that AWS manages will do for an example; encrypted_srt has one of its own
  #checkov:skip=CKV2_AWS_57:the other side holds it too, so it cannot change by itself
  name                    = "${var.name}/partner"
  description             = "Static key of the entitlement that the flow ${var.name} takes up"
  recovery_window_in_days = 0
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
