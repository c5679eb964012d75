locals {
  # What MediaLive writes to a bucket: the media manifests that the static one names, and its own multivariant manifests. Never the
  # static one.
  static_manifest = module.channel.static_manifest == null ? "" : module.channel.static_manifest
  media_manifests = [for line in split("\n", local.static_manifest) : trimspace(line) if endswith(trimspace(line), ".m3u8")]
  own_manifests   = [for pipeline in local.pipelines : "${pipeline}.m3u8" if length(local.media_manifests) > 0]
  manifest_keys   = [for file in concat(local.media_manifests, local.own_manifests) : "${var.channel}/${file}"]
}

module "lifecycle" {
  source = "../live_lifecycle"

  alarm_topic_arn             = var.alarm_topic_arn
  bucket_name                 = module.origin.bucket_name
  channel_id                  = module.channel.channel_id
  check_function_arn          = one(module.check[*].alias_arn)
  drain_seconds               = var.lifecycle_settings.drain_seconds
  feed_timeout_seconds        = var.lifecycle_settings.feed_timeout_seconds
  flow_settle_timeout_seconds = var.lifecycle_settings.flow_settle_timeout_seconds
  flows                       = local.flow_arns
  log_retention_days          = var.log_retention_days
  manifest_keys               = local.manifest_keys
  name                        = var.name
  origin                      = module.origin.origin
  settle_timeout_seconds      = var.lifecycle_settings.settle_timeout_seconds
  tags                        = var.tags
}
