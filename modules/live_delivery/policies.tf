locals {
  # What MediaPackage's manifests may be asked with; S3 takes nothing.
  # https://docs.aws.amazon.com/mediapackage/latest/userguide/cdn-configuration.html
  query_strings = local.kind == "mediapackage" ? ["_HLS_msn", "_HLS_part", "aws.manifestfilter", "end", "m", "start", "time_delay"] : []

  cache_policies = {
    manifests = { default = var.manifest_ttl_seconds, least = 0, most = var.manifest_ttl_seconds }
    # Named by the time that they begin at, segments never change.
    segments = { default = var.segment_ttl_seconds, least = 0, most = var.segment_ttl_seconds }
  }
}

resource "aws_cloudfront_cache_policy" "this" {
  for_each = local.cache_policies

  comment     = "${each.key} of ${var.name}"
  default_ttl = each.value.default
  max_ttl     = each.value.most
  min_ttl     = each.value.least
  name        = "${var.name}-${each.key}"

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = false
    enable_accept_encoding_gzip   = false

    cookies_config {
      cookie_behavior = "none"
    }

    headers_config {
      header_behavior = "none"
    }

    query_strings_config {
      query_string_behavior = length(local.query_strings) == 0 ? "none" : "whitelist"

      dynamic "query_strings" {
        for_each = length(local.query_strings) == 0 ? [] : [local.query_strings]

        content {
          items = query_strings.value
        }
      }
    }
  }
}

locals {
  # The viewer's place, for the function: CloudFront adds these headers only where a policy asks for them. In an origin request
  # policy they are not in the cache key.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
  location_headers = ["CloudFront-Viewer-Country", "CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude"]

  # S3 refuses a preflight request that does not say these; what its answer allows is replaced by the response headers policy.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
  preflight_headers = local.kind == "s3" ? ["Access-Control-Request-Headers", "Access-Control-Request-Method", "Origin"] : []
}

resource "aws_cloudfront_origin_request_policy" "location" {
  comment = "The viewer's place, for the choice of the origin of ${var.name}"
  name    = "${var.name}-location"

  cookies_config {
    cookie_behavior = "none"
  }

  headers_config {
    header_behavior = "whitelist"

    headers {
      items = concat(local.location_headers, local.preflight_headers)
    }
  }

  query_strings_config {
    query_string_behavior = "none"
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  #checkov:skip=CKV_AWS_259:subdomains and browsers' preload lists concern a whole domain, which is not this module's

  comment = "CORS and TLS for players of ${var.name}"
  name    = "${var.name}-players"

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
      items = var.cors_origins
    }

    access_control_expose_headers {
      items = ["Age", "Content-Length", "Content-Range", "Date", "ETag"]
    }
  }

  security_headers_config {
    content_type_options {
      override = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}
