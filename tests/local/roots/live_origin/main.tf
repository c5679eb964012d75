# Both kinds of origin in one Region, a role that writes to them as an encoder does, and one distribution in front of both.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  allowed_account_ids = ["123456789012"]
  region              = "eu-central-1"

  default_tags {
    tags = { Purpose = "delivery" }
  }
}

variable "weakened_for_drill" {
  description = "Protections that are taken away."
  type = object({
    confirm          = string
    dead_mans_switch = optional(bool, true)
    expiry_segments  = optional(number)
    if_match         = optional(bool, true)
  })
  default = null
}

# Two calls, not one with for_each: the distribution needs an output of each, and their policies need the distribution.
module "bucket" {
  source = "../modules/live_origin"

  cors_origins       = ["https://www.example.com"]
  distribution_arn   = aws_cloudfront_distribution.this.arn
  kind               = "s3"
  name               = "show"
  packages           = { expire_manifest = { filename = "../build/lambda/expire_manifest.zip" } }
  s3                 = { force_destroy = true }
  segment_seconds    = 2
  static_manifest    = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nprimary_p720.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nbackup_p720.m3u8\n"
  weakened_for_drill = var.weakened_for_drill
}

module "package" {
  source = "../modules/live_origin"

  distribution_arn = aws_cloudfront_distribution.this.arn
  name             = "show"
  segment_seconds  = 2
}

resource "aws_iam_role" "encoder" {
  name = "encoder"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "123456789012" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "encoder" {
  for_each = { bucket = module.bucket.writer_policy_json, package = module.package.writer_policy_json }

  name   = each.key
  policy = each.value
  role   = aws_iam_role.encoder.id
}

resource "aws_cloudfront_origin_access_control" "this" {
  for_each = { bucket = module.bucket.origin, package = module.package.origin }

  name                              = "show-${each.key}"
  origin_access_control_origin_type = each.value.origin_access_control_origin_type
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "this" {
  comment = "show"
  enabled = true

  origin {
    domain_name              = module.bucket.origin.domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this["bucket"].id
    origin_id                = "bucket"
  }

  origin {
    domain_name              = module.package.origin.domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this["package"].id
    origin_id                = "package"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  # CachingDisabled: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
  default_cache_behavior {
    allowed_methods        = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    cached_methods         = ["GET", "HEAD"]
    target_origin_id       = "bucket"
    viewer_protocol_policy = "https-only"
  }

  ordered_cache_behavior {
    allowed_methods        = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    cached_methods         = ["GET", "HEAD"]
    path_pattern           = module.package.origin.path_patterns.segments
    target_origin_id       = "package"
    viewer_protocol_policy = "https-only"
  }

  # Errors are not remembered, so that each question is answered by the origin.
  dynamic "custom_error_response" {
    for_each = toset(["403", "404"])

    content {
      error_caching_min_ttl = 0
      error_code            = tonumber(custom_error_response.key)
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

output "bucket_name" {
  description = "The bucket of the origin of kind s3."
  value       = module.bucket.bucket_name
}

output "hosts" {
  description = "The origins' host names, by kind."
  value       = { for origin in [module.bucket.origin, module.package.origin] : origin.kind => origin.domain_name }
}

output "manifest_paths" {
  description = "What players open, by kind of origin."
  value       = { for origin in [module.bucket.origin, module.package.origin] : origin.kind => origin.manifest_path }
}

output "domain_name" {
  description = "Where viewers ask."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "role_arn" {
  description = "The encoder's role."
  value       = aws_iam_role.encoder.arn
}

output "weakened_for_drill" {
  description = "Protections that are taken away."
  value       = module.bucket.weakened_for_drill
}
