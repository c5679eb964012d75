# Two flows, two standard channels over them by a CloudFormation stack (HLS to S3, CMAF ingest), and MediaPackage V2 by
# Cloud Control: what the local cloud has to carry from create to destroy.

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
  region = var.region
}

variable "bit_rate" {
  description = "Bit rate of the high rendition in bits/s. Changed in place."
  type        = number
  default     = 800000
  nullable    = false
}

variable "errors" {
  description = "Conditions under which the origin endpoint answers with an error. Changed in place."
  type        = list(string)
  default     = ["STALE_MANIFEST", "INCOMPLETE_MANIFEST"]
  nullable    = false
}

variable "locking" {
  description = "How the channels lock their outputs. MediaLive refuses what it does not know; the schema does not."
  type        = string
  default     = "EPOCH_LOCKING"
  nullable    = false
}

variable "name" {
  description = "What all names begin with."
  type        = string
  default     = "stacks"
  nullable    = false
}

variable "region" {
  description = "Region of everything."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

locals {
  renditions = {
    high = { width = 640, height = 360, bit_rate = var.bit_rate }
    low  = { width = 320, height = 180, bit_rate = 300000 }
  }

  channels = {
    Cmaf = {
      urls  = jsondecode(aws_cloudcontrolapi_resource.channel.properties).IngestEndpointUrls
      group = { CmafIngestGroupSettings = { Destination = { DestinationRefId = "origin" }, SegmentLength = 2, SegmentLengthUnits = "SECONDS" } }
      output = {
        for rendition in keys(local.renditions) : rendition => { CmafIngestOutputSettings = { NameModifier = "_${rendition}" } }
      }
    }

    Hls = {
      urls = [for prefix in ["primary", "backup"] : "s3ssl://${aws_s3_bucket.origin.bucket}/${prefix}/index"]
      group = {
        HlsGroupSettings = {
          Destination       = { DestinationRefId = "origin" }
          HlsCdnSettings    = { HlsS3Settings = {} }
          InputLossAction   = "PAUSE_OUTPUT"
          RedundantManifest = "ENABLED"
          SegmentLength     = 2
        }
      }
      output = {
        for rendition in keys(local.renditions) : rendition => {
          HlsOutputSettings = { NameModifier = "_${rendition}", HlsSettings = { StandardHlsSettings = { M3u8Settings = {} } } }
        }
      }
    }
  }

  inputs = {
    for kind in ["Cmaf", "Hls"] : "${kind}Input" => {
      Type = "AWS::MediaLive::Input"
      Properties = {
        Name              = "${var.name}-${lower(kind)}"
        Type              = "MEDIACONNECT"
        MediaConnectFlows = [for zone in ["a", "b"] : { FlowArn = aws_cloudcontrolapi_resource.flow[zone].id }]
        RoleArn           = aws_iam_role.medialive.arn
        Tags              = { Name = var.name }
      }
    }
  }

  encoders = {
    for kind, channel in local.channels : kind => {
      Type = "AWS::MediaLive::Channel"
      Properties = {
        Name               = "${var.name}-${lower(kind)}"
        ChannelClass       = "STANDARD"
        Destinations       = [{ Id = "origin", Settings = [for url in channel.urls : { Url = url }] }]
        InputAttachments   = [{ InputAttachmentName = "feeds", InputId = { Ref = "${kind}Input" } }]
        InputSpecification = { Codec = "AVC", MaximumBitrate = "MAX_10_MBPS", Resolution = "HD" }
        RoleArn            = aws_iam_role.medialive.arn
        Tags               = { Name = var.name }
        EncoderSettings = {
          AudioDescriptions   = [{ Name = "audio", AudioSelectorName = "default" }]
          GlobalConfiguration = { OutputLockingMode = { Ref = "Locking" } }
          TimecodeConfig      = { Source = "EMBEDDED" }

          OutputGroups = [{
            Name                = "origin"
            OutputGroupSettings = channel.group
            Outputs = [
              for rendition, settings in channel.output : {
                OutputName            = rendition
                AudioDescriptionNames = ["audio"]
                OutputSettings        = settings
                VideoDescriptionName  = rendition
              }
            ]
          }]

          VideoDescriptions = [
            for rendition, size in local.renditions : {
              Name   = rendition
              Width  = size.width
              Height = size.height
              CodecSettings = {
                H264Settings = {
                  Bitrate              = size.bit_rate
                  FramerateControl     = "SPECIFIED"
                  FramerateDenominator = 1
                  FramerateNumerator   = 25
                  GopClosedCadence     = 1
                  GopSize              = 2
                  GopSizeUnits         = "SECONDS"
                  RateControlMode      = "CBR"
                }
              }
            }
          ]
        }
      }
    }
  }
}

resource "aws_cloudcontrolapi_resource" "flow" {
  for_each = toset(["a", "b"])

  type_name = "AWS::MediaConnect::Flow"

  desired_state = jsonencode({
    Name             = "${var.name}-${each.key}"
    AvailabilityZone = "${var.region}${each.key}"
    Source = {
      Name          = "studio"
      Description   = "Contribution feed"
      Protocol      = "srt-listener"
      IngestPort    = 5000
      WhitelistCidr = "203.0.113.0/24"
    }
  })
}

resource "aws_iam_role" "medialive" {
  name = "${var.name}-medialive"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "medialive.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "medialive" {
  name = "origins"
  role = aws_iam_role.medialive.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["mediaconnect:ManagedAddOutput", "mediaconnect:ManagedDescribeFlow", "mediaconnect:ManagedRemoveOutput"]
        Resource = [for flow in aws_cloudcontrolapi_resource.flow : flow.id]
      },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.origin.arn}/*" },
      { Effect = "Allow", Action = "mediapackagev2:PutObject", Resource = aws_cloudcontrolapi_resource.channel.id },
    ]
  })
}

resource "aws_s3_bucket" "origin" {
  bucket = "${var.name}-origin"
}

resource "aws_cloudcontrolapi_resource" "group" {
  type_name = "AWS::MediaPackageV2::ChannelGroup"

  desired_state = jsonencode({
    ChannelGroupName = var.name
    Tags             = [{ Key = "Name", Value = var.name }]
  })
}

resource "aws_cloudcontrolapi_resource" "channel" {
  type_name = "AWS::MediaPackageV2::Channel"

  desired_state = jsonencode({
    ChannelGroupName  = var.name
    ChannelName       = "live"
    InputType         = "CMAF"
    OutputLockingMode = "EPOCH_LOCKED"
  })

  depends_on = [aws_cloudcontrolapi_resource.group]
}

resource "aws_cloudcontrolapi_resource" "endpoint" {
  type_name = "AWS::MediaPackageV2::OriginEndpoint"

  desired_state = jsonencode({
    ChannelGroupName                = var.name
    ChannelName                     = "live"
    OriginEndpointName              = "hls"
    ContainerType                   = "CMAF"
    Segment                         = { SegmentDurationSeconds = 2, SegmentName = "segment" }
    HlsManifests                    = [{ ManifestName = "index", ManifestWindowSeconds = 30 }]
    ForceEndpointErrorConfiguration = { EndpointErrorConditions = var.errors }
  })

  depends_on = [aws_cloudcontrolapi_resource.channel]
}

resource "aws_cloudcontrolapi_resource" "channel_policy" {
  type_name = "AWS::MediaPackageV2::ChannelPolicy"

  desired_state = jsonencode({
    ChannelGroupName = var.name
    ChannelName      = "live"
    Policy = {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "Encoders"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.medialive.arn }
        Action    = "mediapackagev2:PutObject"
        Resource  = aws_cloudcontrolapi_resource.channel.id
      }]
    }
  })
}

resource "aws_cloudcontrolapi_resource" "endpoint_policy" {
  type_name = "AWS::MediaPackageV2::OriginEndpointPolicy"

  desired_state = jsonencode({
    ChannelGroupName   = var.name
    ChannelName        = "live"
    OriginEndpointName = "hls"
    Policy = {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "Viewers"
        Effect    = "Allow"
        Principal = { Service = "cloudfront.amazonaws.com" }
        Action    = "mediapackagev2:GetObject"
        Resource  = aws_cloudcontrolapi_resource.endpoint.id
      }]
    }
  })
}

resource "aws_cloudformation_stack" "channels" {
  name = "${var.name}-channels"

  parameters = {
    Locking = var.locking
  }

  template_body = jsonencode({
    Parameters = { Locking = { Type = "String" } }
    Resources = merge(local.inputs, local.encoders, {
      Push = {
        Type       = "AWS::MediaLive::InputSecurityGroup"
        Properties = { WhitelistRules = [{ Cidr = "203.0.113.0/24" }], Tags = { Name = var.name } }
      }
    })
    Outputs = merge(
      { for kind in keys(local.channels) : "${kind}Id" => { Value = { Ref = kind } } },
      { for kind in keys(local.channels) : "${kind}Arn" => { Value = { "Fn::GetAtt" = [kind, "Arn"] } } },
    )
  })

  depends_on = [aws_iam_role_policy.medialive]
}

output "channels" {
  description = "Ids and ARNs of the channels."
  value       = aws_cloudformation_stack.channels.outputs
}

output "egress" {
  description = "URLs of the HLS manifests."
  value       = jsondecode(aws_cloudcontrolapi_resource.endpoint.properties).HlsManifestUrls
}
