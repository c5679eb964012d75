# SRT with a password, in from an encoder and out to a partner who fetches it. Put the password in before the flow is started:
# aws secretsmanager put-secret-value --secret-id <name>/srt --secret-string <password of 10 to 79 characters>

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-encrypted-srt"
  nullable    = false
}

module "flow" {
  source = "../.."

  name = var.name
  primary_source = {
    protocol       = "srt-listener"
    ingest_port    = 7000
    min_latency    = 800
    whitelist_cidr = "203.0.113.0/28"
    decryption     = local.password
  }
  outputs = {
    partner = {
      protocol        = "srt-listener"
      cidr_allow_list = ["192.0.2.0/28"]
      encryption      = local.password
      min_latency     = 400
      port            = 7001
    }
  }
}

locals {
  password = {
    key_type    = "srt-password"
    kms_key_arn = aws_kms_key.srt.arn
    secret_arn  = aws_secretsmanager_secret.srt.arn
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_kms_key" "srt" {
  description             = "Encrypts the SRT password of ${var.name}"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_secretsmanager_secret" "srt" {
  #checkov:skip=CKV2_AWS_57:the encoder and the partner hold the password too, so it cannot change by itself
  name                    = "${var.name}/srt"
  description             = "SRT password of the flow ${var.name}"
  kms_key_id              = aws_kms_key.srt.arn
  recovery_window_in_days = 0
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
