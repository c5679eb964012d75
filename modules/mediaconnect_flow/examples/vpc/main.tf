# RTP from and to a VPC, over an interface of the flow there; the role for it is made by the module.

variable "availability_zone" {
  description = "Zone of the flow and of the subnet."
  type        = string
  default     = "eu-central-1a"
  nullable    = false
}

variable "name" {
  description = "Name of the flow and of what belongs to it."
  type        = string
  default     = "example-vpc"
  nullable    = false
}

module "flow" {
  source = "../.."

  name              = var.name
  availability_zone = var.availability_zone
  primary_source = {
    protocol      = "rtp"
    ingest_port   = 5000
    vpc_interface = "studio"
  }
  outputs = {
    playout = { protocol = "rtp", destination = "10.0.0.10", port = 5001, vpc_interface = "studio" }
  }
  vpc_interfaces = {
    studio = { security_group_ids = [aws_security_group.studio.id], subnet_id = aws_subnet.studio.id }
  }
}

resource "aws_vpc" "studio" {
  #checkov:skip=CKV2_AWS_11:an example of a flow, not of a network
  cidr_block = "10.0.0.0/24"
}

resource "aws_default_security_group" "none" {
  vpc_id = aws_vpc.studio.id
}

resource "aws_subnet" "studio" {
  vpc_id            = aws_vpc.studio.id
  availability_zone = var.availability_zone
  cidr_block        = "10.0.0.0/28"
}

resource "aws_security_group" "studio" {
  #checkov:skip=CKV2_AWS_5:MediaConnect puts it on the interfaces that it makes
  name        = "${var.name}-studio"
  description = "Senders to the flow ${var.name}"
  vpc_id      = aws_vpc.studio.id

  ingress {
    description = "RTP from the studio"
    from_port   = 5000
    to_port     = 5000
    protocol    = "udp"
    cidr_blocks = ["10.0.0.0/24"]
  }

  egress {
    description = "RTP to playout"
    from_port   = 5001
    to_port     = 5001
    protocol    = "udp"
    cidr_blocks = ["10.0.0.0/24"]
  }
}

output "flow_arn" {
  description = "ARN of the flow."
  value       = module.flow.arn
}
