mock_provider "aws" {
  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE", domain_name = "d111111abcdef8.cloudfront.net", id = "E1EXAMPLE" }
  }

  mock_resource "aws_cloudfront_function" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:function/live-choose-origin" }
  }

  mock_resource "aws_cloudfront_key_value_store" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:key-value-store/11111111-2222-3333-4444-555555555555" }
  }
}

variables {
  name = "live"
  origins = {
    primary = {
      domain_name                       = "a.egress.b.mediapackagev2.eu-central-1.amazonaws.com"
      kind                              = "mediapackage"
      manifest_path                     = "/out/v1/live/live/live/index.m3u8"
      origin_access_control_origin_type = "mediapackagev2"
      region                            = "eu-central-1"
    }
    secondary = {
      domain_name                       = "c.egress.d.mediapackagev2.eu-west-1.amazonaws.com"
      kind                              = "mediapackage"
      manifest_path                     = "/out/v1/live/live/live/index.m3u8"
      origin_access_control_origin_type = "mediapackagev2"
      region                            = "eu-west-1"
    }
  }
}

run "the_other_region_is_asked_when_one_refuses_hangs_or_has_nothing" {
  assert {
    condition     = one(aws_cloudfront_distribution.this.origin_group).failover_criteria[0].status_codes == toset([403, 404, 429, 500, 502, 503, 504])
    error_message = "The failover codes are ${jsonencode(one(aws_cloudfront_distribution.this.origin_group).failover_criteria)}."
  }
  assert {
    condition     = [for member in one(aws_cloudfront_distribution.this.origin_group).member : member.origin_id] == ["primary", "secondary"]
    error_message = "The primary is not the first."
  }
  assert {
    condition     = alltrue([for origin in aws_cloudfront_distribution.this.origin : origin.connection_attempts == 1 && origin.connection_timeout == 1 && origin.custom_origin_config[0].origin_read_timeout == 1])
    error_message = "An origin that is gone holds viewers up."
  }
}

run "errors_and_manifests_are_not_kept" {
  assert {
    condition     = alltrue([for response in aws_cloudfront_distribution.this.custom_error_response : response.error_caching_min_ttl == 0])
    error_message = "The edge remembers errors."
  }
  assert {
    condition     = toset([for response in aws_cloudfront_distribution.this.custom_error_response : response.error_code]) == toset([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504])
    error_message = "An error that is not named is kept for 10 seconds."
  }
  assert {
    condition     = aws_cloudfront_cache_policy.this["manifests"].max_ttl == 1 && aws_cloudfront_cache_policy.this["manifests"].default_ttl == 1
    error_message = "Manifests are kept longer than a second."
  }
  assert {
    condition     = alltrue([for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.cache_policy_id == aws_cloudfront_cache_policy.this["manifests"].id])
    error_message = "A manifest has the segments' policy."
  }
}

run "everything_is_asked_over_tls_and_signed" {
  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].viewer_protocol_policy == "https-only" && alltrue([for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.viewer_protocol_policy == "https-only"])
    error_message = "Viewers may ask without TLS."
  }
  assert {
    condition     = alltrue([for origin in aws_cloudfront_distribution.this.origin : origin.custom_origin_config[0].origin_protocol_policy == "https-only" && origin.custom_origin_config[0].origin_ssl_protocols == toset(["TLSv1.2"])])
    error_message = "An origin is asked without TLS."
  }
  assert {
    condition     = alltrue([for control in aws_cloudfront_origin_access_control.this : control.signing_behavior == "always" && control.origin_access_control_origin_type == "mediapackagev2"]) && length(aws_cloudfront_origin_access_control.this) == 2
    error_message = "An origin is asked without a signature."
  }
  assert {
    condition     = alltrue([for origin in aws_cloudfront_distribution.this.origin : origin.origin_access_control_id == aws_cloudfront_origin_access_control.this[origin.origin_id].id])
    error_message = "An origin has another one's access control."
  }
}

