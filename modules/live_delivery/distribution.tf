locals {
  # 403: the origin's policy, or a missing object where it may not be listed. 404: a missing or stale manifest, a segment that
  # is not there. 429: throttled. 5xx, and the 502 and 504 that stand for an origin that refuses or hangs.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
  failover_status_codes = [403, 404, 429, 500, 502, 503, 504]

  # What a custom error response can name. CloudFront does not keep a 429.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
  kept_error_codes = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]

  kind         = var.origins.primary.kind
  origin_group = "regions"
  origin_order = ["primary", "secondary"]
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:a web ACL is the caller's choice (web_acl_arn); only GET, HEAD and OPTIONS are taken
  #checkov:skip=CKV_AWS_86:where access logs go is the caller's choice (access_logs)
  #checkov:skip=CKV_AWS_174:TLS 1.2 with a certificate of the caller's; CloudFront's own name cannot ask for it
  #checkov:skip=CKV_AWS_305:nothing is at the root; players ask for the manifest
  #checkov:skip=CKV_AWS_374:where viewers may be is the caller's choice (geo_restriction)
  #checkov:skip=CKV2_AWS_42:a domain and its certificate are the caller's choice (aliases)
  #checkov:skip=CKV2_AWS_47:as CKV_AWS_68; there is no Java behind it

  aliases         = sort(var.aliases)
  comment         = "Live: ${var.name}"
  enabled         = true
  http_version    = "http2and3"
  is_ipv6_enabled = true
  price_class     = var.price_class
  tags            = var.tags
  web_acl_id      = var.web_acl_arn

  dynamic "origin" {
    for_each = var.origins

    content {
      connection_attempts      = 1
      connection_timeout       = var.connection_timeout_seconds
      domain_name              = origin.value.domain_name
      origin_access_control_id = aws_cloudfront_origin_access_control.this[origin.key].id
      origin_id                = origin.key

      # S3 takes no such settings from this provider, and no access control as a custom origin: the function sets its timeout.
      dynamic "custom_origin_config" {
        for_each = origin.value.kind == "s3" ? [] : [true]

        content {
          http_port                = 80
          https_port               = 443
          origin_keepalive_timeout = 5
          origin_protocol_policy   = "https-only"
          origin_read_timeout      = var.read_timeout_seconds
          origin_ssl_protocols     = ["TLSv1.2"]
        }
      }
    }
  }

  origin_group {
    origin_id = local.origin_group

    failover_criteria {
      status_codes = local.failover_status_codes
    }

    dynamic "member" {
      for_each = local.origin_order

      content {
        origin_id = member.value
      }
    }
  }

  default_cache_behavior {
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cache_policy_id            = aws_cloudfront_cache_policy.this["segments"].id
    cached_methods             = ["GET", "HEAD"]
    compress                   = false
    origin_request_policy_id   = aws_cloudfront_origin_request_policy.location.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    target_origin_id           = local.origin_group
    viewer_protocol_policy     = "https-only"

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.choose_origin.arn
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = var.manifest_path_patterns

    content {
      allowed_methods            = ["GET", "HEAD", "OPTIONS"]
      cache_policy_id            = aws_cloudfront_cache_policy.this["manifests"].id
      cached_methods             = ["GET", "HEAD"]
      compress                   = false
      origin_request_policy_id   = aws_cloudfront_origin_request_policy.location.id
      path_pattern               = ordered_cache_behavior.value
      response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
      target_origin_id           = local.origin_group
      viewer_protocol_policy     = "https-only"

      function_association {
        event_type   = "viewer-request"
        function_arn = aws_cloudfront_function.choose_origin.arn
      }
    }
  }

  dynamic "custom_error_response" {
    for_each = toset([for code in local.kept_error_codes : tostring(code)])

    content {
      error_caching_min_ttl = local.error_caching_seconds
      error_code            = tonumber(custom_error_response.value)
    }
  }

  dynamic "logging_config" {
    for_each = var.access_logs[*]

    content {
      bucket          = logging_config.value.bucket_domain_name
      include_cookies = false
      prefix          = logging_config.value.prefix
    }
  }

  restrictions {
    geo_restriction {
      locations        = sort(var.geo_restriction.countries)
      restriction_type = var.geo_restriction.type
    }
  }

  viewer_certificate {
    acm_certificate_arn            = var.certificate_arn
    cloudfront_default_certificate = var.certificate_arn == null
    minimum_protocol_version       = var.certificate_arn == null ? null : "TLSv1.2_2021"
    ssl_support_method             = var.certificate_arn == null ? null : "sni-only"
  }
}
