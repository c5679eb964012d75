# The APIs that the workflow calls, reached from two subnets without the internet.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-private-access"
  nullable    = false
}

data "aws_region" "current" {}

module "guardrails" {
  source = "../.."

  name = var.name
  vpc_endpoints = {
    client_cidr_blocks = [aws_vpc.this.cidr_block]
    route_table_ids    = [aws_vpc.this.main_route_table_id]
    subnet_ids         = [for subnet in aws_subnet.private : subnet.id]
    vpc_id             = aws_vpc.this.id
  }
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:an example's VPC, with nothing in it
  #checkov:skip=CKV2_AWS_12:an example's VPC, with nothing in it

  cidr_block           = "192.0.2.0/24"
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

resource "aws_subnet" "private" {
  for_each = { a = 0, b = 1 }

  availability_zone = "${data.aws_region.current.name}${each.key}"
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 2, each.value)
  vpc_id            = aws_vpc.this.id

  tags = { Name = "${var.name}-${each.key}" }
}

output "vpc_endpoint_ids" {
  description = "The endpoints: service → id."
  value       = module.guardrails.vpc_endpoint_ids
}
