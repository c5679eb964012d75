module "config" {
  source = "../../modules/environment_config"

  file = "${path.root}/config.yaml"
}

locals {
  config = module.config.config
}

# Hears of every flow alarm directly and of every fault of the monitoring itself, also when the workflow cannot speak.
module "direct_topic" {
  source = "../../modules/alert_topic"

  name          = "${local.config.name}-direct"
  subscriptions = try(local.config.direct_subscriptions, {})
}

module "stream_monitor" {
  source = "../../modules/stream_monitor"

  allow_open_whitelist   = true
  direct_alarm_topic_arn = module.direct_topic.arn
  flows                  = local.config.flows
  log_retention_days     = try(local.config.log_retention_days, null)
  monitor                = try(local.config.monitor, null)
  name                   = local.config.name
  packages = {
    for function in ["alert_handler", "stream_monitor"] : function => { filename = "${path.root}/../../build/lambda/${function}.zip" }
  }
  subscriptions = try(local.config.subscriptions, {})
}
