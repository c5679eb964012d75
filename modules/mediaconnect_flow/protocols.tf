# Which fields a source or an output takes, by protocol. One table for the validation messages.
# Sources: https://docs.aws.amazon.com/mediaconnect/latest/ug/sources-create.html
#          https://docs.aws.amazon.com/mediaconnect/latest/ug/source-ports.html
# Outputs: https://docs.aws.amazon.com/mediaconnect/latest/ug/outputs-add.html
# Encryption: https://docs.aws.amazon.com/mediaconnect/latest/ug/encryption.html
locals {
  source_protocols = {
    "rist" = {
      required = ["ingest_port", "whitelist_cidr"]
      optional = ["max_bitrate", "max_latency"]
      key_type = null
    }
    "rtp" = {
      required = ["ingest_port", "whitelist_cidr"]
      optional = ["max_bitrate"]
      key_type = null
    }
    "rtp-fec" = {
      required = ["ingest_port", "whitelist_cidr"]
      optional = ["max_bitrate"]
      key_type = null
    }
    "srt-caller" = {
      required = ["listener_address", "listener_port"]
      optional = ["decryption", "min_latency", "stream_id"]
      key_type = "srt-password"
    }
    "srt-listener" = {
      required = ["ingest_port", "whitelist_cidr"]
      optional = ["decryption", "min_latency"]
      key_type = "srt-password"
    }
    "zixi-push" = {
      required = ["whitelist_cidr"]
      optional = ["decryption", "max_latency", "stream_id"]
      key_type = "static-key"
    }
  }

  source_transport_fields = [
    "decryption", "ingest_port", "listener_address", "listener_port", "max_bitrate", "max_latency", "min_latency",
    "stream_id", "whitelist_cidr",
  ]

  output_protocols = {
    "rist" = {
      required = ["destination", "port"]
      optional = ["max_latency", "smoothing_latency"]
      key_type = null
    }
    "rtp" = {
      required = ["destination", "port"]
      optional = ["smoothing_latency"]
      key_type = null
    }
    "rtp-fec" = {
      required = ["destination", "port"]
      optional = ["smoothing_latency"]
      key_type = null
    }
    "srt-caller" = {
      required = ["destination", "port"]
      optional = ["encryption", "min_latency", "stream_id"]
      key_type = "srt-password"
    }
    "srt-listener" = {
      required = ["cidr_allow_list", "port"]
      optional = ["encryption", "min_latency"]
      key_type = "srt-password"
    }
    "zixi-pull" = {
      required = ["cidr_allow_list", "remote_id", "stream_id"]
      optional = ["encryption", "max_latency"]
      key_type = "static-key"
    }
    "zixi-push" = {
      required = ["destination", "port", "stream_id"]
      optional = ["encryption", "max_latency"]
      key_type = "static-key"
    }
  }

  output_transport_fields = [
    "cidr_allow_list", "destination", "encryption", "max_latency", "min_latency", "port", "remote_id", "smoothing_latency",
    "stream_id",
  ]

  # Ports that MediaConnect reserves for Zixi and that no other source may use.
  reserved_ports = [2077, 2088]

  # RIST takes the next port too, RTP-FEC the ports + 2 and + 4: they must exist.
  extra_ports = { "rist" = 1, "rtp-fec" = 4 }
}
