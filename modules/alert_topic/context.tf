data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  dead_letter_queue_name = "${var.name}-dead-letters"

  # Built from the names rather than read from the resources, so that a policy can stand inside the resource it
  # protects: a separate aws_sqs_queue_policy doubles the time that a queue takes.
  dead_letter_queue_arn = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.dead_letter_queue_name}"
  topic_arn             = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}"
}