run "a_bucket_is_an_s3_origin_whose_answer_the_function_waits_for" {
  variables {
    origins = {
      primary = {
        domain_name                       = "live-a.s3.eu-central-1.amazonaws.com"
        kind                              = "s3"
        manifest_path                     = "/live/index.m3u8"
        origin_access_control_origin_type = "s3"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "live-b.s3.eu-west-1.amazonaws.com"
        kind                              = "s3"
        manifest_path                     = "/live/index.m3u8"
        origin_access_control_origin_type = "s3"
        region                            = "eu-west-1"
      }
    }
    read_timeout_seconds = 2
  }

  assert {
    condition     = alltrue([for origin in aws_cloudfront_distribution.this.origin : length(origin.custom_origin_config) == 0])
    error_message = "CloudFront takes no access control for a bucket as a custom origin."
  }
  assert {
    condition     = strcontains(aws_cloudfront_function.choose_origin.code, "\"read_timeout\":2")
    error_message = "Nothing bounds how long a bucket may take."
  }
  assert {
    condition     = aws_cloudfront_cache_policy.this["manifests"].parameters_in_cache_key_and_forwarded_to_origin[0].query_strings_config[0].query_string_behavior == "none"
    error_message = "S3 is asked with query strings."
  }
  assert {
    condition     = alltrue([for name in ["Access-Control-Request-Headers", "Access-Control-Request-Method", "Origin"] : contains(one(one(aws_cloudfront_origin_request_policy.location.headers_config).headers).items, name)])
    error_message = "S3 does not learn of preflight requests."
  }
  assert {
    condition     = output.play_url == "https://d111111abcdef8.cloudfront.net/live/index.m3u8"
    error_message = "The address is ${output.play_url}."
  }
}

run "the_function_knows_origins_and_places_and_reads_the_store" {
  assert {
    condition     = !strcontains(aws_cloudfront_function.choose_origin.code, "__SETTINGS__") && strcontains(aws_cloudfront_function.choose_origin.code, "{\"id\":\"primary\",\"latitude\":50.1,\"longitude\":8.7,\"region\":\"eu-central-1\"},{\"id\":\"secondary\",")
    error_message = "The function's settings are ${local.choice == null ? "" : jsonencode(local.choice)}."
  }
  assert {
    condition     = length(aws_cloudfront_function.choose_origin.code) <= 10240
    error_message = "A function has at most 10 KB."
  }
  assert {
    condition     = aws_cloudfront_function.choose_origin.key_value_store_associations == toset([aws_cloudfront_key_value_store.this.arn]) && aws_cloudfront_function.choose_origin.publish
    error_message = "The function does not read the store, or is not live."
  }
  assert {
    condition     = alltrue([for behavior in concat(aws_cloudfront_distribution.this.default_cache_behavior, aws_cloudfront_distribution.this.ordered_cache_behavior) : one(behavior.function_association).event_type == "viewer-request" && behavior.origin_request_policy_id == aws_cloudfront_origin_request_policy.location.id])
    error_message = "Segments and manifests are not chosen alike."
  }
}

run "a_domain_of_ones_own_asks_for_tls_1_2" {
  variables {
    aliases         = ["live.example.com"]
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" && aws_cloudfront_distribution.this.viewer_certificate[0].ssl_support_method == "sni-only"
    error_message = "Old TLS is taken."
  }
  assert {
    condition     = output.play_url == "https://live.example.com/out/v1/live/live/live/index.m3u8"
    error_message = "The address is ${output.play_url}."
  }
}

run "media_quality_is_for_media_package" {
  variables {
    media_quality = true
  }

  assert {
    condition     = strcontains(aws_cloudfront_function.choose_origin.code, "\"quality\":true")
    error_message = "The function does not know of the score."
  }
}

run "access_logs_and_a_web_acl_are_attached_where_given" {
  variables {
    access_logs     = { bucket_domain_name = "logs.s3.amazonaws.com", prefix = "live/" }
    geo_restriction = { type = "whitelist", countries = ["DE", "AT"] }
    web_acl_arn     = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/live/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_cloudfront_distribution.this.logging_config[0].prefix == "live/" && endswith(aws_cloudfront_distribution.this.web_acl_id, "555555555555") && aws_cloudfront_distribution.this.restrictions[0].geo_restriction[0].locations == toset(["AT", "DE"])
    error_message = "Logs, web ACL or restriction are missing."
  }
}

run "a_drill_may_remember_errors_and_is_named" {
  variables {
    weakened_for_drill = { confirm = "viewers of live will be cut off", error_caching_seconds = 10 }
  }

  assert {
    condition     = alltrue([for response in aws_cloudfront_distribution.this.custom_error_response : response.error_caching_min_ttl == 10]) && output.weakened_for_drill == tolist(["error_caching_seconds"])
    error_message = "The drill's weakening is not there, or not named."
  }
}

run "without_a_drill_nothing_is_weakened" {
  assert {
    condition     = length(output.weakened_for_drill) == 0
    error_message = "Something is weakened: ${jsonencode(output.weakened_for_drill)}."
  }
}
