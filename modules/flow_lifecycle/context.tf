data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  has_schedules = length(var.schedules) > 0

  dead_letter_queue_arn  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.dead_letter_queue_name}"
  dead_letter_queue_name = "${var.name}-schedule-dead-letters"

  # Built from its name rather than read, so that nothing but the schedules waits for the group.
  schedule_group_arn  = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${local.schedule_group_name}"
  schedule_group_name = "${var.name}-flow-lifecycle"

  # Roles are global: the Region in the name lets one deployment live in two Regions. IAM allows 64 characters.
  full_role_name = "${var.name}-schedules-${local.region}"
  role_name      = length(local.full_role_name) <= 64 ? local.full_role_name : "${substr(local.full_role_name, 0, 55)}-${substr(sha256(local.full_role_name), 0, 8)}"
}
