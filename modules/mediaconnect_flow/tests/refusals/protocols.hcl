# the flow says: primary_source: rtp needs whitelist_cidr
module "rtp_without_senders" {
  primary_source = { protocol = "rtp", ingest_port = 5000 }
}

# the flow says: whitelist_cidr and vpc_interface exclude each other
module "rtp_with_a_network_and_a_vpc" {
  primary_source = { protocol = "rtp", ingest_port = 5000, vpc_interface = "studio", whitelist_cidr = "203.0.113.0/24" }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
}

# the flow says: primary_source.max_latency: rtp does not take it; it takes ingest_port, max_bitrate, vpc_interface, whitelist_cidr.
module "rtp_with_max_latency" {
  primary_source = { protocol = "rtp", ingest_port = 5000, max_latency = 100, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.decryption: rtp-fec does not take it
module "rtp_fec_with_decryption" {
  primary_source = { protocol = "rtp-fec", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}

# the flow says: primary_source.min_latency: rist does not take it
module "rist_with_min_latency" {
  primary_source = { protocol = "rist", ingest_port = 5000, min_latency = 100, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.ingest_port: rist would take the port 2088
module "rist_at_a_port_beside_zixis" {
  primary_source = { protocol = "rist", ingest_port = 2087, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.max_bitrate: srt-listener does not take it
module "srt_listener_with_max_bitrate" {
  primary_source = { protocol = "srt-listener", ingest_port = 5000, max_bitrate = 1000, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.stream_id: srt-listener does not take it
module "srt_listener_with_a_stream_id" {
  primary_source = { protocol = "srt-listener", ingest_port = 5000, stream_id = "a", whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.whitelist_cidr: srt-caller does not take it
module "srt_caller_with_a_whitelist" {
  primary_source = { protocol = "srt-caller", listener_address = "a.example.com", listener_port = 5000, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.listener_address is missing: srt-caller needs it.
module "srt_caller_without_an_address" {
  primary_source = { protocol = "srt-caller", listener_port = 5000 }
}

# the flow says: primary_source.listener_address must be an IPv4 address or a host name
module "srt_caller_to_a_url" {
  primary_source = { protocol = "srt-caller", listener_address = "srt://a.example.com", listener_port = 5000 }
}

# the flow says: zixi-push has a port of its own in a VPC only
module "zixi_with_a_port_on_the_internet" {
  primary_source = { protocol = "zixi-push", ingest_port = 2090, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: zixi-push in a VPC needs one of 2090 to 2099
module "zixi_in_a_vpc_without_a_port" {
  primary_source = { protocol = "zixi-push", vpc_interface = "studio" }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
}

# the flow says: primary_source.max_bitrate: zixi-push does not take it
module "zixi_with_max_bitrate" {
  primary_source = { protocol = "zixi-push", max_bitrate = 1000, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.entitlement_arn is missing: entitlement needs it.
module "an_entitlement_without_its_arn" {
  primary_source = { protocol = "entitlement" }
}

# the flow says: primary_source.entitlement_arn must look like
module "an_entitlement_of_something_else" {
  primary_source = { protocol = "entitlement", entitlement_arn = "arn:aws:s3:::a" }
}

# the flow says: primary_source.ingest_port: entitlement does not take it
module "an_entitlement_with_a_port" {
  primary_source = { protocol = "entitlement", ingest_port = 5000, entitlement_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:entitlement:1-a:a" }
}

# the flow says: primary_source.entitlement_arn: rtp does not take it
module "an_entitlement_with_a_protocol" {
  primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", entitlement_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:entitlement:1-a:a" }
}

# the flow says: primary_source.bridge_arn must look like
module "a_bridge_that_is_none" {
  primary_source = { protocol = "bridge", bridge_arn = "bridge" }
}

# the flow says: primary_source.router is missing: router needs it.
module "a_router_without_router" {
  primary_source = { protocol = "router" }
}

# the flow says: primary_source.router: secret_arn goes with key_type SECRETS_MANAGER
module "a_router_with_a_secret_it_does_not_use" {
  primary_source = { protocol = "router", router = { secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}

# the flow says: primary_source.router.key_type must be AUTOMATIC or SECRETS_MANAGER.
module "a_router_with_an_unknown_key_type" {
  primary_source = { protocol = "router", router = { key_type = "AUTO" } }
}

# the flow says: primary_source.media_streams is missing: cdi needs it.
module "cdi_without_streams" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video" }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
}

# the flow says: primary_source.vpc_interface: cdi needs an interface of type efa.
module "cdi_over_ena" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "studio", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
}

# the flow says: cdi takes all streams at ingest_port; leave inputs out.
module "cdi_with_inputs" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = { inputs = [{ interface = "video", port = 5000 }] } } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
}

# the flow says: st2110-jpegxs needs one input, or two for redundancy.
module "jpeg_xs_without_inputs" {
  primary_source = { protocol = "st2110-jpegxs", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
}

# the flow says: there is no "sound" in media_streams (video).
module "jpeg_xs_with_an_unknown_stream" {
  primary_source = { protocol = "st2110-jpegxs", media_streams = { sound = { inputs = [{ interface = "studio", port = 5000 }] } } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
}

# the flow says: port must be a whole number from 1024 to 65535, not 80.
module "jpeg_xs_at_a_low_port" {
  primary_source = { protocol = "st2110-jpegxs", media_streams = { video = { inputs = [{ interface = "studio", port = 80 }] } } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
}

# the flow says: ndi is missing: sources and outputs of ndi-speed-hq need discovery servers.
module "ndi_without_servers" {
  primary_source = { protocol = "ndi-speed-hq" }
  flow_size      = "LARGE"
}

# the flow says: flow_size must be LARGE or LARGE_4X for NDI.
module "ndi_on_a_medium_flow" {
  primary_source = { protocol = "ndi-speed-hq" }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  ndi            = { discovery_servers = [{ address = "192.0.2.1", vpc_interface = "studio" }] }
}

# the flow says: primary_source.ndi.audio_reference_level must be -40 to 0 dBFS.
module "ndi_too_loud" {
  primary_source = { protocol = "ndi-speed-hq", ndi = { audio_reference_level = 6 } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  flow_size      = "LARGE"
  ndi            = { discovery_servers = [{ address = "192.0.2.1", vpc_interface = "studio" }] }
}

# the flow says: ndi.discovery_servers: there is no "lan" in vpc_interfaces (studio, video).
module "ndi_through_an_unknown_interface" {
  primary_source = { protocol = "ndi-speed-hq" }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  flow_size      = "LARGE"
  ndi            = { discovery_servers = [{ address = "192.0.2.1", vpc_interface = "lan" }] }
}

# var.ndi says: ndi.discovery_servers must name one to three servers
module "four_ndi_servers" {
  primary_source = { protocol = "ndi-speed-hq" }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  flow_size      = "LARGE"
  ndi            = { discovery_servers = [for number in range(4) : { address = "192.0.2.${number}", vpc_interface = "studio" }] }
}
