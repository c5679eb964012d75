# From a MediaConnect router, with a key that MediaConnect makes, and to another one, with a key of yours.
# aws secretsmanager put-secret-value --secret-id <name>/transit --secret-string <key>

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-router"
  nullable    = false
}

module "flow" {
  source = "../.."

  name           = var.name
  primary_source = { protocol = "router", router = {} }
  outputs = {
    onwards = { protocol = "router", router = { key_type = "SECRETS_MANAGER", secret_arn = aws_secretsmanager_secret.transit.arn } }
  }
}

resource "aws_secretsmanager_secret" "transit" {
  #checkov:skip=CKV_AWS_149:the key that AWS manages will do for an example; encrypted_srt has one of its own
  #checkov:skip=CKV2_AWS_57:the other side holds it too, so it cannot change by itself
  name                    = "${var.name}/transit"
  description             = "Key between the flow ${var.name} and a router"
  recovery_window_in_days = 0
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
