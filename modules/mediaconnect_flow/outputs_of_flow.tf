locals {
  output_properties = {
    for name, output in var.outputs : name => {
      CidrAllowList = output.cidr_allow_list
      Description   = coalesce(output.description, "Output ${name} of ${var.name}")
      Destination   = output.destination
      Encryption = output.encryption == null ? null : {
        for key, value in {
          Algorithm = output.encryption.algorithm
          KeyType   = output.encryption.key_type
          RoleArn   = output.encryption.role_arn != null ? output.encryption.role_arn : local.key_role_arn
          SecretArn = output.encryption.secret_arn
        } : key => value if value != null
      }
      FlowArn    = aws_cloudcontrolapi_resource.flow.id
      MaxLatency = output.max_latency
      MediaStreamOutputConfigurations = output.media_streams == null ? null : [
        for stream, sent in output.media_streams : merge(
          {
            EncodingName    = try(local.encoding_names[output.protocol][var.media_streams[stream].type], "raw")
            MediaStreamName = stream
          },
          {
            for destinations in [sent.destinations] : "DestinationConfigurations" => [
              for destination in destinations : { DestinationIp = destination.ip, DestinationPort = destination.port, Interface = { Name = destination.interface } }
            ] if length(destinations) > 0
          },
          { for factor in [sent.compression_factor] : "EncodingParameters" => { CompressionFactor = factor, EncoderProfile = sent.encoder_profile } if factor != null },
        )
      ]
      MinLatency                         = output.min_latency
      Name                               = name
      NdiAudioReferenceLevel             = try(output.ndi.audio_reference_level, null)
      NdiOutputTimecodeSource            = try(output.ndi.timecode_source, null)
      NdiProgramName                     = try(output.ndi.program_name, null)
      NdiSpeedHqQuality                  = try(output.ndi.quality, null)
      OutputStatus                       = output.enabled ? "ENABLED" : "DISABLED"
      Port                               = output.port
      Protocol                           = output.protocol == "router" ? null : output.protocol
      RemoteId                           = output.remote_id
      RouterIntegrationState             = output.router == null ? null : "ENABLED"
      RouterIntegrationTransitEncryption = try(local.transit_keys["outputs"][name], null)
      SmoothingLatency                   = output.smoothing_latency
      StreamId                           = output.stream_id
      Tags                               = length(local.tag_list) == 0 ? null : local.tag_list
      VpcInterfaceAttachment             = output.vpc_interface == null ? null : { VpcInterfaceName = output.vpc_interface }
    }
  }
}

resource "aws_cloudcontrolapi_resource" "output" {
  for_each = var.outputs

  type_name     = "AWS::MediaConnect::FlowOutput"
  desired_state = jsonencode({ for key, value in local.output_properties[each.key] : key => value if value != null })

  lifecycle {
    # A new flow has a new ARN, which the provider plans as an update of the output and then cannot apply.
    replace_triggered_by = [aws_cloudcontrolapi_resource.flow.id]
  }
}
