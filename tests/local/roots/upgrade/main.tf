# Flows of every kind that the version in recorded.json could make. It was applied by that version; what is planned for it now must leave
# the flows as they are.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { Environment = "upgrade" }
  }
}

locals {
  password = { key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:live/srt-AbCdEf" }
  key      = { algorithm = "aes256", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:live/zixi-AbCdEf" }
}

module "stream_monitor" {
  source = "../modules/stream_monitor"

  flows = {
    fec = {
      source  = { protocol = "rtp-fec", ingest_port = 5010, whitelist_cidr = "203.0.113.0/24" }
      outputs = { recorder = { protocol = "rtp-fec", destination = "198.51.100.40", port = 5100 } }
    }
    recoverable = {
      source  = { protocol = "rist", ingest_port = 5000, max_bitrate = 40000000, max_latency = 2000, name = "stadium", whitelist_cidr = "203.0.113.128/25" }
      outputs = { onwards = { protocol = "rist", destination = "198.51.100.20", port = 5000, max_latency = 1000 } }
    }
    secret = {
      availability_zone = "eu-central-1a"
      source            = { protocol = "srt-listener", decryption = local.password, ingest_port = 7000, min_latency = 800, whitelist_cidr = "203.0.113.16/28" }
      outputs = {
        called  = { protocol = "srt-caller", destination = "playout.example.com", encryption = local.password, min_latency = 400, port = 7001 }
        fetched = { protocol = "srt-listener", cidr_allow_list = ["192.0.2.0/28"], port = 7002 }
      }
    }
    studio-a = {
      description      = "Contribution feed from studio A"
      nominal_bit_rate = 20000000
      source           = { protocol = "rtp", ingest_port = 5000, max_bitrate = 40000000, whitelist_cidr = "203.0.113.0/24" }
      outputs = {
        backup  = { protocol = "rtp", description = "Second receiver", destination = "198.51.100.11", enabled = false, port = 5001, smoothing_latency = 100 }
        primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001 }
      }
    }
    zixi = {
      source = { protocol = "zixi-push", decryption = local.key, max_latency = 2000, stream_id = "studio", whitelist_cidr = "203.0.113.7/32" }
      outputs = {
        fetched = { protocol = "zixi-pull", cidr_allow_list = ["192.0.2.0/28"], encryption = local.key, remote_id = "partner", stream_id = "studio" }
        sent    = { protocol = "zixi-push", destination = "198.51.100.10", port = 2088, stream_id = "studio" }
      }
    }
  }
  name    = "live-upgrade"
  tags    = { Owner = "playout" }
  variant = "direct"
}
