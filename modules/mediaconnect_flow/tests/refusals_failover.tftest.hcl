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


# says: failover.mode MERGE is for rist, rtp, rtp-fec and zixi-push, not for srt-listener
run "merge_of_srt" {
  command = plan

  variables {
    primary_source = { protocol = "srt-listener", ingest_port = 7000, whitelist_cidr = "203.0.113.0/24" }
    backup_source  = { protocol = "srt-listener", ingest_port = 7001, whitelist_cidr = "203.0.113.0/24" }
    failover       = { mode = "MERGE" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: not for srt-caller and rtp: use FAILOVER
run "merge_with_an_srt_backup" {
  command = plan

  variables {
    backup_source = { protocol = "srt-caller", listener_address = "a.example.com", listener_port = 5000 }
    failover      = { mode = "MERGE" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: failover.mode must be FAILOVER or MERGE.
run "a_mode_there_is_not" {
  command = plan

  variables {
    failover = { mode = "MANUAL" }
  }

  expect_failures = [var.failover]
}

# says: failover.recovery_window must be whole milliseconds from 100 to 15000.
run "a_window_too_short" {
  command = plan

  variables {
    failover = { mode = "MERGE", recovery_window = 99 }
  }

  expect_failures = [var.failover]
}

# says: failover.recovery_window must be whole milliseconds from 100 to 15000.
run "a_window_too_long" {
  command = plan

  variables {
    failover = { mode = "MERGE", recovery_window = 15001 }
  }

  expect_failures = [var.failover]
}

# says: failover.recovery_window belongs to the mode MERGE
run "a_window_of_failover" {
  command = plan

  variables {
    failover = { mode = "FAILOVER", recovery_window = 500 }
  }

  expect_failures = [var.failover]
}

# says: failover.prefer_primary belongs to the mode FAILOVER
run "a_preference_in_merge" {
  command = plan

  variables {
    failover = { mode = "MERGE", prefer_primary = true }
  }

  expect_failures = [var.failover]
}

# says: backup_source: cdi has no failover
run "a_backup_of_cdi" {
  command = plan

  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    backup_source  = { protocol = "rtp", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source: entitlement has no failover
run "a_backup_of_an_entitlement" {
  command = plan

  variables {
    primary_source = { protocol = "entitlement", entitlement_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:entitlement:1-a:a" }
    backup_source  = { protocol = "rtp", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: failover: st2110-jpegxs has none.
run "failover_of_jpeg_xs" {
  command = plan

  variables {
    primary_source = { protocol = "st2110-jpegxs", media_streams = { video = { inputs = [{ interface = "studio", port = 5000 }] } } }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
    media_streams  = { video = { id = 1, type = "video", video_format = "1080p" } }
    failover       = {}
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source.protocol: cdi has no failover; a backup can be
run "a_backup_by_cdi" {
  command = plan

  variables {
    backup_source  = { protocol = "cdi", ingest_port = 5001, vpc_interface = "video" }
    vpc_interfaces = { video = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }, studio = { security_group_ids = ["sg-0a"], subnet_id = "subnet-0a" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source.protocol must be one of
run "a_backup_by_an_unknown_protocol" {
  command = plan

  variables {
    backup_source = { protocol = "udp", ingest_port = 5001 }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source.name: the primary source has the name "primary" too.
run "two_sources_of_one_name" {
  command = plan

  variables {
    backup_source = { name = "primary", protocol = "rtp", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source.ingest_port: both sources would take the port 5000.
run "two_sources_at_one_port" {
  command = plan

  variables {
    backup_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source.ingest_port: both sources would take the port 5004.
run "a_backup_at_the_port_of_fec" {
  command = plan

  variables {
    primary_source = { protocol = "rtp-fec", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    backup_source  = { protocol = "rtp", ingest_port = 5004, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source.whitelist_cidr may not be 0.0.0.0/0
run "a_backup_from_anywhere" {
  command = plan

  variables {
    backup_source = { protocol = "rtp", ingest_port = 5001, whitelist_cidr = "0.0.0.0/0" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: backup_source.ingest_port is missing: rtp needs it.
run "a_backup_without_a_port" {
  command = plan

  variables {
    backup_source = { protocol = "rtp", whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}
