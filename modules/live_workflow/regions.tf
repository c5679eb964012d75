# Both Regions from one definition: what differs is the provider, and what only a Region can say (zones, subnets, alarm topic, day of
# maintenance). Names, paths, modifiers and encoder settings are the same.

module "primary" {
  source    = "../live_region"
  providers = { aws = aws.primary }

  alarm_topic_arn      = var.regions.primary.alarm_topic_arn
  allow_open_whitelist = var.allow_open_whitelist
  availability_zones   = var.regions.primary.availability_zones
  channel              = var.channel
  contribution         = merge(var.contribution, { whitelist_cidr = var.regions.primary.vpc == null ? var.contribution.whitelist_cidr : null })
  cors_origins         = var.cors_origins
  definition_file      = var.definition_file
  distribution_arn     = module.delivery.distribution_arn
  input_specification  = var.input_specification
  kind                 = var.kind
  lifecycle_settings   = var.lifecycle_settings
  log_retention_days   = var.log_retention_days
  maintenance          = var.regions.primary.maintenance
  mediapackage         = var.mediapackage
  name                 = var.name
  packages             = var.packages
  s3                   = var.s3
  tags                 = var.tags
  vpc                  = var.regions.primary.vpc
  weakened_for_drill   = var.weakened_for_drill.origin
}

module "secondary" {
  source    = "../live_region"
  providers = { aws = aws.secondary }

  alarm_topic_arn      = var.regions.secondary.alarm_topic_arn
  allow_open_whitelist = var.allow_open_whitelist
  availability_zones   = var.regions.secondary.availability_zones
  channel              = var.channel
  contribution         = merge(var.contribution, { whitelist_cidr = var.regions.secondary.vpc == null ? var.contribution.whitelist_cidr : null })
  cors_origins         = var.cors_origins
  definition_file      = var.definition_file
  distribution_arn     = module.delivery.distribution_arn
  input_specification  = var.input_specification
  kind                 = var.kind
  lifecycle_settings   = var.lifecycle_settings
  log_retention_days   = var.log_retention_days
  maintenance          = var.regions.secondary.maintenance
  mediapackage         = var.mediapackage
  name                 = var.name
  packages             = var.packages
  s3                   = var.s3
  tags                 = var.tags
  vpc                  = var.regions.secondary.vpc
  weakened_for_drill   = var.weakened_for_drill.origin
}
