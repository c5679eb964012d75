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

run "an_unknown_kind_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "hls"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "hls"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "kinds_that_differ_are_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "s3"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "s3"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "an_access_control_of_the_other_kind_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "s3"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "one_region_twice_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "a_zone_instead_of_a_region_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1a"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "one_origin_twice_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "manifests_at_two_paths_are_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/other.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "a_manifest_path_without_a_slash_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [var.origins]
}

run "media_quality_of_buckets_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "s3"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "s3"
        region                            = "eu-central-1"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "s3"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "s3"
        region                            = "eu-west-1"
      }
    }
    media_quality = true
  }

  expect_failures = [var.media_quality]
}

run "ten_seconds_of_remembered_errors_are_refused" {
  command = plan

  variables {
    error_caching_seconds = 10
  }

  expect_failures = [var.error_caching_seconds]
}

run "a_manifest_kept_for_ten_seconds_is_refused" {
  command = plan

  variables {
    manifest_ttl_seconds = 10
  }

  expect_failures = [var.manifest_ttl_seconds]
}

run "a_manifest_that_is_not_kept_at_all_is_refused" {
  command = plan

  variables {
    manifest_ttl_seconds = 0
  }

  expect_failures = [var.manifest_ttl_seconds]
}

run "a_patient_connection_is_refused" {
  command = plan

  variables {
    connection_timeout_seconds = 10
  }

  expect_failures = [var.connection_timeout_seconds]
}

run "a_patient_read_is_refused" {
  command = plan

  variables {
    read_timeout_seconds = 30
  }

  expect_failures = [var.read_timeout_seconds]
}

run "a_preferred_region_that_is_no_origins_is_refused" {
  command = plan

  variables {
    preferred_region = "us-east-1"
  }

  expect_failures = [var.preferred_region]
}

run "a_country_sent_to_another_region_is_refused" {
  command = plan

  variables {
    viewer_location = { countries = { DE = "us-east-1" } }
  }

  expect_failures = [var.viewer_location]
}

run "a_country_by_its_name_is_refused" {
  command = plan

  variables {
    viewer_location = { countries = { Germany = "eu-west-1" } }
  }

  expect_failures = [var.viewer_location]
}

run "an_alias_without_a_certificate_is_refused" {
  command = plan

  variables {
    aliases = ["live.example.com"]
  }

  expect_failures = [var.aliases]
}

run "an_alias_as_a_url_is_refused" {
  command = plan

  variables {
    aliases         = ["https://live.example.com"]
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
  }

  expect_failures = [var.aliases]
}

run "a_certificate_of_another_region_is_refused" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
  }

  expect_failures = [var.certificate_arn]
}

run "a_regional_web_acl_is_refused" {
  command = plan

  variables {
    web_acl_arn = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/a/b"
  }

  expect_failures = [var.web_acl_arn]
}

run "countries_without_a_restriction_are_refused" {
  command = plan

  variables {
    geo_restriction = { countries = ["DE"] }
  }

  expect_failures = [var.geo_restriction]
}

run "a_page_without_its_scheme_is_refused" {
  command = plan

  variables {
    cors_origins = ["player.example.com"]
  }

  expect_failures = [var.cors_origins]
}

run "logs_to_an_arn_are_refused" {
  command = plan

  variables {
    access_logs = { bucket_domain_name = "arn:aws:s3:::logs" }
  }

  expect_failures = [var.access_logs]
}

run "segments_kept_for_a_second_are_refused" {
  command = plan

  variables {
    segment_ttl_seconds = 1
  }

  expect_failures = [var.segment_ttl_seconds]
}

run "no_manifest_pattern_is_refused" {
  command = plan

  variables {
    manifest_path_patterns = []
  }

  expect_failures = [var.manifest_path_patterns]
}

run "a_place_off_the_globe_is_refused" {
  command = plan

  variables {
    region_coordinates = { eu-west-9 = { latitude = 91, longitude = 0 } }
  }

  expect_failures = [var.region_coordinates]
}

run "a_weakening_without_its_confirmation_is_refused" {
  command = plan

  variables {
    weakened_for_drill = { confirm = "yes", error_caching_seconds = 10 }
  }

  expect_failures = [var.weakened_for_drill]
}

run "a_weakening_for_an_hour_is_refused" {
  command = plan

  variables {
    weakened_for_drill = { confirm = "viewers of live will be cut off", error_caching_seconds = 3600 }
  }

  expect_failures = [var.weakened_for_drill]
}

run "an_unknown_price_class_is_refused" {
  command = plan

  variables {
    price_class = "PriceClass_300"
  }

  expect_failures = [var.price_class]
}

run "a_name_that_a_function_could_not_have_is_refused" {
  command = plan

  variables {
    name = "live delivery"
  }

  expect_failures = [var.name]
}

run "a_region_whose_place_is_unknown_is_refused" {
  command = plan

  variables {
    origins = {
      primary = {
        domain_name                       = "a.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-9"
      }
      secondary = {
        domain_name                       = "b.example.com"
        kind                              = "mediapackage"
        manifest_path                     = "/index.m3u8"
        origin_access_control_origin_type = "mediapackagev2"
        region                            = "eu-west-1"
      }
    }
  }

  expect_failures = [aws_cloudfront_function.choose_origin]
}
