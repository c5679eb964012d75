data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  dead_letter_queue_arn  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.dead_letter_queue_name}"
  dead_letter_queue_name = "${var.name}-dead-letters"

  # Built from the names rather than read from the rule, so that the queue's policy can stand inside the queue.
  rule_path = var.event_bus_name == "default" ? var.name : "${var.event_bus_name}/${var.name}"
  rule_arn  = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.rule_path}"

  # Roles are global: the Region in the name lets one deployment live in two Regions. IAM allows 64 characters.
  full_role_name = "${var.name}-rule-${local.region}"
  role_name      = length(local.full_role_name) <= 64 ? local.full_role_name : "${substr(local.full_role_name, 0, 55)}-${substr(sha256(local.full_role_name), 0, 8)}"
}
