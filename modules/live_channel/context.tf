data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  # Pipeline 0 is the primary, pipeline 1 the backup, everywhere and in both Regions.
  pipelines = ["primary", "backup"]

  # Roles are global: the Region in the name lets one deployment live in two Regions. IAM allows 64 characters.
  full_role_name = "${var.name}-channel-${local.region}"
  role_name      = length(local.full_role_name) <= 64 ? local.full_role_name : "${substr(local.full_role_name, 0, 55)}-${substr(sha256(local.full_role_name), 0, 8)}"
}
