data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  # Bucket names are global. The digits come from the account and the Region, so that two deployments never meet.
  bucket_arn  = "arn:${local.partition}:s3:::${local.bucket_name}"
  bucket_name = "${var.name}-metrics-${substr(sha256("${local.account_id}/${local.region}"), 0, 12)}"

  metric_types = sort(keys(var.metric_types))
}
