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
}

run "rist" {
  variables {
    primary_source = { protocol = "rist", ingest_port = 5000, max_bitrate = 20000000, max_latency = 2000, whitelist_cidr = "203.0.113.0/24" }

  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", IngestPort = 5000, MaxBitrate = 20000000, MaxLatency = 2000, Protocol = "rist", WhitelistCidr = "203.0.113.0/24" }
    error_message = "A RIST source has its port, its network, its rate and its latency."
  }
}

run "rtp_fec" {
  variables {
    primary_source = { protocol = "rtp-fec", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }

  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", IngestPort = 5000, Protocol = "rtp-fec", WhitelistCidr = "203.0.113.0/24" }
    error_message = "RTP-FEC has a port and a network."
  }
}

run "srt_caller" {
  variables {
    primary_source = { protocol = "srt-caller", listener_address = "encoder.example.com", listener_port = 7000, min_latency = 500, stream_id = "studio" }

  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", MinLatency = 500, Protocol = "srt-caller", SourceListenerAddress = "encoder.example.com", SourceListenerPort = 7000, StreamId = "studio" }
    error_message = "An SRT caller names whom it calls."
  }
}

run "zixi_push_with_a_static_key" {
  variables {
    primary_source = { protocol = "zixi-push", max_latency = 2000, stream_id = "studio", whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes256", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }

  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", Decryption = { Algorithm = "aes256", KeyType = "static-key", RoleArn = "arn:aws:iam::123456789012:role/live-studio-a-keys", SecretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" }, MaxLatency = 2000, Protocol = "zixi-push", StreamId = "studio", WhitelistCidr = "203.0.113.0/24" }
    error_message = "A Zixi source needs no port."
  }
}

run "rtp_in_a_vpc" {
  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, vpc_interface = "studio" }
    vpc_interfaces = {
      studio = { security_group_ids = ["sg-0b", "sg-0a"], subnet_id = "subnet-0a" }
      video  = { role_arn = "arn:aws:iam::123456789012:role/vpc", security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", IngestPort = 5000, Protocol = "rtp", VpcInterfaceName = "studio" }
    error_message = "In a VPC a source names its interface; the flow has the interfaces, with the role made here or the given one."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).VpcInterfaces == [{ Name = "studio", NetworkInterfaceType = "ena", RoleArn = "arn:aws:iam::123456789012:role/live-studio-a-keys", SecurityGroupIds = ["sg-0a", "sg-0b"], SubnetId = "subnet-0a" }, { Name = "video", NetworkInterfaceType = "efa", RoleArn = "arn:aws:iam::123456789012:role/vpc", SecurityGroupIds = ["sg-0a"], SubnetId = "subnet-0a" }]
    error_message = "In a VPC a source names its interface; the flow has the interfaces, with the role made here or the given one."
  }

  assert {
    condition     = aws_iam_role.vpc[0].name == "live-studio-a-vpc-eu-central-1" && data.aws_iam_policy_document.vpc_trust[0].statement[0].actions == toset(["sts:AssumeRole", "sts:TagSession"])
    error_message = "In a VPC a source names its interface; the flow has the interfaces, with the role made here or the given one."
  }

  assert {
    condition     = data.aws_iam_policy_document.vpc[0].statement[1].resources == toset(["arn:aws:ec2:eu-central-1:123456789012:network-interface/*", "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0a", "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0b", "arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-0a"])
    error_message = "In a VPC a source names its interface; the flow has the interfaces, with the role made here or the given one."
  }
}

