mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_default_tags" {
    defaults = { tags = { Environment = "test" } }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_resource "aws_cloudcontrolapi_resource" {
    defaults = { id = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-studio-a-keys" }
  }
}

variables {
  name = "live-studio-a"
  primary_source = {
    protocol       = "rtp"
    ingest_port    = 5000
    whitelist_cidr = "203.0.113.0/24"
  }
}


# says: maintenance.day must be a day of the week with a capital letter
run "a_day_in_small_letters" {
  command = plan

  variables {
    maintenance = { day = "monday" }
  }

  expect_failures = [var.maintenance]
}

# says: maintenance.start_hour must be a full hour from 0 to 23 (UTC).
run "half_past_two" {
  command = plan

  variables {
    maintenance = { day = "Monday", start_hour = 2.5 }
  }

  expect_failures = [var.maintenance]
}

# says: maintenance.start_hour must be a full hour from 0 to 23 (UTC).
run "the_24th_hour" {
  command = plan

  variables {
    maintenance = { day = "Monday", start_hour = 24 }
  }

  expect_failures = [var.maintenance]
}

# says: source_monitoring.content_quality: each must be whole seconds from 10 to 60
run "nine_seconds_of_black" {
  command = plan

  variables {
    source_monitoring = { content_quality = { black_frames_seconds = 9 } }
  }

  expect_failures = [var.source_monitoring]
}

# says: source_monitoring.content_quality: each must be whole seconds from 10 to 60
run "a_minute_and_more_of_silence" {
  command = plan

  variables {
    source_monitoring = { content_quality = { silent_audio_seconds = 61 } }
  }

  expect_failures = [var.source_monitoring]
}

# says: source_monitoring looks into transport streams, not into cdi.
run "monitoring_of_cdi" {
  command = plan

  variables {
    primary_source    = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces    = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams     = { video = { id = 1, type = "video", video_format = "1080p" } }
    source_monitoring = {}
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: flow_size must be MEDIUM, LARGE or LARGE_4X.
run "an_unknown_size" {
  command = plan

  variables {
    flow_size = "SMALL"
  }

  expect_failures = [var.flow_size]
}

# says: encoding is for sources of ndi-speed-hq, not for rtp.
run "encoding_of_rtp" {
  command = plan

  variables {
    encoding = {}
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: encoding.video_max_bitrate must be 10000000 to 50000000 bits/s.
run "encoding_at_too_low_a_rate" {
  command = plan

  variables {
    encoding = { video_max_bitrate = 5000000 }
  }

  expect_failures = [var.encoding]
}

# says: media_streams are for sources of cdi and st2110-jpegxs; rtp carries one transport stream.
run "streams_in_rtp" {
  command = plan

  variables {
    media_streams = { video = { id = 1, type = "video", video_format = "1080p" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: media_streams: clock_rate must be 90000 for video and ancillary-data, 48000 or 96000 for audio.
run "sound_at_90_kHz" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "audio", clock_rate = 90000 } }
  }

  expect_failures = [var.media_streams]
}

# says: media_streams: video_format must be 2160p, 1080p, 1080i, 720p or 480p for video
run "video_without_a_format" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video" } }
  }

  expect_failures = [var.media_streams]
}

# says: media_streams: language and format.channel_order belong to audio.
run "video_with_a_language" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p", language = "en" } }
  }

  expect_failures = [var.media_streams]
}

# says: media_streams: each id must be a whole number from 0 and belong to one stream only.
run "two_streams_of_one_id" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { sound = { id = 1, type = "audio" }, video = { id = 1, type = "video", video_format = "1080p" } }
  }

  expect_failures = [var.media_streams]
}

# says: media_streams: format takes colorimetry BT601
run "an_unknown_range" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p", format = { range = "WIDE" } } }
  }

  expect_failures = [var.media_streams]
}

# says: vpc_interfaces: security_group_ids must name at least one group.
run "an_interface_without_a_group" {
  command = plan

  variables {
    vpc_interfaces = { studio = { security_group_ids = [], subnet_id = "subnet-0a" } }
  }

  expect_failures = [var.vpc_interfaces]
}

# says: vpc_interfaces: subnet_id must look like subnet-0123456789abcdef0.
run "an_interface_in_a_vpc" {
  command = plan

  variables {
    vpc_interfaces = { studio = { security_group_ids = ["sg-0a"], subnet_id = "vpc-0a" } }
  }

  expect_failures = [var.vpc_interfaces]
}

# says: vpc_interfaces: a flow can have one interface of type efa.
run "two_fast_interfaces" {
  command = plan

  variables {
    vpc_interfaces = { for name in ["a", "b"] : name => { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" } }
  }

  expect_failures = [var.vpc_interfaces]
}
