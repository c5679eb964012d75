# the flow says: failover.mode MERGE is for rist, rtp, rtp-fec and zixi-push, not for srt-listener
module "merge_of_srt" {
  primary_source = { protocol = "srt-listener", ingest_port = 7000, whitelist_cidr = "203.0.113.0/24" }
  backup_source  = { protocol = "srt-listener", ingest_port = 7001, whitelist_cidr = "203.0.113.0/24" }
  failover       = { mode = "MERGE" }
}

# the flow says: not for srt-caller and rtp: use FAILOVER
module "merge_with_an_srt_backup" {
  backup_source = { protocol = "srt-caller", listener_address = "a.example.com", listener_port = 5000 }
  failover      = { mode = "MERGE" }
}

# var.failover says: failover.mode must be FAILOVER or MERGE.
module "a_mode_there_is_not" {
  failover = { mode = "MANUAL" }
}

# var.failover says: failover.recovery_window must be whole milliseconds from 100 to 15000.
module "a_window_too_short" {
  failover = { mode = "MERGE", recovery_window = 99 }
}

# var.failover says: failover.recovery_window must be whole milliseconds from 100 to 15000.
module "a_window_too_long" {
  failover = { mode = "MERGE", recovery_window = 15001 }
}

# var.failover says: failover.recovery_window belongs to the mode MERGE
module "a_window_of_failover" {
  failover = { mode = "FAILOVER", recovery_window = 500 }
}

# var.failover says: failover.prefer_primary belongs to the mode FAILOVER
module "a_preference_in_merge" {
  failover = { mode = "MERGE", prefer_primary = true }
}

# the flow says: backup_source: cdi has no failover
module "a_backup_of_cdi" {
  primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  backup_source  = { protocol = "rtp", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: backup_source: entitlement has no failover
module "a_backup_of_an_entitlement" {
  primary_source = { protocol = "entitlement", entitlement_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:entitlement:1-a:a" }
  backup_source  = { protocol = "rtp", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: failover: st2110-jpegxs has none.
module "failover_of_jpeg_xs" {
  primary_source = { protocol = "st2110-jpegxs", media_streams = { video = { inputs = [{ interface = "studio", port = 5000 }] } } }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
  failover       = {}
}

# the flow says: backup_source.protocol: cdi has no failover; a backup can be
module "a_backup_by_cdi" {
  backup_source  = { protocol = "cdi", ingest_port = 5001, vpc_interface = "video" }
  vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
}

# the flow says: backup_source.protocol must be one of
module "a_backup_by_an_unknown_protocol" {
  backup_source = { protocol = "udp", ingest_port = 5001 }
}

# the flow says: backup_source.name: the primary source has the name "primary" too.
module "two_sources_of_one_name" {
  backup_source = { name = "primary", protocol = "rtp", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: backup_source.ingest_port: both sources would take the port 5000.
module "two_sources_at_one_port" {
  backup_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: backup_source.ingest_port: both sources would take the port 5004.
module "a_backup_at_the_port_of_fec" {
  primary_source = { protocol = "rtp-fec", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
  backup_source  = { protocol = "rtp", ingest_port = 5004, whitelist_cidr = "203.0.113.0/24" }
}

# the flow says: backup_source.whitelist_cidr may not be 0.0.0.0/0
module "a_backup_from_anywhere" {
  backup_source = { protocol = "rtp", ingest_port = 5001, whitelist_cidr = "0.0.0.0/0" }
}

# the flow says: backup_source.ingest_port is missing: rtp needs it.
module "a_backup_without_a_port" {
  backup_source = { protocol = "rtp", whitelist_cidr = "203.0.113.0/24" }
}