run "zixi_in_a_vpc" {
  variables {
    primary_source = { protocol = "zixi-push", ingest_port = 2090, vpc_interface = "studio" }
    vpc_interfaces = {
      studio = { security_group_ids = ["sg-0b", "sg-0a"], subnet_id = "subnet-0a" }
      video  = { role_arn = "arn:aws:iam::123456789012:role/vpc", security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", IngestPort = 2090, Protocol = "zixi-push", VpcInterfaceName = "studio" }
    error_message = "Zixi in a VPC has a port."
  }
}

run "cdi" {
  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, max_sync_buffer = 100, vpc_interface = "video", media_streams = { sound = {}, video = {} } }
    vpc_interfaces = {
      studio = { security_group_ids = ["sg-0b", "sg-0a"], subnet_id = "subnet-0a" }
      video  = { role_arn = "arn:aws:iam::123456789012:role/vpc", security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }
    }
    media_streams = {
      sound = { id = 2, type = "audio", language = "en", format = { channel_order = "SMPTE2110.(ST)" } }
      video = { id = 1, type = "video", video_format = "1080p", format = { colorimetry = "BT709", exact_framerate = "50", range = "NARROW", scan_mode = "progressive", tcs = "SDR" } }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", IngestPort = 5000, MaxSyncBuffer = 100, MediaStreamSourceConfigurations = [{ EncodingName = "pcm", MediaStreamName = "sound" }, { EncodingName = "raw", MediaStreamName = "video" }], Protocol = "cdi", VpcInterfaceName = "video" }
    error_message = "CDI takes raw video and PCM at one port."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).MediaStreams == [{ Attributes = { Fmtp = { ChannelOrder = "SMPTE2110.(ST)" }, Lang = "en" }, ClockRate = 48000, MediaStreamId = 2, MediaStreamName = "sound", MediaStreamType = "audio" }, { Attributes = { Fmtp = { Colorimetry = "BT709", ExactFramerate = "50", Range = "NARROW", ScanMode = "progressive", Tcs = "SDR" } }, ClockRate = 90000, MediaStreamId = 1, MediaStreamName = "video", MediaStreamType = "video", VideoFormat = "1080p" }]
    error_message = "CDI takes raw video and PCM at one port."
  }
}

run "outputs_of_cdi" {
  variables {
    primary_source = { protocol = "cdi", ingest_port = 5000, vpc_interface = "video", media_streams = { video = {} } }
    vpc_interfaces = {
      studio = { security_group_ids = ["sg-0b", "sg-0a"], subnet_id = "subnet-0a" }
      video  = { role_arn = "arn:aws:iam::123456789012:role/vpc", security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }
    }
    media_streams = {
      sound = { id = 2, type = "audio", language = "en", format = { channel_order = "SMPTE2110.(ST)" } }
      video = { id = 1, type = "video", video_format = "1080p", format = { colorimetry = "BT709", exact_framerate = "50", range = "NARROW", scan_mode = "progressive", tcs = "SDR" } }
    }
    outputs = {
      cdi = { protocol = "cdi", destination = "192.0.2.1", port = 5000, vpc_interface = "video", media_streams = { video = {} } }
      xs  = { protocol = "st2110-jpegxs", media_streams = { video = { compression_factor = 4, encoder_profile = "main", destinations = [{ interface = "studio", ip = "192.0.2.2", port = 5001 }] } } }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.output["cdi"].desired_state) == { Description = "Output cdi of live-studio-a", Destination = "192.0.2.1", FlowArn = aws_cloudcontrolapi_resource.flow.id, MediaStreamOutputConfigurations = [{ EncodingName = "raw", MediaStreamName = "video" }], Name = "cdi", OutputStatus = "ENABLED", Port = 5000, Protocol = "cdi", Tags = [{ Key = "Environment", Value = "test" }], VpcInterfaceAttachment = { VpcInterfaceName = "video" } }
    error_message = "A CDI output has one destination, a JPEG XS output one for each stream and path."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.output["xs"].desired_state).MediaStreamOutputConfigurations == [{ DestinationConfigurations = [{ DestinationIp = "192.0.2.2", DestinationPort = 5001, Interface = { Name = "studio" } }], EncodingName = "jxsv", EncodingParameters = { CompressionFactor = 4, EncoderProfile = "main" }, MediaStreamName = "video" }]
    error_message = "A CDI output has one destination, a JPEG XS output one for each stream and path."
  }
}

