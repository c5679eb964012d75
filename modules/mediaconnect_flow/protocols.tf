# Which fields a source or an output takes, by protocol. One table for the checks and their messages.
# Sources: https://docs.aws.amazon.com/mediaconnect/latest/ug/sources-create.html
#          https://docs.aws.amazon.com/mediaconnect/latest/ug/source-ports.html
# Outputs: https://docs.aws.amazon.com/mediaconnect/latest/ug/outputs-add.html
# Encryption: https://docs.aws.amazon.com/mediaconnect/latest/ug/encryption.html
# Failover: https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html
# The names without quotes are no protocols of MediaConnect's: where a source comes from, or an output goes to, instead.
locals {
  source_protocols = {
    bridge = {
      required  = ["bridge_arn"]
      optional  = ["vpc_interface"]
      failover  = []
      key_types = []
    }
    entitlement = {
      required  = ["entitlement_arn"]
      optional  = ["decryption"]
      failover  = []
      key_types = ["speke", "static-key"]
    }
    router = {
      required  = ["router"]
      optional  = []
      failover  = []
      key_types = []
    }
    "cdi" = {
      required  = ["ingest_port", "media_streams", "vpc_interface"]
      optional  = ["max_sync_buffer"]
      failover  = []
      key_types = []
    }
    "ndi-speed-hq" = {
      required  = []
      optional  = ["ndi"]
      failover  = []
      key_types = []
    }
    "rist" = {
      required  = ["ingest_port"]
      optional  = ["max_bitrate", "max_latency", "vpc_interface", "whitelist_cidr"]
      failover  = ["FAILOVER", "MERGE"]
      key_types = []
    }
    "rtp" = {
      required  = ["ingest_port"]
      optional  = ["max_bitrate", "vpc_interface", "whitelist_cidr"]
      failover  = ["FAILOVER", "MERGE"]
      key_types = []
    }
    "rtp-fec" = {
      required  = ["ingest_port"]
      optional  = ["max_bitrate", "vpc_interface", "whitelist_cidr"]
      failover  = ["FAILOVER", "MERGE"]
      key_types = []
    }
    "srt-caller" = {
      required  = ["listener_address", "listener_port"]
      optional  = ["decryption", "min_latency", "stream_id", "vpc_interface"]
      failover  = ["FAILOVER"]
      key_types = ["srt-password"]
    }
    "srt-listener" = {
      required  = ["ingest_port"]
      optional  = ["decryption", "min_latency", "vpc_interface", "whitelist_cidr"]
      failover  = ["FAILOVER"]
      key_types = ["srt-password"]
    }
    "st2110-jpegxs" = {
      required  = ["media_streams"]
      optional  = ["max_sync_buffer"]
      failover  = []
      key_types = []
    }
    "zixi-push" = {
      required  = []
      optional  = ["decryption", "ingest_port", "max_latency", "stream_id", "vpc_interface", "whitelist_cidr"]
      failover  = ["FAILOVER", "MERGE"]
      key_types = ["static-key"]
    }
  }

  # These wait for a sender: from a network on the internet, or in the VPC.
  listening_protocols = ["rist", "rtp", "rtp-fec", "srt-listener", "zixi-push"]

  source_transport_fields = [
    "bridge_arn", "decryption", "entitlement_arn", "ingest_port", "listener_address", "listener_port", "max_bitrate", "max_latency",
    "max_sync_buffer", "media_streams", "min_latency", "ndi", "router", "stream_id", "vpc_interface", "whitelist_cidr",
  ]

  output_protocols = {
    router = {
      required = ["router"]
      optional = []
      key_type = null
    }
    "cdi" = {
      required = ["destination", "media_streams", "port", "vpc_interface"]
      optional = []
      key_type = null
    }
    "ndi-speed-hq" = {
      required = []
      optional = ["ndi"]
      key_type = null
    }
    "rist" = {
      required = ["destination", "port"]
      optional = ["max_latency", "smoothing_latency", "vpc_interface"]
      key_type = null
    }
    "rtp" = {
      required = ["destination", "port"]
      optional = ["smoothing_latency", "vpc_interface"]
      key_type = null
    }
    "rtp-fec" = {
      required = ["destination", "port"]
      optional = ["smoothing_latency", "vpc_interface"]
      key_type = null
    }
    "srt-caller" = {
      required = ["destination", "port"]
      optional = ["encryption", "min_latency", "stream_id", "vpc_interface"]
      key_type = "srt-password"
    }
    "srt-listener" = {
      required = ["cidr_allow_list", "port"]
      optional = ["encryption", "min_latency", "vpc_interface"]
      key_type = "srt-password"
    }
    "st2110-jpegxs" = {
      required = ["media_streams"]
      optional = []
      key_type = null
    }
    "zixi-pull" = {
      required = ["cidr_allow_list", "remote_id", "stream_id"]
      optional = ["encryption", "max_latency", "vpc_interface"]
      key_type = "static-key"
    }
    "zixi-push" = {
      required = ["destination", "port", "stream_id"]
      optional = ["encryption", "max_latency", "vpc_interface"]
      key_type = "static-key"
    }
  }

  output_transport_fields = [
    "cidr_allow_list", "destination", "encryption", "max_latency", "media_streams", "min_latency", "ndi", "port", "remote_id",
    "router", "smoothing_latency", "stream_id", "vpc_interface",
  ]

  # Ports that MediaConnect keeps for Zixi and that no other source may use; those of Zixi itself in a VPC.
  reserved_ports = concat([2077, 2088], range(2090, 2100))
  zixi_vpc_ports = range(2090, 2100)

  # What a port brings with it: RIST takes the next one too, RTP-FEC those 2 and 4 above.
  companion_ports = { "rist" = [0, 1], "rtp-fec" = [0, 2, 4] }
  extra_ports     = { for protocol, distances in local.companion_ports : protocol => max(distances...) }

  # How the streams of an uncompressed or lightly compressed video are encoded, by protocol and type of the stream.
  encoding_names = {
    "cdi"           = { ancillary-data = "smpte291", audio = "pcm", video = "raw" }
    "st2110-jpegxs" = { ancillary-data = "smpte291", audio = "pcm", video = "jxsv" }
  }
}
