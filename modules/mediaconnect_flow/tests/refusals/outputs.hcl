# the flow says: outputs["o"].vpc_interface: there is no "lan" in vpc_interfaces (studio, video).
module "an_unknown_interface" {
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  outputs        = { o = { protocol = "rtp", destination = "192.0.2.1", port = 5000, vpc_interface = "lan" } }
}

# the flow says: a flow with a source of rtp has no output of cdi
module "cdi_from_a_transport_stream" {
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  outputs        = { o = { protocol = "cdi", destination = "192.0.2.1", port = 5000, vpc_interface = "video", media_streams = {} } }
}

# the flow says: a flow with a source of cdi has no output of rtp
module "a_transport_stream_from_cdi" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  outputs        = { o = { protocol = "rtp", destination = "192.0.2.1", port = 5000 } }
}

# the flow says: destinations: st2110-jpegxs needs one, or two for redundancy
module "jpeg_xs_to_nobody" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { video = {} } } }
}

# the flow says: compression_factor must be 3.0 to 10.0.
module "too_much_compression" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { video = { compression_factor = 11, encoder_profile = "main", destinations = [{ interface = "studio", ip = "192.0.2.1", port = 5000 }] } } } }
}

# the flow says: compression_factor and encoder_profile are for video from a cdi source to st2110-jpegxs.
module "compression_of_cdi" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  outputs        = { o = { protocol = "cdi", destination = "192.0.2.1", port = 5000, vpc_interface = "video", media_streams = { video = { compression_factor = 4, encoder_profile = "main" } } } }
}

# the flow says: compression_factor and encoder_profile go together.
module "a_profile_alone" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { video = { encoder_profile = "main", destinations = [{ interface = "studio", ip = "192.0.2.1", port = 5000 }] } } } }
}

# the flow says: outputs["o"].media_streams: there is no "sound" in media_streams (video).
module "an_unknown_stream" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  outputs        = { o = { protocol = "st2110-jpegxs", media_streams = { sound = { destinations = [{ interface = "studio", ip = "192.0.2.1", port = 5000 }] } } } }
}

# var.outputs says: outputs["o"].smoothing_latency: srt-caller does not take it
module "srt_with_smoothing" {
  outputs = { o = { protocol = "srt-caller", destination = "192.0.2.1", port = 5000, smoothing_latency = 100 } }
}

# var.outputs says: outputs["o"].destination: zixi-pull does not take it
module "zixi_pull_with_a_destination" {
  outputs = { o = { protocol = "zixi-pull", destination = "192.0.2.1", cidr_allow_list = ["203.0.113.0/24"], remote_id = "a", stream_id = "b" } }
}

# var.outputs says: outputs["o"].remote_id is missing: zixi-pull needs it.
module "zixi_pull_without_a_remote_id" {
  outputs = { o = { protocol = "zixi-pull", cidr_allow_list = ["203.0.113.0/24"], stream_id = "b" } }
}

# var.outputs says: outputs["o"].port: router does not take it
module "a_router_with_a_port" {
  outputs = { o = { protocol = "router", router = {}, port = 5000 } }
}

# the flow says: outputs["o"].ndi.timecode_source must be EMBEDDED_TIMECODE or UTC_SYSTEM_TIME.
module "ndi_of_an_unknown_timecode" {
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  flow_size      = "LARGE"
  ndi            = { discovery_servers = [{ address = "192.0.2.1", vpc_interface = "studio" }] }
  outputs        = { o = { protocol = "ndi-speed-hq", ndi = { timecode_source = "NTP" } } }
}

# var.outputs says: outputs["o"].port must be a whole number from 1024 to 65534, not 65535.
module "rist_without_room_for_its_second_port" {
  outputs = { o = { protocol = "rist", destination = "192.0.2.1", port = 65535 } }
}

# var.entitlements says: entitlements: subscribers must be one or more account numbers of 12 digits
module "a_subscriber_without_zeros" {
  entitlements = { e = { subscribers = ["12345"] } }
}

# var.entitlements says: entitlements: subscribers must be one or more account numbers of 12 digits
module "an_entitlement_for_nobody" {
  entitlements = { e = { subscribers = [] } }
}

# var.entitlements says: entitlements: subscriber_fee_percent must be a whole number from 0 to 100.
module "a_fee_above_all" {
  entitlements = { e = { subscriber_fee_percent = 101, subscribers = ["111122223333"] } }
}
