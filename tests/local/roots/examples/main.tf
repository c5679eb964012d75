# Every example of every module, in one apply.

module "alert_topic_severities" {
  source = "../../../../modules/alert_topic/examples/severities"
}

module "environment_config_file" {
  source = "../../../../modules/environment_config/examples/file"
}

module "event_trigger_event" {
  source = "../../../../modules/event_trigger/examples/event"
}

module "event_trigger_schedule" {
  source = "../../../../modules/event_trigger/examples/schedule"
}

module "flow_alarms_overrides" {
  source = "../../../../modules/flow_alarms/examples/overrides"
}

module "flow_dashboard_two_flows" {
  source = "../../../../modules/flow_dashboard/examples/two_flows"
}

module "guardrails_audit" {
  source = "../../../../modules/guardrails/examples/audit"
}

module "guardrails_private_access" {
  source = "../../../../modules/guardrails/examples/private_access"
}

module "lambda_function_minimal" {
  source = "../../../../modules/lambda_function/examples/minimal"
}

module "mediaconnect_flow_encrypted_srt" {
  source = "../../../../modules/mediaconnect_flow/examples/encrypted_srt"
}

module "mediaconnect_flow_rtp" {
  source = "../../../../modules/mediaconnect_flow/examples/rtp"
}

module "state_machine_express" {
  source = "../../../../modules/state_machine/examples/express"
}

module "stream_monitor_existing_flows" {
  source = "../../../../modules/stream_monitor/examples/existing_flows"
}

module "stream_monitor_new_flow" {
  source = "../../../../modules/stream_monitor/examples/new_flow"
}
