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
  input_specification = var.input_specification
  kind                = var.kind
  maintenance         = var.maintenance
  name                = var.name
  tags                = var.tags
  writer_policy_json  = module.origin.writer_policy_json
}
