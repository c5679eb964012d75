data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  failure_queue_arn  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.failure_queue_name}"
  failure_queue_name = "${var.name}-async-failures"

  # Roles are global: the Region in the name lets one deployment live in two Regions. IAM allows 64 characters.
  full_role_name = "${var.name}-function-${local.region}"
  role_name      = length(local.full_role_name) <= 64 ? local.full_role_name : "${substr(local.full_role_name, 0, 55)}-${substr(sha256(local.full_role_name), 0, 8)}"
}
