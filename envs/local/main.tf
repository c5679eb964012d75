module "config" {
  source = "../../modules/environment_config"

  file = "${path.root}/config.yaml"
}

locals {
  config   = module.config.config
  live     = try(local.config.live, null)
  pipeline = try(local.config.metrics_pipeline, null)
  response = try(local.config.response, null)

  # What `headend render --env` has written for this environment, where it differs from what comes with the module.
  variant        = try(local.config.monitor.variant, null) == "direct" ? "direct" : "functions"
  rendered       = local.variant == "direct" ? "stream_monitor_direct" : "stream_monitor"
  own_definition = "${path.root}/rendered/${local.rendered}.asl.json"
  own_pipeline   = "${path.root}/rendered/metrics_pipeline.asl.json"
  own_policy     = "${path.root}/rendered/${local.rendered}.policy.json"

  own_encoder_settings = "${path.root}/rendered/encoder_settings.${try(local.live.kind, null) == "s3" ? "hls" : "cmaf"}.json"
}

# Hears of every flow alarm directly and of every fault of the monitoring itself, also when the workflow cannot speak.
module "direct_topic" {
  source = "../../modules/alert_topic"

  name          = "${local.config.name}-direct"
  subscriptions = try(local.config.direct_subscriptions, {})
}

module "stream_monitor" {
  source = "../../modules/stream_monitor"

  # This machine only: nothing reaches it from outside.
  allow_open_whitelist   = true
  dashboards             = try(local.config.dashboards, {})
  definition_file        = fileexists(local.own_definition) ? local.own_definition : null
  direct_alarm_topic_arn = module.direct_topic.arn
  flows                  = local.config.flows
  log_retention_days     = try(local.config.log_retention_days, null)
  monitor                = try(local.config.monitor, null)
  name                   = local.config.name
  packages = {
    for function in concat(["alert_handler", "stream_monitor"], local.response == null ? [] : ["approval"]) : function => {
      filename = "${path.root}/../../build/lambda/${function}.zip"
    }
  }
  policy_file   = fileexists(local.own_policy) ? local.own_policy : null
  response      = local.response
  schedules     = try(local.config.schedules, {})
  subscriptions = try(local.config.subscriptions, {})
  variant       = local.variant
}

# One channel in two Regions behind one address, where config.yaml asks for it.
module "live" {
  source    = "../../modules/live_workflow"
  count     = local.live == null ? 0 : 1
  providers = { aws.primary = aws, aws.secondary = aws.secondary }

  # This machine only: nothing reaches it from outside.
  allow_open_whitelist = true
  contribution         = local.live.contribution
  cors_origins         = try(local.live.cors_origins, null)
  definition_file      = fileexists(local.own_encoder_settings) ? local.own_encoder_settings : null
  delivery             = try(local.live.delivery, null)
  input_specification  = try(local.live.input_specification, null)
  kind                 = try(local.live.kind, null)
  lifecycle_settings   = try(local.live.lifecycle, null)
  log_retention_days   = try(local.config.log_retention_days, null)
  name                 = local.config.name
  packages = {
    for function in ["expire_manifest", "live_check"] : function => { filename = "${path.root}/../../build/lambda/${function}.zip" }
  }
  regions = {
    primary   = merge(try(local.live.regions.primary, {}), { alarm_topic_arn = module.direct_topic.arn })
    secondary = merge(try(local.live.regions.secondary, {}), { alarm_topic_arn = one(module.live_topic[*].arn) })
  }
  s3 = try(local.live.s3, null)
}

# Hears of the secondary Region's alarms: an alarm tells a topic of its own Region only.
module "live_topic" {
  source    = "../../modules/alert_topic"
  count     = local.live == null ? 0 : 1
  providers = { aws = aws.secondary }

  name          = "${local.config.name}-direct"
  subscriptions = try(local.config.direct_subscriptions, {})
}

# The hosts around the flows, only with `metrics_pipeline` in config.yaml. Its notices go to whoever hears of the platform.
module "metrics_pipeline" {
  source = "../../modules/metrics_pipeline"
  count  = local.pipeline == null ? 0 : 1

  alarm_topic_arn    = module.direct_topic.arn
  bucket             = try(local.pipeline.bucket, null)
  collection         = try(local.pipeline.collection, null)
  definition_file    = fileexists(local.own_pipeline) ? local.own_pipeline : null
  flows              = module.stream_monitor.flow_arns
  hosts              = local.pipeline.hosts
  log_retention_days = try(local.config.log_retention_days, null)
  metric_types       = try(local.pipeline.metric_types, null)
  name               = local.config.name
  packages = {
    for function in ["metrics_analytics", "metrics_collector", "metrics_processor"] : function => {
      filename = "${path.root}/../../build/lambda/${function}.zip"
    }
  }
  schedule          = try(local.pipeline.schedule, null)
  topic_arn         = module.direct_topic.arn
  topic_kms_key_arn = module.direct_topic.kms_key_arn
}

# The budget is not here: it outlives the environment (envs/bootstrap).
module "guardrails" {
  source = "../../modules/guardrails"

  name = local.config.name
  query_log_groups = {
    functions = concat(
      [for name in ["alert_handler", "stream_monitor"] : module.stream_monitor.log_group_names[name] if local.variant == "functions"],
      flatten([
        for pipeline in module.metrics_pipeline :
        [for name in ["metrics_analytics", "metrics_collector", "metrics_processor"] : pipeline.log_group_names[name]]
      ]),
    )
    workflows = concat(
      [
        for name in concat(["flow_state_workflow", "stream_monitor_workflow"], local.response == null ? [] : ["flow_response_workflow"]) :
        module.stream_monitor.log_group_names[name]
      ],
      [for pipeline in module.metrics_pipeline : pipeline.log_group_names["metrics_pipeline_workflow"]],
    )
  }
  vpc_endpoints = try(local.config.guardrails.vpc_endpoints, null)
}
