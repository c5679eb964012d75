locals {
  definition_file = coalesce(var.definition_file, "${path.module}/rendered/metrics_pipeline.asl.json")

  # The types of which the definition has a branch.
  definition_types = sort(try([
    for branch in jsondecode(file(local.definition_file)).States.Collect.Branches :
    branch.States[branch.StartAt].Arguments.Payload.metric_type
  ], []))

  # How long it waits for a sign of life from the processor.
  heartbeat_seconds = try(jsondecode(file(local.definition_file)).States.WaitForProcessing.HeartbeatSeconds, 0)

  collector_config = jsonencode({
    delay_seconds  = var.collection.delay_seconds
    flow_arns      = [for key in sort(keys(var.flows)) : var.flows[key]]
    hosts          = { for tag in sort(keys(var.hosts)) : tag => sort(var.hosts[tag]) }
    metric_types   = { for name in local.metric_types : name => { queries = var.metric_types[name].queries } }
    period_seconds = var.collection.period_seconds
    window_seconds = var.collection.window_seconds
  })

  # Where the collector's window ended, the analysis ends too.
  analytics_config = jsonencode({
    delay_seconds = var.collection.delay_seconds
    metric_types = {
      for name in local.metric_types : name => { change = var.metric_types[name].change, thresholds = var.metric_types[name].thresholds }
    }
    resolution_seconds = var.collection.period_seconds
  })
}

module "workflow" {
  source = "../state_machine"

  alarm_topic_arn    = var.alarm_topic_arn
  definition_file    = local.definition_file
  log_kms_key_arn    = var.log_kms_key_arn
  log_retention_days = var.log_retention_days
  name               = "${var.name}-metrics-pipeline"
  placeholder_lists  = { topic_key_arns = compact([var.topic_kms_key_arn]) }
  placeholders = {
    analytics_config       = trimsuffix(trimprefix(jsonencode(local.analytics_config), "\""), "\"")
    analytics_function_arn = module.functions["metrics_analytics"].alias_arn
    collector_config       = trimsuffix(trimprefix(jsonencode(local.collector_config), "\""), "\"")
    collector_function_arn = module.functions["metrics_collector"].alias_arn
    deployment_name        = var.name
    processor_function_arn = module.functions["metrics_processor"].alias_arn
    topic_arn              = var.topic_arn
  }
  policy_file = "${path.module}/rendered/metrics_pipeline.policy.json"
  tags        = var.tags
}
