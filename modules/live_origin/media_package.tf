# MediaPackage V2 takes both pipelines' CMAF in, packages it as HLS, and gives an error instead of a manifest that is old, has holes or
# shows slate: that is what the edge fails over on.
# https://docs.aws.amazon.com/mediapackage/latest/userguide/cross-region-failover.html
locals {
  endpoint_name = "hls"
  manifest_name = "index"

  # Names, not addresses: the path is the same in both Regions.
  package_path = "/out/v1/${var.name}/${var.channel}/${local.endpoint_name}"

  endpoint_errors = contains(local.weakened, "endpoint_errors") ? [] : ["STALE_MANIFEST", "INCOMPLETE_MANIFEST", "SLATE_INPUT"]

  # ARNs of what is made here, known before it is made. A policy must name them without wildcards.
  package_channel_arn = "arn:${local.partition}:mediapackagev2:${local.region}:${local.account_id}:channelGroup/${var.name}/channel/${var.channel}"
  endpoint_arn        = "${local.package_channel_arn}/originEndpoint/${local.endpoint_name}"
}

resource "aws_cloudcontrolapi_resource" "channel_group" {
  count = local.is_media_package ? 1 : 0

  type_name = "AWS::MediaPackageV2::ChannelGroup"

  desired_state = jsonencode(merge(
    { ChannelGroupName = var.name },
    { for tags in [local.tag_list] : "Tags" => tags if length(tags) > 0 },
  ))
}

resource "aws_cloudcontrolapi_resource" "channel" {
  count = local.is_media_package ? 1 : 0

  type_name = "AWS::MediaPackageV2::Channel"

  # EPOCH_LOCKED: segments are numbered by the time, so that those of both Regions are the same. It takes CMAF only.
  desired_state = jsonencode(merge(
    {
      ChannelGroupName          = var.name
      ChannelName               = var.channel
      InputSwitchConfiguration  = { MQCSInputSwitching = var.mediapackage.switch_by_quality }
      InputType                 = "CMAF"
      OutputHeaderConfiguration = { PublishMQCS = var.mediapackage.publish_quality }
      OutputLockingMode         = "EPOCH_LOCKED"
    },
    { for tags in [local.tag_list] : "Tags" => tags if length(tags) > 0 },
  ))

  depends_on = [aws_cloudcontrolapi_resource.channel_group]
}

resource "aws_cloudcontrolapi_resource" "endpoint" {
  count = local.is_media_package ? 1 : 0

  type_name = "AWS::MediaPackageV2::OriginEndpoint"

  desired_state = jsonencode(merge(
    {
      ChannelGroupName   = var.name
      ChannelName        = var.channel
      ContainerType      = "CMAF"
      OriginEndpointName = local.endpoint_name

      HlsManifests = [{
        ManifestName                   = local.manifest_name
        ManifestWindowSeconds          = var.mediapackage.manifest_window_seconds
        ProgramDateTimeIntervalSeconds = var.segment_seconds
      }]
      Segment                = { SegmentDurationSeconds = var.segment_seconds, SegmentName = "segment" }
      StartoverWindowSeconds = var.mediapackage.startover_window_seconds
    },
    { for errors in [local.endpoint_errors] : "ForceEndpointErrorConfiguration" => { EndpointErrorConditions = errors } if length(errors) > 0 },
    { for tags in [local.tag_list] : "Tags" => tags if length(tags) > 0 },
  ))

  depends_on = [aws_cloudcontrolapi_resource.channel]
}

resource "aws_cloudcontrolapi_resource" "endpoint_policy" {
  count = local.is_media_package ? 1 : 0

  type_name = "AWS::MediaPackageV2::OriginEndpointPolicy"

  desired_state = jsonencode({
    ChannelGroupName   = var.name
    ChannelName        = var.channel
    OriginEndpointName = local.endpoint_name
    Policy = {
      Version = "2012-10-17"
      Statement = [
        for statement in concat(
          [merge(local.tls_only, { Action = "mediapackagev2:GetObject" })],
          var.distribution_arn == null ? [] : [merge(local.edge, { Sid = "DistributionReads", Action = "mediapackagev2:GetObject" })],
        ) : merge(statement, { Resource = local.endpoint_arn })
      ]
    }
  })

  depends_on = [aws_cloudcontrolapi_resource.endpoint]
}

# Read by what is known of them: among a resource's own properties they would be unknown in every plan that changes it, and all that
# depends on them would be planned to change with it.
data "aws_cloudcontrolapi_resource" "channel" {
  count = local.is_media_package ? 1 : 0

  identifier = aws_cloudcontrolapi_resource.channel[0].id
  type_name  = "AWS::MediaPackageV2::Channel"
}

data "aws_cloudcontrolapi_resource" "channel_group" {
  count = local.is_media_package ? 1 : 0

  identifier = aws_cloudcontrolapi_resource.channel_group[0].id
  type_name  = "AWS::MediaPackageV2::ChannelGroup"
}

locals {
  egress_domain = local.is_media_package ? jsondecode(data.aws_cloudcontrolapi_resource.channel_group[0].properties).EgressDomain : null
  ingest_urls   = local.is_media_package ? jsondecode(data.aws_cloudcontrolapi_resource.channel[0].properties).IngestEndpointUrls : []

  # The pipelines' endpoints by the number in their path, whatever order they are told in.
  # https://docs.aws.amazon.com/mediapackage/latest/userguide/supported-inputs.html
  package_destinations = [
    for number in [1, 2] : { url = one([for url in local.ingest_urls : url if strcontains(url, "/in/v1/${var.name}/${number}/${var.channel}/")]) }
    if local.is_media_package
  ]
}
