# Raw datapoints (raw/), the runs' manifests (runs/), what was found (analysis/) and what Athena answered (athena/).
resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:machines write it, by roles that are here
  #checkov:skip=CKV_AWS_144:one Region, as the hosts are
  #checkov:skip=CKV_AWS_145:S3 encrypts it; bucket_kms_key_arn takes a key of your own
  #checkov:skip=CKV2_AWS_62:EventBridge hears of every object

  bucket        = local.bucket_name
  force_destroy = var.bucket.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "unfinished"
    status = "Enabled"

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    filter {}
  }

  rule {
    id     = "replaced"
    status = "Enabled"

    # Otherwise a bucket whose objects have all expired would still not be empty.
    expiration {
      expired_object_delete_marker = true
    }

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }

  dynamic "rule" {
    for_each = {
      analysis = var.bucket.retention_days
      athena   = var.bucket.query_result_days
      raw      = var.bucket.retention_days
      runs     = var.bucket.retention_days
    }

    content {
      id     = rule.key
      status = "Enabled"

      expiration {
        days = rule.value
      }

      filter {
        prefix = "${rule.key}/"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_notification" "this" {
  bucket      = aws_s3_bucket.this.id
  eventbridge = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_public_access_block" "this" {
  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.this.id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    bucket_key_enabled = var.bucket_kms_key_arn != null

    apply_server_side_encryption_by_default {
      kms_master_key_id = var.bucket_kms_key_arn
      sse_algorithm     = var.bucket_kms_key_arn == null ? "AES256" : "aws:kms"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}
