# The latest value of each host's metrics, and the runs that are under way. Everything in it expires.
resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:Host metrics of some weeks, under the key that AWS manages; table_kms_key_arn takes a key of your own
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  name         = "${var.name}-metrics"
  tags         = var.tags

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.table_kms_key_arn
  }

  ttl {
    attribute_name = "expiration"
    enabled        = true
  }
}
