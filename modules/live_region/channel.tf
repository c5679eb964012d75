locals {
  # MediaLive gives a channel what it needs for the bit rate that it is told, and is paid by it, whatever comes.
  # https://github.com/awsdocs/aws-elemental-medialive-user-guide/blob/main/doc_source/input-specification.md
  feed_bitrate    = var.contribution.max_bitrate == null ? 20000000 : var.contribution.max_bitrate
  maximum_bitrate = local.feed_bitrate <= 10000000 ? "MAX_10_MBPS" : local.feed_bitrate <= 20000000 ? "MAX_20_MBPS" : "MAX_50_MBPS"
}

module "origin" {
  source = "../live_origin"

  alarm_topic_arn    = var.alarm_topic_arn
  channel            = var.channel
  cors_origins       = var.cors_origins
  distribution_arn   = var.distribution_arn
  kind               = var.kind
  log_retention_days = var.log_retention_days
  mediapackage       = var.mediapackage
  name               = var.name
  packages           = var.packages
  s3                 = var.s3
  segment_seconds    = module.channel.segment_seconds
  static_manifest    = module.channel.static_manifest
  tags               = var.tags
  weakened_for_drill = var.weakened_for_drill
}

module "channel" {
  source = "../live_channel"

  definition_file     = var.definition_file
  destinations        = module.origin.destinations
  flow_arns           = local.flow_arns
  input_specification = merge(var.input_specification, { maximum_bitrate = coalesce(var.input_specification.maximum_bitrate, local.maximum_bitrate) })
  kind                = var.kind
  maintenance         = var.maintenance
  name                = var.name
  tags                = var.tags
  writer_policy_json  = module.origin.writer_policy_json
}
