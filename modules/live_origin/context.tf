data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

# Cloud Control resources do not take the provider's default_tags by themselves.
data "aws_default_tags" "this" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  is_media_package = var.kind == "mediapackage"
  is_s3            = var.kind == "s3"

  # Sorted by key (HCL maps are), because patches name list entries by their position.
  tag_list = [for key, value in merge(data.aws_default_tags.this.tags, var.tags) : { Key = key, Value = value }]

  # CloudFront signs what it asks for on behalf of one distribution; nobody else's requests are answered.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-mediapackage.html
  edge = {
    Effect    = "Allow"
    Principal = { Service = "cloudfront.amazonaws.com" }
    Condition = { StringEquals = { "aws:SourceArn" = var.distribution_arn } }
  }
  tls_only = {
    Sid       = "TlsOnly"
    Effect    = "Deny"
    Principal = "*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }
}
