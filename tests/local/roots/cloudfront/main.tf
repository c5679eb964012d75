# A distribution over two buckets in two Regions, as live delivery has it: an origin group, access controls, policies,
# and a function with a key-value store that chooses the origin.
terraform {
  required_version = ">= 1.9"
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
  alias  = "second"
  region = "eu-west-1"
}

variable "comment" {
  description = "The distribution's comment: what a change in place changes."
  type        = string
  default     = "two Regions"
  nullable    = false
}

variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "edge"
  nullable    = false
}

resource "aws_s3_bucket" "first" {
  bucket        = "${var.name}-first-origin"
  force_destroy = true
}

resource "aws_s3_bucket" "second" {
  provider      = aws.second
  bucket        = "${var.name}-second-origin"
  force_destroy = true
}

data "aws_iam_policy_document" "origin" {
  for_each = { first = aws_s3_bucket.first.arn, second = aws_s3_bucket.second.arn }

  statement {
    sid       = "Edge"
    actions   = ["s3:GetObject"]
    resources = ["${each.value}/*"]
    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }

  statement {
    sid       = "EdgeLists"
    actions   = ["s3:ListBucket"]
    resources = [each.value]
    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value, "${each.value}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "first" {
  bucket = aws_s3_bucket.first.id
  policy = data.aws_iam_policy_document.origin["first"].json
}

resource "aws_s3_bucket_policy" "second" {
  provider = aws.second
  bucket   = aws_s3_bucket.second.id
  policy   = data.aws_iam_policy_document.origin["second"].json
}

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = "${var.name}-s3"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_cache_policy" "manifests" {
  name        = "${var.name}-manifests"
  min_ttl     = 0
  default_ttl = 1
  max_ttl     = 1

  parameters_in_cache_key_and_forwarded_to_origin {
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_cache_policy" "segments" {
  name        = "${var.name}-segments"
  min_ttl     = 1
  default_ttl = 3600
  max_ttl     = 86400

  parameters_in_cache_key_and_forwarded_to_origin {
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["Origin"]
      }
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "location" {
  name = "${var.name}-location"

  cookies_config {
    cookie_behavior = "none"
  }
  headers_config {
    header_behavior = "whitelist"
    headers {
      items = ["CloudFront-Viewer-Country", "CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude"]
    }
  }
  query_strings_config {
    query_string_behavior = "none"
  }
}

resource "aws_cloudfront_response_headers_policy" "cors" {
  name = "${var.name}-cors"

  cors_config {
    access_control_allow_credentials = false
    access_control_max_age_sec       = 600
    origin_override                  = true

    access_control_allow_headers {
      items = ["*"]
    }
    access_control_allow_methods {
      items = ["GET", "HEAD", "OPTIONS"]
    }
    access_control_allow_origins {
      items = ["*"]
    }
    access_control_expose_headers {
      items = ["Date"]
    }
  }

  custom_headers_config {
    items {
      header   = "x-delivered-for"
      override = true
      value    = var.name
    }
  }
}

resource "aws_cloudfront_key_value_store" "this" {
  name    = "${var.name}-store"
  comment = "who is preferred"
}

resource "aws_cloudfrontkeyvaluestore_key" "preferred" {
  key_value_store_arn = aws_cloudfront_key_value_store.this.arn
  key                 = "preferred"
  value               = "first"
}

resource "aws_cloudfront_function" "choose" {
  name    = "${var.name}-choose"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/choose.js")

  key_value_store_associations = [aws_cloudfront_key_value_store.this.arn]
}

resource "aws_cloudfront_distribution" "this" {
  comment             = var.comment
  enabled             = true
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  wait_for_deployment = false

  origin {
    origin_id                = "first"
    domain_name              = aws_s3_bucket.first.bucket_regional_domain_name
    connection_attempts      = 1
    connection_timeout       = 5
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  origin {
    origin_id                = "second"
    domain_name              = aws_s3_bucket.second.bucket_regional_domain_name
    connection_attempts      = 1
    connection_timeout       = 5
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  origin_group {
    origin_id = "both"

    failover_criteria {
      status_codes = [403, 404, 429, 500, 502, 503, 504]
    }
    member {
      origin_id = "first"
    }
    member {
      origin_id = "second"
    }
  }

  default_cache_behavior {
    target_origin_id           = "both"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = aws_cloudfront_cache_policy.segments.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.cors.id
    viewer_protocol_policy     = "allow-all"
  }

  ordered_cache_behavior {
    path_pattern               = "*.m3u8"
    target_origin_id           = "both"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = aws_cloudfront_cache_policy.manifests.id
    origin_request_policy_id   = aws_cloudfront_origin_request_policy.location.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.cors.id
    viewer_protocol_policy     = "allow-all"

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.choose.arn
    }
  }

  dynamic "custom_error_response" {
    for_each = toset(["403", "404", "500", "502", "503", "504"])
    content {
      error_code            = tonumber(custom_error_response.key)
      error_caching_min_ttl = 0
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

  tags = {
    Purpose = "delivery"
  }
}

output "distribution" {
  description = "The distribution: its id and domain name."
  value = {
    domain_name = aws_cloudfront_distribution.this.domain_name
    id          = aws_cloudfront_distribution.this.id
  }
}

output "store_arn" {
  description = "ARN of the key-value store."
  value       = aws_cloudfront_key_value_store.this.arn
}
