# What happens beyond telling people once, only with `response` set.
locals {
  responds = var.response != null

  # By name, not from its module: that workflow starts this one when a mute ends, so each names the other. Without `response` the
  # definition names a machine that does not exist, nothing asks for it, and the role may not start it.
  response_state_machine_name = "${var.name}-flow-response"
  response_state_machine_arn  = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${local.response_state_machine_name}:live"

  response_environment = local.responds ? {
    EVENT_CONDITION_SECONDS = tostring(var.response.event_condition_seconds)
    FLAPPING_COUNT          = tostring(var.response.flapping_count)
    INCIDENT_MODE           = "response"
  } : {}
}
