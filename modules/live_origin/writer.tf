# What the encoder writes, and may.
locals {
  bucket_destinations = [for pipeline in local.pipelines : { url = "s3ssl://${local.bucket_name}/${var.channel}/${pipeline}" } if local.is_s3]

  # Its own files only: the static manifest is not the encoder's.
  # https://docs.aws.amazon.com/medialive/latest/ug/trusted-entity-requirements.html
  writer_statements = {
    for sid, statement in {
      ListOrigin = {
        kind       = "s3"
        actions    = ["s3:ListBucket"]
        resources  = [local.bucket_arn]
        conditions = { StringLikeIfExists = { "s3:prefix" = ["${var.channel}/*"] } }
      }
      WriteOrigin = {
        kind       = "s3"
        actions    = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        resources  = [for pipeline in local.pipelines : "${local.bucket_arn}/${var.channel}/${pipeline}*"]
        conditions = {}
      }
      PutContent = {
        kind       = "mediapackage"
        actions    = ["mediapackagev2:PutObject"]
        resources  = [local.package_channel_arn]
        conditions = {}
      }
    } : sid => { actions = statement.actions, resources = statement.resources, conditions = tomap({ for operator, keys in statement.conditions : operator => tomap(keys) }) }
    if statement.kind == var.kind
  }
}
