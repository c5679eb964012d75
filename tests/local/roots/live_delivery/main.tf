# Buckets in two Regions that hold the same names, and the module in front of them; they admit its distribution, over TLS.
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "secondary"
  region = "us-east-1"
}

variable "cors_origins" {
  description = "Whose pages may play."
  type        = set(string)
  default     = ["https://player.example.com"]
  nullable    = false
}

locals {
  buckets = {
    primary   = { bucket = aws_s3_bucket.primary, region = "eu-central-1" }
    secondary = { bucket = aws_s3_bucket.secondary, region = "us-east-1" }
  }

  origins = {
    for key, place in local.buckets : key => {
      domain_name                       = place.bucket.bucket_regional_domain_name
      kind                              = "s3"
      manifest_path                     = "/live/index.m3u8"
      origin_access_control_origin_type = "s3"
      region                            = place.region
    }
  }

  policies = {
    for key, place in local.buckets : key => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [place.bucket.arn, "${place.bucket.arn}/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Effect    = "Allow"
          Principal = { Service = "cloudfront.amazonaws.com" }
          Action    = ["s3:GetObject", "s3:ListBucket"]
          Resource  = [place.bucket.arn, "${place.bucket.arn}/*"]
          Condition = { StringEquals = { "aws:SourceArn" = module.live_delivery.distribution_arn } }
        },
      ]
    })
  }
}

resource "aws_s3_bucket" "primary" {
  bucket        = "live-delivery-primary"
  force_destroy = true
}

resource "aws_s3_bucket" "secondary" {
  provider = aws.secondary

  bucket        = "live-delivery-secondary"
  force_destroy = true
}

# As live_origin has them.
resource "aws_s3_bucket_cors_configuration" "primary" {
  bucket = aws_s3_bucket.primary.id

  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = var.cors_origins
  }
}

resource "aws_s3_bucket_cors_configuration" "secondary" {
  provider = aws.secondary

  bucket = aws_s3_bucket.secondary.id

  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = var.cors_origins
  }
}

resource "aws_s3_bucket_policy" "primary" {
  bucket = aws_s3_bucket.primary.id
  policy = local.policies.primary
}

resource "aws_s3_bucket_policy" "secondary" {
  provider = aws.secondary

  bucket = aws_s3_bucket.secondary.id
  policy = local.policies.secondary
}

module "live_delivery" {
  source = "../modules/live_delivery"

  cors_origins    = var.cors_origins
  name            = "live-delivery"
  origins         = local.origins
  viewer_location = { countries = { BR = "eu-central-1" } }
}

output "live_delivery" {
  description = "What `headend prefer` reads of an environment, and where viewers are."
  value = {
    domain_name         = module.live_delivery.domain_name
    key_value_store_arn = module.live_delivery.key_value_store_arn
    origin_regions      = module.live_delivery.origin_regions
    play_url            = module.live_delivery.play_url
  }
}
