# A flow with two outputs by Cloud Control, as an environment: what somebody then changes by hand is drift.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

locals {
  config = yamldecode(file("${path.root}/config.yaml"))
}

provider "aws" {
  region = local.config.region
}

resource "aws_cloudcontrolapi_resource" "flow" {
  for_each = local.config.flows

  type_name = "AWS::MediaConnect::Flow"

  desired_state = jsonencode({
    Name = "${local.config.name}-${each.key}"
    Source = {
      Name          = "primary"
      Description   = "Contribution feed"
      Protocol      = each.value.source.protocol
      IngestPort    = each.value.source.ingest_port
      WhitelistCidr = each.value.source.whitelist_cidr
    }
    Tags = [{ Key = "Environment", Value = "test" }]
  })
}

resource "aws_cloudcontrolapi_resource" "output" {
  for_each = aws_cloudcontrolapi_resource.flow

  type_name = "AWS::MediaConnect::FlowOutput"

  desired_state = jsonencode({
    FlowArn     = each.value.id
    Name        = "receiver"
    Description = "To the receiver"
    Protocol    = "rtp"
    Destination = "198.51.100.10"
    Port        = 5001
  })

  lifecycle {
    replace_triggered_by = [aws_cloudcontrolapi_resource.flow[each.key].id]
  }
}

output "flow_arns" {
  description = "ARNs of the flows by key."
  value       = { for key, flow in aws_cloudcontrolapi_resource.flow : key => flow.id }
}
