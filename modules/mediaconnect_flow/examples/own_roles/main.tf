# Roles that somebody else makes: one that reads the password, one that makes the network interfaces.

variable "availability_zone" {
  description = "Zone of the flow and of the subnet."
  type        = string
  default     = "eu-central-1a"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-own-roles"
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
  maintenance       = { day = "Wednesday" }
  primary_source = {
    protocol      = "srt-listener"
    ingest_port   = 7000
    min_latency   = 800
    vpc_interface = "studio"
    decryption    = { key_type = "srt-password", role_arn = local.role_arns.key, secret_arn = aws_secretsmanager_secret.srt.arn }
  }
  vpc_interfaces = {
    studio = { role_arn = local.role_arns.network, security_group_ids = [var.security_group_id], subnet_id = var.subnet_id }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# Through their policies, because MediaConnect uses both roles while the flow is made; written out, because the plan must know that there
# are roles (the ARN of a role that is yet to be made may be null, as far as Terraform knows).
locals {
  roles = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role"
  role_arns = {
    key     = "${local.roles}/${aws_iam_role_policy.key.role}"
    network = "${local.roles}/${aws_iam_role_policy.network.role}"
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["mediaconnect.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"]
    resources = [aws_secretsmanager_secret.srt.arn]
  }
}

resource "aws_iam_role" "key" {
  name               = "${var.name}-key"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "key" {
  name   = "read-key"
  role   = aws_iam_role.key.name
  policy = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "network" {
  #checkov:skip=CKV_AWS_109:MediaConnect attaches the interfaces that it makes
  #checkov:skip=CKV_AWS_111:the module's own role names subnets and groups; this one serves every flow of the VPC
  #checkov:skip=CKV_AWS_356:as above
  statement {
    actions = [
      "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission",
      "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "network" {
  name               = "${var.name}-network"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "network" {
  name   = "network-interfaces"
  role   = aws_iam_role.network.name
  policy = data.aws_iam_policy_document.network.json
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
