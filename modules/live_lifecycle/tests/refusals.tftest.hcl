mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  bucket_name = "live-origin-123456789012"
  channel_id  = "1234567"
  flows = {
    backup  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-2:live-backup"
    primary = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-1:live-primary"
  }
  manifest_keys = ["live/primary_high.m3u8", "live/backup_high.m3u8"]
  name          = "live"
  origin        = { domain_name = "live-origin-123456789012.s3.eu-central-1.amazonaws.com", kind = "s3", manifest_path = "/live/index.m3u8" }
}

run "a_bucket_without_an_origin_of_kind_s3_is_refused" {
  command = plan

  variables {
    manifest_keys = []
    origin        = { domain_name = "a.egress.b.mediapackagev2.eu-central-1.amazonaws.com", kind = "mediapackage", manifest_path = "/out/v1/g/c/e/index.m3u8" }
  }

  expect_failures = [var.bucket_name]
}

run "an_origin_of_kind_s3_without_manifests_is_refused" {
  command = plan

  variables {
    manifest_keys = []
  }

  expect_failures = [var.manifest_keys]
}

run "a_manifest_s_key_that_is_no_manifest_is_refused" {
  command = plan

  variables {
    manifest_keys = ["live/primary_high.ts"]
  }

  expect_failures = [var.manifest_keys]
}

run "a_channel_s_arn_in_place_of_its_id_is_refused" {
  command = plan

  variables {
    channel_id = "arn:aws:medialive:eu-central-1:123456789012:channel:1234567"
  }

  expect_failures = [var.channel_id]
}

run "one_flow_for_both_pipelines_is_refused" {
  command = plan

  variables {
    flows = {
      backup  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-1:live-primary"
      primary = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-1:live-primary"
    }
  }

  expect_failures = [var.flows]
}

run "a_drain_that_is_over_at_once_is_refused" {
  command = plan

  variables {
    drain_seconds = 4
  }

  expect_failures = [var.drain_seconds]
}

run "another_kind_of_origin_is_refused" {
  command = plan

  variables {
    bucket_name   = null
    manifest_keys = []
    origin        = { domain_name = "x", kind = "mediastore", manifest_path = "/live/index.m3u8" }
  }

  expect_failures = [var.origin]
}
