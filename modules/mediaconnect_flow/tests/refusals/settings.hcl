# var.maintenance says: maintenance.day must be a day of the week with a capital letter
module "a_day_in_small_letters" {
  maintenance = { day = "monday" }
}

# var.maintenance says: maintenance.start_hour must be a full hour from 0 to 23 (UTC).
module "half_past_two" {
  maintenance = { day = "Monday", start_hour = 2.5 }
}

# var.maintenance says: maintenance.start_hour must be a full hour from 0 to 23 (UTC).
module "the_24th_hour" {
  maintenance = { day = "Monday", start_hour = 24 }
}

# var.source_monitoring says: source_monitoring.content_quality: each must be whole seconds from 10 to 60
module "nine_seconds_of_black" {
  source_monitoring = { content_quality = { black_frames_seconds = 9 } }
}

# var.source_monitoring says: source_monitoring.content_quality: each must be whole seconds from 10 to 60
module "a_minute_and_more_of_silence" {
  source_monitoring = { content_quality = { silent_audio_seconds = 61 } }
}

# the flow says: source_monitoring looks into transport streams, not into cdi.
module "monitoring_of_cdi" {
  primary_source    = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces    = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams     = { video = { id = 1, type = "video", video_format = "1080p" } }
  source_monitoring = {}
}

# var.flow_size says: flow_size must be MEDIUM, LARGE or LARGE_4X.
module "an_unknown_size" {
  flow_size = "SMALL"
}

# the flow says: encoding is for sources of ndi-speed-hq, not for rtp.
module "encoding_of_rtp" {
  encoding = {}
}

# var.encoding says: encoding.video_max_bitrate must be 10000000 to 50000000 bits/s.
module "encoding_at_too_low_a_rate" {
  encoding = { video_max_bitrate = 5000000 }
}

# the flow says: media_streams are for sources of cdi and st2110-jpegxs; rtp carries one transport stream.
module "streams_in_rtp" {
  media_streams = { video = { id = 1, type = "video", video_format = "1080p" } }
}

# var.media_streams says: media_streams: clock_rate must be 90000 for video and ancillary-data, 48000 or 96000 for audio.
module "sound_at_90_kHz" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "audio", clock_rate = 90000 } }
}

# var.media_streams says: media_streams: video_format must be 2160p, 1080p, 1080i, 720p or 480p for video
module "video_without_a_format" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video" } }
}

# var.media_streams says: media_streams: language and format.channel_order belong to audio.
module "video_with_a_language" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p", language = "en" } }
}

# var.media_streams says: media_streams: each id must be a whole number from 0 and belong to one stream only.
module "two_streams_of_one_id" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { sound = { id = 1, type = "audio" }, video = { id = 1, type = "video", video_format = "1080p" } }
}

# var.media_streams says: media_streams: format takes colorimetry BT601
module "an_unknown_range" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p", format = { range = "WIDE" } } }
}

# var.vpc_interfaces says: vpc_interfaces: security_group_ids must name at least one group.
module "an_interface_without_a_group" {
  vpc_interfaces = { studio = { security_group_ids = [], subnet_id = "subnet-0a" } }
}

# var.vpc_interfaces says: vpc_interfaces: subnet_id must look like subnet-0123456789abcdef0.
module "an_interface_in_a_vpc" {
  vpc_interfaces = { studio = { security_group_ids = ["sg-0a"], subnet_id = "vpc-0a" } }
}

# var.vpc_interfaces says: vpc_interfaces: a flow can have one interface of type efa.
module "two_fast_interfaces" {
  vpc_interfaces = { for name in ["a", "b"] : name => { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" } }
}
