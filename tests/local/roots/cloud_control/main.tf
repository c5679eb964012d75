# A flow with two outputs by Cloud Control: what the local cloud has to carry from create to destroy.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region
}

variable "ingest_port" {
  description = "Port on which the source listens. Changed in place."
  type        = number
  default     = 5000
  nullable    = false
}

variable "name" {
  description = "Name of the flow. A change replaces it."
  type        = string
  default     = "cloud-control"
  nullable    = false
}

variable "outputs" {
  description = "Outputs by name."
  type        = map(object({ destination = string, port = number }))
  nullable    = false

  default = {
    primary = { destination = "198.51.100.10", port = 5001 }
    backup  = { destination = "198.51.100.11", port = 5002 }
  }
}

variable "region" {
  description = "Region of the flow."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "whitelist_cidr" {
  description = "Who may send to the source. MediaConnect refuses what is no CIDR block; the plan does not."
  type        = string
  default     = "203.0.113.0/24"
  nullable    = false
}

resource "aws_cloudcontrolapi_resource" "flow" {
  type_name = "AWS::MediaConnect::Flow"

  desired_state = jsonencode({
    Name = var.name
    Source = {
      Name          = "studio"
      Description   = "Contribution feed"
      Protocol      = "rtp"
      IngestPort    = var.ingest_port
      WhitelistCidr = var.whitelist_cidr
    }
    Maintenance = { MaintenanceDay = "Sunday", MaintenanceStartHour = "03:00" }
    Tags        = [{ Key = "Environment", Value = "test" }, { Key = "Port", Value = tostring(var.ingest_port) }]
  })
}

resource "aws_cloudcontrolapi_resource" "output" {
  for_each = var.outputs

  type_name = "AWS::MediaConnect::FlowOutput"

  desired_state = jsonencode({
    FlowArn     = aws_cloudcontrolapi_resource.flow.id
    Name        = each.key
    Description = "To the ${each.key} receiver"
    Protocol    = "rtp"
    Destination = each.value.destination
    Port        = each.value.port
  })

  lifecycle {
    # The provider sees only at apply that FlowArn, which is createOnly, has changed, and then fails.
    replace_triggered_by = [aws_cloudcontrolapi_resource.flow.id]
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = aws_cloudcontrolapi_resource.flow.id
}

output "output_arns" {
  description = "ARNs of the outputs by name."
  value       = { for name, output in aws_cloudcontrolapi_resource.output : name => output.id }
}
