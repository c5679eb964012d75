# Cloud Control resources do not take the provider's default_tags by themselves.
data "aws_default_tags" "this" {}

locals {
  # Sorted by key (HCL maps are), because patches name list entries by their position.
  tag_list = [for key, value in merge(data.aws_default_tags.this.tags, var.tags) : { Key = key, Value = value }]

  # Both sources in one shape, by the variable that they come from.
  sources = merge(
    { primary_source = var.primary_source },
    { for key, source in { backup_source = var.backup_source } : key => merge(local.no_source_fields, source) if source != null },
  )
  no_source_fields = {
    bridge_arn      = null
    entitlement_arn = null
    max_sync_buffer = null
    media_streams   = null
    ndi             = null
    router          = null
  }

  source_properties = {
    for key, source in local.sources : key => {
      Decryption     = try(local.decryptions[key], null)
      Description    = coalesce(source.description, key == "primary_source" ? var.description : null, "Source ${source.name} of ${var.name}")
      EntitlementArn = source.entitlement_arn
      GatewayBridgeSource = source.bridge_arn == null ? null : merge(
        { BridgeArn = source.bridge_arn },
        { for name in [source.vpc_interface] : "VpcInterfaceAttachment" => { VpcInterfaceName = name } if name != null },
      )
      IngestPort    = source.ingest_port
      MaxBitrate    = source.max_bitrate
      MaxLatency    = source.max_latency
      MaxSyncBuffer = source.max_sync_buffer
      MediaStreamSourceConfigurations = source.media_streams == null ? null : [
        for name, stream in source.media_streams : merge(
          {
            EncodingName    = try(local.encoding_names[source.protocol][var.media_streams[name].type], "raw")
            MediaStreamName = name
          },
          { for inputs in [stream.inputs] : "InputConfigurations" => [for input in inputs : { InputPort = input.port, Interface = { Name = input.interface } }] if length(inputs) > 0 },
        )
      ]
      MinLatency = source.min_latency
      Name       = source.name
      NdiSourceSettings = source.ndi == null ? null : {
        for field, value in {
          AudioReferenceLevel = source.ndi.audio_reference_level
          SourceName          = source.ndi.source_name
        } : field => value if value != null
      }
      Protocol                           = contains(local.kinds_of_origin, source.protocol) ? null : source.protocol
      RouterIntegrationState             = source.router == null ? null : "ENABLED"
      RouterIntegrationTransitDecryption = try(local.transit_keys["sources"][key], null)
      SourceListenerAddress              = source.listener_address
      SourceListenerPort                 = source.listener_port
      StreamId                           = source.stream_id
      VpcInterfaceName                   = source.protocol == "bridge" ? null : source.vpc_interface
      WhitelistCidr                      = source.whitelist_cidr
    }
  }

  # What stands for a protocol in this module and is none of MediaConnect's.
  kinds_of_origin = ["bridge", "entitlement", "router"]

  failover = var.failover != null ? var.failover : var.backup_source == null ? null : { mode = "FAILOVER", prefer_primary = null, recovery_window = null }

  # Cloud Control takes absent keys, not nulls and not empty lists. Lists are in the order of their names.
  flow_properties = {
    AvailabilityZone = var.availability_zone
    EncodingConfig = var.encoding == null ? null : {
      for key, value in {
        EncodingProfile = var.encoding.profile
        VideoMaxBitrate = var.encoding.video_max_bitrate
      } : key => value if value != null
    }
    FlowSize = var.flow_size
    Maintenance = var.maintenance == null ? null : {
      MaintenanceDay       = var.maintenance.day
      MaintenanceStartHour = format("%02d:00", var.maintenance.start_hour)
    }
    MediaStreams = length(var.media_streams) == 0 ? null : local.media_stream_list
    Name         = var.name
    NdiConfig = var.ndi == null ? null : merge(
      {
        NdiDiscoveryServers = [
          for server in var.ndi.discovery_servers : merge(
            {
              DiscoveryServerAddress = server.address
              VpcInterfaceAdapter    = server.vpc_interface
            },
            { for port in [server.port] : "DiscoveryServerPort" => port if port != null },
          )
        ]
        NdiState = "ENABLED"
      },
      { for name in [var.ndi.machine_name] : "MachineName" => name if name != null },
    )
    Source = { for key, value in local.source_properties.primary_source : key => value if value != null }
    SourceFailoverConfig = local.failover == null ? null : merge(
      { FailoverMode = local.failover.mode, State = "ENABLED" },
      { for window in [local.failover.recovery_window] : "RecoveryWindow" => window if window != null },
      { for name in [var.primary_source.name] : "SourcePriority" => { PrimarySource = name } if local.failover.mode == "FAILOVER" && coalesce(local.failover.prefer_primary, true) },
    )
    SourceMonitoringConfig = var.source_monitoring == null ? null : local.source_monitoring
    Tags                   = length(local.tag_list) == 0 ? null : local.tag_list
    VpcInterfaces          = length(var.vpc_interfaces) == 0 ? null : local.vpc_interface_list
  }

  media_stream_list = [
    for name, stream in var.media_streams : {
      for key, value in {
        Attributes = stream.language == null && alltrue([for field in values(stream.format) : field == null]) ? null : merge(
          { for language in [stream.language] : "Lang" => language if language != null },
          {
            for format in [stream.format] : "Fmtp" => {
              for field, value in {
                ChannelOrder   = format.channel_order
                Colorimetry    = format.colorimetry
                ExactFramerate = format.exact_framerate
                Par            = format.par
                Range          = format.range
                ScanMode       = format.scan_mode
                Tcs            = format.tcs
              } : field => value if value != null
            } if anytrue([for field in values(format) : field != null])
          },
        )
        ClockRate       = coalesce(stream.clock_rate, stream.type == "audio" ? 48000 : 90000)
        Description     = stream.description
        MediaStreamId   = stream.id
        MediaStreamName = name
        MediaStreamType = stream.type
        VideoFormat     = stream.video_format
      } : key => value if value != null
    }
  ]

  source_monitoring = merge(
    { ThumbnailState = try(var.source_monitoring.thumbnail, false) ? "ENABLED" : "DISABLED" },
    {
      for quality in [try(var.source_monitoring.content_quality, null)] : "ContentQualityAnalysisState" => quality == null ? "DISABLED" : "ENABLED"
    },
    {
      for quality in [try(var.source_monitoring.content_quality, null)] : "AudioMonitoringSettings" => [{
        SilentAudio = merge({ State = quality.silent_audio_seconds > 0 ? "ENABLED" : "DISABLED" }, { for seconds in [quality.silent_audio_seconds] : "ThresholdSeconds" => seconds if seconds > 0 })
      }] if quality != null
    },
    {
      for quality in [try(var.source_monitoring.content_quality, null)] : "VideoMonitoringSettings" => [{
        BlackFrames  = merge({ State = quality.black_frames_seconds > 0 ? "ENABLED" : "DISABLED" }, { for seconds in [quality.black_frames_seconds] : "ThresholdSeconds" => seconds if seconds > 0 })
        FrozenFrames = merge({ State = quality.frozen_frames_seconds > 0 ? "ENABLED" : "DISABLED" }, { for seconds in [quality.frozen_frames_seconds] : "ThresholdSeconds" => seconds if seconds > 0 })
      }] if quality != null
    },
  )

  vpc_interface_list = [
    for name, interface in var.vpc_interfaces : {
      Name                 = name
      NetworkInterfaceType = interface.type
      RoleArn              = interface.role_arn != null ? interface.role_arn : local.vpc_role_arn
      SecurityGroupIds     = sort(interface.security_group_ids)
      SubnetId             = interface.subnet_id
    }
  ]
}

resource "aws_cloudcontrolapi_resource" "flow" {
  type_name     = "AWS::MediaConnect::Flow"
  desired_state = jsonencode({ for key, value in local.flow_properties : key => value if value != null })

  lifecycle {
    precondition {
      condition     = !anytrue(local.source_checks[*].bad)
      error_message = join("\n", [for check in local.source_checks : check.says if check.bad])
    }

    precondition {
      condition     = !anytrue(local.key_checks[*].bad)
      error_message = join("\n", [for check in local.key_checks : check.says if check.bad])
    }

    precondition {
      condition     = !anytrue(local.flow_checks[*].bad)
      error_message = join("\n", [for check in local.flow_checks : check.says if check.bad])
    }

    # Apart: ARNs are often not known before the apply, and what is not known here must not put off the rest.
    precondition {
      condition     = !anytrue(local.arn_checks[*].bad)
      error_message = join("\n", [for check in local.arn_checks : check.says if check.bad])
    }
  }
}
