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


# says: outputs["o"].vpc_interface: there is no "lan" in vpc_interfaces (studio, video).
run "an_unknown_interface" {
  command = plan

  variables {
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    outputs        = { o = { protocol = "rtp", destination = "192.0.2.1", port = 5000, vpc_interface = "lan" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: a flow with a source of rtp has no output of cdi
run "cdi_from_a_transport_stream" {
  command = plan

  variables {
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    outputs        = { o = { protocol = "cdi", destination = "192.0.2.1", port = 5000, vpc_interface = "video", media_streams = {} } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: a flow with a source of cdi has no output of rtp
run "a_transport_stream_from_cdi" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    outputs        = { o = { protocol = "rtp", destination = "192.0.2.1", port = 5000 } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: destinations: st2110-jpegxs needs one, or two for redundancy
run "jpeg_xs_to_nobody" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { video = {} } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: compression_factor must be 3.0 to 10.0.
run "too_much_compression" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { video = { compression_factor = 11, encoder_profile = "main", destinations = [{ interface = "studio", ip = "192.0.2.1", port = 5000 }] } } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: compression_factor and encoder_profile are for video from a cdi source to st2110-jpegxs.
run "compression_of_cdi" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    outputs        = { o = { protocol = "cdi", destination = "192.0.2.1", port = 5000, vpc_interface = "video", media_streams = { video = { compression_factor = 4, encoder_profile = "main" } } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: compression_factor and encoder_profile go together.
run "a_profile_alone" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { video = { encoder_profile = "main", destinations = [{ interface = "studio", ip = "192.0.2.1", port = 5000 }] } } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: outputs["o"].media_streams: there is no "sound" in media_streams (video).
run "an_unknown_stream" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { sound = { destinations = [{ interface = "studio", ip = "192.0.2.1", port = 5000 }] } } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: outputs["o"].smoothing_latency: srt-caller does not take it
run "srt_with_smoothing" {
  command = plan

  variables {
    outputs = { o = { protocol = "srt-caller", destination = "192.0.2.1", port = 5000, smoothing_latency = 100 } }
  }

  expect_failures = [var.outputs]
}

# says: outputs["o"].destination: zixi-pull does not take it
run "zixi_pull_with_a_destination" {
  command = plan

  variables {
    outputs = { o = { protocol = "zixi-pull", destination = "192.0.2.1", cidr_allow_list = ["203.0.113.0/24"], remote_id = "a", stream_id = "b" } }
  }

  expect_failures = [var.outputs]
}

# says: outputs["o"].remote_id is missing: zixi-pull needs it.
run "zixi_pull_without_a_remote_id" {
  command = plan

  variables {
    outputs = { o = { protocol = "zixi-pull", cidr_allow_list = ["203.0.113.0/24"], stream_id = "b" } }
  }

  expect_failures = [var.outputs]
}

# says: outputs["o"].port: router does not take it
run "a_router_with_a_port" {
  command = plan

  variables {
    outputs = { o = { protocol = "router", router = {}, port = 5000 } }
  }

  expect_failures = [var.outputs]
}

# says: outputs["o"].ndi.timecode_source must be EMBEDDED_TIMECODE or UTC_SYSTEM_TIME.
run "ndi_of_an_unknown_timecode" {
  command = plan

  variables {
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    flow_size      = "LARGE"
    ndi            = { discovery_servers = [{ address = "192.0.2.1", vpc_interface = "studio" }] }
    outputs        = { o = { protocol = "ndi-speed-hq", ndi = { timecode_source = "NTP" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: outputs["o"].port must be a whole number from 1024 to 65534, not 65535.
run "rist_without_room_for_its_second_port" {
  command = plan

  variables {
    outputs = { o = { protocol = "rist", destination = "192.0.2.1", port = 65535 } }
  }

  expect_failures = [var.outputs]
}

# says: entitlements: subscribers must be one or more account numbers of 12 digits
run "a_subscriber_without_zeros" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["12345"] } }
  }

  expect_failures = [var.entitlements]
}

# says: entitlements: subscribers must be one or more account numbers of 12 digits
run "an_entitlement_for_nobody" {
  command = plan

  variables {
    entitlements = { e = { subscribers = [] } }
  }

  expect_failures = [var.entitlements]
}

# says: entitlements: subscriber_fee_percent must be a whole number from 0 to 100.
run "a_fee_above_all" {
  command = plan

  variables {
    entitlements = { e = { subscriber_fee_percent = 101, subscribers = ["111122223333"] } }
  }

  expect_failures = [var.entitlements]
}
