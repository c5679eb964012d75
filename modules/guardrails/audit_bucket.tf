locals {
  # Bucket names are global. The digits come from the account and the Region, so that two deployments never meet.
  bucket_arn  = "arn:${local.partition}:s3:::${local.bucket_name}"
  bucket_name = "${local.trail_name}-${substr(sha256("${local.account_id}/${local.region}"), 0, 12)}"
}

resource "aws_s3_bucket" "audit" {
  #checkov:skip=CKV_AWS_18:the trail itself says who changes the bucket; reading it is not a change
  #checkov:skip=CKV_AWS_144:one Region; the files prove themselves unchanged
  #checkov:skip=CKV2_AWS_62:nobody waits for a notice of each log file

  count = local.trail ? 1 : 0

  bucket        = local.bucket_name
  force_destroy = var.audit_trail.delete_files_on_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  count = local.trail ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  rule {
    id     = "keep"
    status = "Enabled"

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      days = var.audit_trail.retention_days
    }

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    dynamic "transition" {
      for_each = var.audit_trail.archive_after_days == null ? [] : [var.audit_trail.archive_after_days]

      content {
        days          = transition.value
        storage_class = "GLACIER_IR"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.audit]
}

resource "aws_s3_bucket_ownership_controls" "audit" {
  count = local.trail ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "audit" {
  count = local.trail ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "TrailLooksAtBucket"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = local.bucket_arn
        Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${local.bucket_arn}/AWSLogs/${local.account_id}/*"
        Condition = {
          StringEquals = {
            "aws:SourceArn" = local.trail_arn
            "s3:x-amz-acl"  = "bucket-owner-full-control"
          }
        }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.audit]
}

resource "aws_s3_bucket_public_access_block" "audit" {
  count = local.trail ? 1 : 0

  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.audit[0].id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "audit" {
  count = local.trail ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.audit[0].arn
      sse_algorithm     = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_versioning" "audit" {
  count = local.trail ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  versioning_configuration {
    status = "Enabled"
  }
}
