# The encoder's segments and manifests, as they are played. Not versioned: manifests are written every few seconds, and a deleted one
# must be gone.
locals {
  # Bucket names are global. The digits come from the account and the Region, so that both Regions' buckets may be called alike otherwise.
  bucket_arn  = "arn:${local.partition}:s3:::${local.bucket_name}"
  bucket_name = "${var.name}-origin-${substr(sha256("${local.account_id}/${local.region}"), 0, 12)}"

  # What the names of a pipeline's files begin with, pipeline 0 first.
  pipelines = ["primary", "backup"]
}

resource "aws_s3_bucket" "origin" {
  #checkov:skip=CKV_AWS_18:the edge's logs say who watches, and nobody else may read
  #checkov:skip=CKV_AWS_21:a deleted manifest must be gone, and live segments are not kept
  #checkov:skip=CKV_AWS_144:the other Region has an encoder and an origin of its own
  #checkov:skip=CKV_AWS_145:what everybody may watch; S3 encrypts it
  #checkov:skip=CKV2_AWS_62:only manifests are of interest, and only with the dead man's switch

  count = local.is_s3 ? 1 : 0

  bucket        = local.bucket_name
  force_destroy = var.s3.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_cors_configuration" "origin" {
  count = local.is_s3 && length(var.cors_origins) > 0 ? 1 : 0

  bucket = aws_s3_bucket.origin[0].id

  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = sort(var.cors_origins)
    expose_headers  = ["Content-Length", "Content-Range", "Date", "ETag"]
    max_age_seconds = 3000
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "origin" {
  count = local.is_s3 ? 1 : 0

  bucket = aws_s3_bucket.origin[0].id

  rule {
    id     = "unfinished"
    status = "Enabled"

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    filter {}
  }

  # What the encoder wrote, by pipeline: the static manifest beside it stays.
  dynamic "rule" {
    for_each = toset(local.pipelines)

    content {
      id     = rule.key
      status = "Enabled"

      expiration {
        days = var.s3.retention_days
      }

      filter {
        prefix = "${var.channel}/${rule.key}"
      }
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "origin" {
  count = local.is_s3 ? 1 : 0

  bucket = aws_s3_bucket.origin[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "origin" {
  count = local.is_s3 ? 1 : 0

  bucket = aws_s3_bucket.origin[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [merge(local.tls_only, { Action = "s3:*", Resource = [local.bucket_arn, "${local.bucket_arn}/*"] })],
      var.distribution_arn == null ? [] : [
        merge(local.edge, { Sid = "DistributionReads", Action = "s3:GetObject", Resource = "${local.bucket_arn}/${var.channel}/*" }),

        # Whoever may not list a bucket is told 403 for an object that is not there: a manifest that has expired could not be told from one
        # that may not be read. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_Permissions
        merge(local.edge, { Sid = "DistributionIsToldWhatIsMissing", Action = "s3:ListBucket", Resource = local.bucket_arn }),
      ],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.origin]
}

resource "aws_s3_bucket_public_access_block" "origin" {
  count = local.is_s3 ? 1 : 0

  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.origin[0].id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "origin" {
  count = local.is_s3 ? 1 : 0

  bucket = aws_s3_bucket.origin[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# What players open: the media manifests of both pipelines. It is the same in both Regions and never changes while the ladder does not, so
# that a player finds its way whichever pipelines and Regions there are.
resource "aws_s3_object" "static_manifest" {
  #checkov:skip=CKV_AWS_186:what everybody may watch; S3 encrypts it

  count = local.is_s3 ? 1 : 0

  bucket        = aws_s3_bucket.origin[0].id
  cache_control = "max-age=1"
  content       = var.static_manifest
  content_type  = "application/vnd.apple.mpegurl"
  etag          = md5(coalesce(var.static_manifest, "#"))
  key           = local.static_manifest_key
  tags          = var.tags

  lifecycle {
    precondition {
      condition     = var.static_manifest != null
      error_message = "static_manifest is missing: an origin of kind s3 needs the multivariant manifest that players open, such as file(\"…/modules/live_channel/rendered/index.m3u8\")."
    }
  }
}
