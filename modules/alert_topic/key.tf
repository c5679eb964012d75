# The topic has a key of its own because CloudWatch alarms cannot publish to a topic encrypted with alias/aws/sns:
# that key's policy cannot be changed to admit cloudwatch.amazonaws.com.
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
locals {
  key_use_actions = ["kms:Decrypt", "kms:GenerateDataKey*"]

  key_statements = concat(
    [
      {
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action = [
          "kms:CancelKeyDeletion",
          "kms:CreateAlias",
          "kms:CreateGrant",
          "kms:DeleteAlias",
          "kms:DescribeKey",
          "kms:DisableKey",
          "kms:DisableKeyRotation",
          "kms:EnableKey",
          "kms:EnableKeyRotation",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListAliases",
          "kms:ListGrants",
          "kms:ListKeyPolicies",
          "kms:ListKeyRotations",
          "kms:ListResourceTags",
          "kms:PutKeyPolicy",
          "kms:RevokeGrant",
          "kms:RotateKeyOnDemand",
          "kms:ScheduleKeyDeletion",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
        ]
        Resource = "*"
      },
      {
        # Whose own policy allows it may use the key, but only through SNS in this Region.
        Sid       = "UseThroughTopic"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = local.key_use_actions
        Resource  = "*"
        Condition = { StringEquals = { "kms:ViaService" = "sns.${local.region}.amazonaws.com" } }
      },
    ],
    length(local.telling_services) == 0 ? [] : [{
      Sid       = "PublisherServices"
      Effect    = "Allow"
      Principal = { Service = local.telling_services }
      Action    = local.key_use_actions
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }],
    # For this topic, as EventBridge does not tell for which account it publishes.
    length(local.silent_services) == 0 ? [] : [{
      Sid       = "EventBridge"
      Effect    = "Allow"
      Principal = { Service = local.silent_services }
      Action    = local.key_use_actions
      Resource  = "*"
      Condition = { StringEquals = { "kms:EncryptionContext:aws:sns:topicArn" = local.topic_arn } }
    }],
    length(var.allowed_publisher_role_arns) == 0 ? [] : [{
      Sid       = "PublisherRoles"
      Effect    = "Allow"
      Principal = { AWS = sort(var.allowed_publisher_role_arns) }
      Action    = local.key_use_actions
      Resource  = "*"
      Condition = { StringEquals = { "kms:ViaService" = "sns.${local.region}.amazonaws.com" } }
    }],
  )
}

resource "aws_kms_key" "this" {
  deletion_window_in_days = var.kms_deletion_window_days
  description             = "Encrypts the messages of the SNS topic ${var.name}"
  enable_key_rotation     = true
  policy                  = jsonencode({ Version = "2012-10-17", Statement = local.key_statements })
  tags                    = var.tags
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