run "st2110_jpeg_xs" {
  variables {
    primary_source = { protocol = "st2110-jpegxs", max_sync_buffer = 100, media_streams = { video = { inputs = [{ interface = "studio", port = 5000 }, { interface = "video", port = 5000 }] } } }
    vpc_interfaces = {
      studio = { security_group_ids = ["sg-0b", "sg-0a"], subnet_id = "subnet-0a" }
      video  = { role_arn = "arn:aws:iam::123456789012:role/vpc", security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }
    }
    media_streams = {
      sound = { id = 2, type = "audio", language = "en", format = { channel_order = "SMPTE2110.(ST)" } }
      video = { id = 1, type = "video", video_format = "1080p", format = { colorimetry = "BT709", exact_framerate = "50", range = "NARROW", scan_mode = "progressive", tcs = "SDR" } }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", MaxSyncBuffer = 100, MediaStreamSourceConfigurations = [{ EncodingName = "jxsv", InputConfigurations = [{ InputPort = 5000, Interface = { Name = "studio" } }, { InputPort = 5000, Interface = { Name = "video" } }], MediaStreamName = "video" }], Protocol = "st2110-jpegxs" }
    error_message = "JPEG XS comes in over one or two interfaces."
  }
}

run "ndi" {
  variables {
    primary_source = { protocol = "ndi-speed-hq", ndi = { audio_reference_level = -18, source_name = "STUDIO (Camera 1)" } }
    vpc_interfaces = {
      studio = { security_group_ids = ["sg-0b", "sg-0a"], subnet_id = "subnet-0a" }
      video  = { role_arn = "arn:aws:iam::123456789012:role/vpc", security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }
    }
    flow_size = "LARGE"
    ndi       = { discovery_servers = [{ address = "192.0.2.1", vpc_interface = "studio" }], machine_name = "studio-a" }
    encoding  = { profile = "CONTRIBUTION_H264_DEFAULT", video_max_bitrate = 30000000 }
    outputs   = { ndi = { protocol = "ndi-speed-hq", ndi = { audio_reference_level = -20, program_name = "Out", quality = 100, timecode_source = "UTC_SYSTEM_TIME" } } }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", NdiSourceSettings = { AudioReferenceLevel = -18, SourceName = "STUDIO (Camera 1)" }, Protocol = "ndi-speed-hq" }
    error_message = "NDI finds its sender through discovery servers."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).NdiConfig == { MachineName = "studio-a", NdiDiscoveryServers = [{ DiscoveryServerAddress = "192.0.2.1", VpcInterfaceAdapter = "studio" }], NdiState = "ENABLED" } && jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).FlowSize == "LARGE"
    error_message = "NDI finds its sender through discovery servers."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).EncodingConfig == { EncodingProfile = "CONTRIBUTION_H264_DEFAULT", VideoMaxBitrate = 30000000 }
    error_message = "NDI finds its sender through discovery servers."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.output["ndi"].desired_state) == { Description = "Output ndi of live-studio-a", FlowArn = aws_cloudcontrolapi_resource.flow.id, Name = "ndi", NdiAudioReferenceLevel = -20, NdiOutputTimecodeSource = "UTC_SYSTEM_TIME", NdiProgramName = "Out", NdiSpeedHqQuality = 100, OutputStatus = "ENABLED", Protocol = "ndi-speed-hq", Tags = [{ Key = "Environment", Value = "test" }] }
    error_message = "NDI finds its sender through discovery servers."
  }
}

run "an_entitlement_with_speke" {
  variables {
    primary_source = { protocol = "entitlement", entitlement_arn = "arn:aws:mediaconnect:eu-central-1:210987654321:entitlement:1-AbCdEf-123456:partner", decryption = { algorithm = "aes256", api_arn = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/prod/POST/speke", constant_initialization_vector = "00112233445566778899aabbccddeeff", device_id = "d", key_type = "speke", region = "eu-central-1", resource_id = "r", url = "https://keys.example.com/speke" } }

  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", Decryption = { Algorithm = "aes256", ConstantInitializationVector = "00112233445566778899aabbccddeeff", DeviceId = "d", KeyType = "speke", Region = "eu-central-1", ResourceId = "r", RoleArn = "arn:aws:iam::123456789012:role/live-studio-a-keys", Url = "https://keys.example.com/speke" }, EntitlementArn = "arn:aws:mediaconnect:eu-central-1:210987654321:entitlement:1-AbCdEf-123456:partner" }
    error_message = "An entitlement has no protocol of its own; SPEKE needs no secret."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.keys[0].statement) == 1 && data.aws_iam_policy_document.keys[0].statement[0].actions == toset(["execute-api:Invoke"])
    error_message = "An entitlement has no protocol of its own; SPEKE needs no secret."
  }
}

run "a_gateway_bridge" {
  variables {
    primary_source = { protocol = "bridge", bridge_arn = "arn:aws:mediaconnect:eu-central-1:123456789012:bridge:1-AbCdEf-123456:gate", vpc_interface = "studio" }
    vpc_interfaces = {
      studio = { security_group_ids = ["sg-0b", "sg-0a"], subnet_id = "subnet-0a" }
      video  = { role_arn = "arn:aws:iam::123456789012:role/vpc", security_group_ids = ["sg-0a"], subnet_id = "subnet-0a", type = "efa" }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", GatewayBridgeSource = { BridgeArn = "arn:aws:mediaconnect:eu-central-1:123456789012:bridge:1-AbCdEf-123456:gate", VpcInterfaceAttachment = { VpcInterfaceName = "studio" } } }
    error_message = "A bridge comes in through an interface."
  }
}

run "a_router" {
  variables {
    primary_source = { protocol = "router", router = {} }
    outputs        = { onwards = { protocol = "router", router = { key_type = "SECRETS_MANAGER", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source == { Description = "Source primary of live-studio-a", Name = "primary", RouterIntegrationState = "ENABLED", RouterIntegrationTransitDecryption = { EncryptionKeyConfiguration = { Automatic = {} }, EncryptionKeyType = "AUTOMATIC" } }
    error_message = "A router needs no protocol."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.output["onwards"].desired_state) == { Description = "Output onwards of live-studio-a", FlowArn = aws_cloudcontrolapi_resource.flow.id, Name = "onwards", OutputStatus = "ENABLED", RouterIntegrationState = "ENABLED", RouterIntegrationTransitEncryption = { EncryptionKeyConfiguration = { SecretsManager = { RoleArn = "arn:aws:iam::123456789012:role/live-studio-a-keys", SecretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }, EncryptionKeyType = "SECRETS_MANAGER" }, Tags = [{ Key = "Environment", Value = "test" }] }
    error_message = "A router needs no protocol."
  }

  assert {
    condition     = data.aws_iam_policy_document.keys[0].statement[0].resources == toset(["arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf"])
    error_message = "A router needs no protocol."
  }
}

run "a_backup_switches_by_itself" {
  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    backup_source  = { protocol = "rist", ingest_port = 5002, max_latency = 2000, whitelist_cidr = "198.51.100.0/24" }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).SourceFailoverConfig == { FailoverMode = "FAILOVER", SourcePriority = { PrimarySource = "primary" }, State = "ENABLED" }
    error_message = "A backup source switches failover on and prefers the primary."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.backup_source[0].desired_state) == { Description = "Source backup of live-studio-a", FlowArn = aws_cloudcontrolapi_resource.flow.id, IngestPort = 5002, MaxLatency = 2000, Name = "backup", Protocol = "rist", Tags = [{ Key = "Environment", Value = "test" }], WhitelistCidr = "198.51.100.0/24" }
    error_message = "A backup source switches failover on and prefers the primary."
  }
}

run "a_merge_has_a_window_and_no_preference" {
  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    backup_source  = { protocol = "rtp", ingest_port = 5002, whitelist_cidr = "198.51.100.0/24" }
    failover       = { mode = "MERGE", recovery_window = 500 }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).SourceFailoverConfig == { FailoverMode = "MERGE", RecoveryWindow = 500, State = "ENABLED" }
    error_message = "MERGE uses both sources at once."
  }
}

