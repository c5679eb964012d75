# The fast path: what MediaConnect itself says of a flow, within about a second of it; alarms are one to three minutes behind. Best
# effort, so it stands beside the alarms, never in their place.
# https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-mediaconnect.html
locals {
  # By the end of the ARN, whatever the form of its id: 20 whole ARNs do not fit into a pattern's 2048 characters.
  media_event_pattern = jsonencode({
    source = ["aws.mediaconnect"]
    detail-type = [
      "MediaConnect Alert",
      "MediaConnect Flow Content Quality",
      "MediaConnect Flow Health",
      "MediaConnect Flow Maintenance",
      "MediaConnect Flow Status Change",
      "MediaConnect Output Health",
      "MediaConnect Source Health",
    ]
    resources = [for name in values(local.flow_names) : { suffix = ":${name}" }]
  })
}

module "media_events" {
  source = "../event_trigger"
  count  = local.responds ? 1 : 0

  create_dead_letter_queue = false
  dead_letter_queue_arn    = aws_sqs_queue.dead_letters.arn
  event_pattern            = local.media_event_pattern
  name                     = "${var.name}-media-events"
  state_machine_arn        = module.workflow.alias_arn
  tags                     = var.tags
}
