# A typed object drops a misspelt key silently, so each key is looked up in the schema. What the schema says beyond names (types,
# ranges) is checked by the modules' own variables.
locals {
  # Where an object stands in the file → the object and the definition of its keys.
  objects = merge(
    { "" = { keys = try(keys(local.config), []), allowed = keys(local.schema.properties) } },
    { for key, flow in try(local.config.flows, {}) : "flows.${key}." => { keys = try(keys(flow), []), allowed = local.allowed.Flow } },
    { for key, flow in try(local.config.flows, {}) : "flows.${key}.source." => { keys = try(keys(flow.source), []), allowed = local.allowed.Source } },
    { for key, flow in try(local.config.flows, {}) : "flows.${key}.source.decryption." => { keys = try(keys(flow.source.decryption), []), allowed = local.allowed.Encryption } },
    { for key, flow in try(local.config.flows, {}) : "flows.${key}.alarms." => { keys = try(keys(flow.alarms), []), allowed = local.allowed.Alarms } },
    merge([
      for key, flow in try(local.config.flows, {}) : {
        for signal, definition in {
          bit_rate_low        = "BitRateAlarm"
          jitter              = "MillisecondAlarm"
          packet_loss         = "PercentAlarm"
          packet_loss_trigger = "PercentAlarm"
        } : "flows.${key}.alarms.${signal}." => { keys = try(keys(flow.alarms[signal]), []), allowed = local.allowed[definition] }
      }
    ]...),
    merge([
      for key, flow in try(local.config.flows, {}) : {
        for name, output in try(tomap({ for name, output in flow.outputs : name => try(keys(output), []) }), {}) :
        "flows.${key}.outputs.${name}." => { keys = output, allowed = local.allowed.Output }
      }
    ]...),
    merge([
      for key, flow in try(local.config.flows, {}) : {
        for name, encryption in try(tomap({ for name, output in flow.outputs : name => try(keys(output.encryption), []) }), {}) :
        "flows.${key}.outputs.${name}.encryption." => { keys = encryption, allowed = local.allowed.Encryption }
      }
    ]...),
    { "monitor." = { keys = try(keys(local.config.monitor), []), allowed = local.allowed.Monitor } },
    { for key, subscription in try(local.config.subscriptions, {}) : "subscriptions.${key}." => { keys = try(keys(subscription), []), allowed = local.allowed.Subscription } },
    { for key, subscription in try(local.config.direct_subscriptions, {}) : "direct_subscriptions.${key}." => { keys = try(keys(subscription), []), allowed = local.allowed.Subscription } },
    { "guardrails." = { keys = try(keys(local.config.guardrails), []), allowed = local.allowed.Guardrails } },
    { "guardrails.budget." = { keys = try(keys(local.config.guardrails.budget), []), allowed = local.allowed.Budget } },
    { "guardrails.vpc_endpoints." = { keys = try(keys(local.config.guardrails.vpc_endpoints), []), allowed = local.allowed.VpcEndpoints } },
  )

  allowed = { for name, definition in local.schema["$defs"] : name => try(keys(definition.properties), []) }

  unknown_keys = flatten([
    for place, object in local.objects : [
      for key in object.keys : "${place}${key} (here are allowed: ${join(", ", sort(object.allowed))})" if !contains(object.allowed, key)
    ]
  ])
}
