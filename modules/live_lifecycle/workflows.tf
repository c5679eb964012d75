locals {
  placeholders = {
    channel_id      = var.channel_id
    known_flow_arns = local.known_flow_arns
  }
}

module "live_lifecycle" {
  source = "../state_machine"

  alarm_topic_arn    = var.alarm_topic_arn
  definition_file    = "${path.module}/rendered/live_lifecycle.asl.json"
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-live-lifecycle"
  placeholder_lists  = { check_function_arns = compact([var.check_function_arn]) }
  placeholders = merge(local.placeholders, {
    bucket = local.bucket
    # Names are taken from the aliases, so that these and the nested workflows' permissions are there first.
    channel_power_name           = element(split(":", module.channel_power.alias_arn), 6)
    channel_task_timeout_seconds = tostring(local.channel_seconds)
    check_function_arn           = var.check_function_arn == null ? "" : var.check_function_arn
    drain_seconds                = tostring(var.drain_seconds)
    feed_task_timeout_seconds    = tostring(local.feed_seconds)
    flow_lifecycle_name          = element(split(":", module.flow_lifecycle.alias_arn), 6)
    flow_task_timeout_seconds    = tostring(local.flow_seconds)
    manifest_keys                = join(" ", var.manifest_keys)
    origin_domain_name           = var.origin.domain_name
    origin_kind                  = var.origin.kind
    origin_manifest_path         = var.origin.manifest_path
    settle_channel_name          = element(split(":", module.settle_channel.alias_arn), 6)
    settle_feed_name             = element(split(":", module.settle_feed.alias_arn), 6)
    settle_task_timeout_seconds  = tostring(local.settle_seconds)
  })
  policy_file = "${path.module}/rendered/live_lifecycle.policy.json"
  tags        = var.tags
}

# The failures of those that follow are the failures of the workflow that waits for them, which has the alarms.

module "channel_power" {
  source = "../state_machine"

  alarms_enabled     = false
  definition_file    = "${path.module}/rendered/live_channel_power.asl.json"
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-live-channel-power"
  placeholders = {
    channel_id                  = var.channel_id
    settle_channel_name         = element(split(":", module.settle_channel.alias_arn), 6)
    settle_task_timeout_seconds = tostring(local.settle_seconds)
  }
  policy_file = "${path.module}/rendered/live_channel_power.policy.json"
  tags        = var.tags
}

module "settle_channel" {
  source = "../state_machine"

  alarms_enabled     = false
  definition_file    = "${path.module}/rendered/live_settle_channel.asl.json"
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-live-settle-channel"
  placeholders       = { channel_id = var.channel_id, settle_timeout_seconds = tostring(var.settle_timeout_seconds) }
  policy_file        = "${path.module}/rendered/live_settle_channel.policy.json"
  tags               = var.tags
}

module "settle_feed" {
  source = "../state_machine"

  alarms_enabled     = false
  definition_file    = "${path.module}/rendered/live_settle_feed.asl.json"
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-live-settle-feed"
  placeholder_lists  = { flow_arns = local.flow_arns }
  placeholders       = { feed_timeout_seconds = tostring(var.feed_timeout_seconds), known_flow_arns = local.known_flow_arns }
  policy_file        = "${path.module}/rendered/live_settle_feed.policy.json"
  tags               = var.tags
}

module "flow_lifecycle" {
  source = "../flow_lifecycle"

  alarm_topic_arn        = var.alarm_topic_arn
  flows                  = var.flows
  log_kms_key_arn        = var.log_kms_key_arn
  log_retention_days     = var.log_retention_days
  name                   = "${var.name}-live"
  settle_timeout_seconds = var.flow_settle_timeout_seconds
  tags                   = var.tags
}
