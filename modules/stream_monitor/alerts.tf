module "alert_topic" {
  source = "../alert_topic"

  alarm_topic_arn = var.direct_alarm_topic_arn
  name            = "${var.name}-alerts"
  subscriptions   = var.subscriptions
  tags            = var.tags
}

# What the alert handler remembers: which transitions it has told people about (Powertools idempotency) and which incidents are open.
resource "aws_dynamodb_table" "alert_state" {
  #checkov:skip=CKV_AWS_119:Alarm names and times for a day, under the key that AWS manages; table_kms_key_arn takes a key of your own
  name         = "${var.name}-alert-state"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

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

  tags = var.tags

  lifecycle {
    precondition {
      condition     = contains(local.mediaconnect_regions, local.region)
      error_message = "The Region ${local.region} does not offer MediaConnect. Set the provider's region to one of ${join(", ", local.mediaconnect_regions)}."
    }

    precondition {
      condition     = alltrue([for key, flow in var.flows : flow.arn == null ? true : split(":", flow.arn)[3] == local.region])
      error_message = "flows: the flow of ${join(", ", [for key, flow in var.flows : key if flow.arn == null ? false : split(":", flow.arn)[3] != local.region])} is in another Region than ${local.region}. Its metrics are there too: monitor it there."
    }
  }
}
