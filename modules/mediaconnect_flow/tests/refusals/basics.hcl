# the flow says: primary_source.whitelist_cidr may not be 0.0.0.0/0: anybody could send to the flow.
module "the_whole_internet" {
  primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "0.0.0.0/0" }
}

# the flow says: primary_source.protocol must be one of bridge, cdi, entitlement, ndi-speed-hq, rist, router, rtp, rtp-fec, srt-caller, srt-listener, st2110-jpegxs, zixi-push, not "rtmp".
module "an_unknown_protocol" {
  primary_source = { protocol = "rtmp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.ingest_port is missing: rtp needs it.
module "a_missing_port" {
  primary_source = { protocol = "rtp", whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.min_latency: rtp does not take it; it takes ingest_port, max_bitrate, vpc_interface, whitelist_cidr.
module "a_field_of_another_protocol" {
  primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", min_latency = 100 }
}

# the flow says: primary_source: ingest_port and listener_port must be whole numbers from 1024 to 65535.
module "a_port_beyond_the_range" {
  primary_source = { protocol = "rtp", ingest_port = 70000, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source: ingest_port and listener_port must be whole numbers from 1024 to 65531.
module "a_port_without_room_for_fec" {
  primary_source = { protocol = "rtp-fec", ingest_port = 65534, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.ingest_port: rtp would take the port 2088; MediaConnect keeps 2077, 2088 and 2090 to 2099 for Zixi.
module "zixis_own_port" {
  primary_source = { protocol = "rtp", ingest_port = 2088, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: primary_source.whitelist_cidr must be an IPv4 network such as 203.0.113.0/24, with the network's own address before the slash.
module "an_address_that_is_no_network" {
  primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.7/24" }
}

# the flow says: primary_source.whitelist_cidr must be an IPv4 network such as 203.0.113.0/24, with the network's own address before the slash.
module "a_cidr_with_a_bad_octet" {
  primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.999.0/24" }
}

# the flow says: primary_source.decryption.algorithm must be aes128, aes192 or aes256 with key_type static-key or speke, and absent with srt-password
module "an_algorithm_with_an_srt_password" {
  primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}

# the flow says: primary_source.decryption.algorithm must be aes128, aes192 or aes256 with key_type static-key or speke, and absent with srt-password
module "a_static_key_without_an_algorithm" {
  primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}

# the flow says: primary_source.decryption.key_type must be srt-password for srt-listener.
module "a_key_of_the_wrong_type" {
  primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}

# the flow says: primary_source.decryption.secret_arn must be the ARN of a Secrets Manager secret
module "a_secret_that_is_no_arn" {
  primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { key_type = "srt-password", secret_arn = "hunter2" } }
}

# var.name says: name must be 1 to 128 letters, digits, '-' or '_'.
module "a_name_too_long" {
  name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
}

# var.outputs says: outputs["primary"].destination is missing: rtp needs it.
module "an_output_without_destination" {
  outputs = { primary = { protocol = "rtp", port = 5001 } }
}

# var.outputs says: outputs["primary"].protocol must be one of cdi, ndi-speed-hq, rist, router, rtp, rtp-fec, srt-caller, srt-listener, st2110-jpegxs, zixi-pull, zixi-push, not "udp".
module "an_output_of_an_unknown_protocol" {
  outputs = { primary = { protocol = "udp", port = 5001 } }
}

# var.outputs says: outputs["primary"].destination must be an IPv4 address or a host name without scheme or port, not "rtp://198.51.100.10".
module "an_output_with_a_url" {
  outputs = { primary = { protocol = "rtp", destination = "rtp://198.51.100.10", port = 5001 } }
}

# var.outputs with var.allow_open_whitelist says: outputs: cidr_allow_list may not be 0.0.0.0/0: anybody could fetch the stream.
module "an_output_anybody_can_fetch" {
  outputs = { primary = { protocol = "srt-listener", port = 5001, cidr_allow_list = ["203.0.113.0/24", "0.0.0.0/0"] } }
}

# var.outputs says: outputs: cidr_allow_list needs at least one network: nobody could fetch the output.
module "an_output_nobody_can_fetch" {
  outputs = { primary = { protocol = "srt-listener", port = 5001, cidr_allow_list = [] } }
}

# var.outputs says: outputs["primary"].encryption: rtp does not take it; it takes destination, port, smoothing_latency, vpc_interface.
module "encryption_on_rtp" {
  outputs = { primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001, encryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
}

# var.outputs says: outputs: max_latency, min_latency and smoothing_latency must be whole milliseconds from 0 to 15000.
module "a_negative_latency" {
  outputs = { primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001, smoothing_latency = -1 } }
}

# var.outputs says: outputs: a flow can have 50 outputs (a quota that cannot be raised), not 51.
module "the_51st_output" {
  outputs = { for number in range(51) : "o${number}" => { protocol = "rtp", destination = "198.51.100.10", port = 5001 } }
}

# var.name says: name must be 1 to 128 letters, digits, '-' or '_'.
module "a_name_with_a_space" {
  name = "studio a"
}