run "two_sources_can_count_alike" {
  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    backup_source  = { protocol = "rtp", ingest_port = 5002, whitelist_cidr = "198.51.100.0/24" }
    failover       = { prefer_primary = false }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).SourceFailoverConfig == { FailoverMode = "FAILOVER", State = "ENABLED" }
    error_message = "Without a preference there is no primary."
  }
}

run "entitlements" {
  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    entitlements = {
      partner = { subscriber_fee_percent = 50, subscribers = ["444455556666", "111122223333"], encryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.entitlement["partner"].desired_state) == { DataTransferSubscriberFeePercent = 50, Description = "Entitlement partner of live-studio-a", Encryption = { Algorithm = "aes128", KeyType = "static-key", RoleArn = "arn:aws:iam::123456789012:role/live-studio-a-keys", SecretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" }, EntitlementStatus = "ENABLED", FlowArn = aws_cloudcontrolapi_resource.flow.id, Name = "partner", Subscribers = ["111122223333", "444455556666"], Tags = [{ Key = "Environment", Value = "test" }] }
    error_message = "An entitlement names its subscribers in a stable order."
  }

  assert {
    condition     = keys(output.entitlement_arns) == ["partner"]
    error_message = "An entitlement names its subscribers in a stable order."
  }
}

run "settings" {
  variables {
    primary_source    = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
    maintenance       = { day = "Tuesday", start_hour = 4 }
    source_monitoring = { content_quality = { silent_audio_seconds = 0, black_frames_seconds = 10 } }
    flow_size         = "MEDIUM"
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Maintenance == { MaintenanceDay = "Tuesday", MaintenanceStartHour = "04:00" } && jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).FlowSize == "MEDIUM"
    error_message = "Settings are written as MediaConnect names them."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).SourceMonitoringConfig == { AudioMonitoringSettings = [{ SilentAudio = { State = "DISABLED" } }], ContentQualityAnalysisState = "ENABLED", ThumbnailState = "ENABLED", VideoMonitoringSettings = [{ BlackFrames = { State = "ENABLED", ThresholdSeconds = 10 }, FrozenFrames = { State = "ENABLED", ThresholdSeconds = 30 } }] }
    error_message = "Settings are written as MediaConnect names them."
  }
}
