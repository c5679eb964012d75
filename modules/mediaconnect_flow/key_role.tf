# The role MediaConnect assumes to read the keys of this flow, and no other secret.
# https://docs.aws.amazon.com/mediaconnect/latest/ug/encryption-static-key-set-up.html
# https://docs.aws.amazon.com/mediaconnect/latest/ug/cross-service-confused-deputy-prevention.html
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # The encryptions that come without a role of the caller's.
  own_encryptions = concat(
    [for key, item in local.keyed : { api_arn = item.key.api_arn, key_type = item.key.key_type, kms_key_arn = item.key.kms_key_arn, secret_arn = item.key.secret_arn } if item.key.role_arn == null],
    [for output in var.outputs : { api_arn = null, key_type = output.encryption.key_type, kms_key_arn = output.encryption.kms_key_arn, secret_arn = output.encryption.secret_arn } if output.encryption == null ? false : output.encryption.role_arn == null],
    [for place, router in local.routers : { api_arn = null, key_type = router.key_type, kms_key_arn = router.kms_key_arn, secret_arn = router.secret_arn } if router.role_arn == null && router.key_type == "SECRETS_MANAGER"],
  )
  secret_arns  = sort(distinct([for encryption in local.own_encryptions : coalesce(encryption.secret_arn, "none") if encryption.key_type != "speke"]))
  api_arns     = sort(distinct([for encryption in local.own_encryptions : encryption.api_arn if encryption.key_type == "speke" && encryption.api_arn != null]))
  kms_key_arns = sort(distinct([for encryption in local.own_encryptions : encryption.kms_key_arn if encryption.kms_key_arn != null]))
  has_keys     = length(local.own_encryptions) > 0

  # Roles are global: the Region in the name lets one deployment live in two Regions. IAM allows 64 characters.
  full_role_name = "${var.name}-keys-${data.aws_region.current.name}"
  role_name      = length(local.full_role_name) <= 64 ? local.full_role_name : "${substr(local.full_role_name, 0, 55)}-${substr(sha256(local.full_role_name), 0, 8)}"

  # Through the policy: MediaConnect tries the secret while the flow is created.
  key_role_arn = one(aws_iam_role_policy.keys[*].role) == null ? null : one(aws_iam_role.keys[*].arn)
}

data "aws_iam_policy_document" "keys_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["mediaconnect.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.current.partition}:mediaconnect:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:flow:*:${var.name}"]
    }
  }
}

data "aws_iam_policy_document" "keys" {
  count = local.has_keys ? 1 : 0

  dynamic "statement" {
    for_each = anytrue([for encryption in local.own_encryptions : encryption.key_type != "speke"]) ? [local.secret_arns] : []

    content {
      sid       = "ReadTheKeys"
      actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"]
      resources = statement.value
    }
  }

  # https://docs.aws.amazon.com/mediaconnect/latest/ug/encryption-speke-set-up.html
  dynamic "statement" {
    for_each = length(local.api_arns) == 0 ? [] : [local.api_arns]

    content {
      sid       = "AskTheKeyServer"
      actions   = ["execute-api:Invoke"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.kms_key_arns) == 0 ? [] : [local.kms_key_arns]

    content {
      sid       = "DecryptTheKeys"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${data.aws_region.current.name}.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_role" "keys" {
  count = local.has_keys ? 1 : 0

  name               = local.role_name
  description        = "Lets MediaConnect read the keys of the flow ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.keys_trust.json

  tags = var.tags
}

resource "aws_iam_role_policy" "keys" {
  count = local.has_keys ? 1 : 0

  name   = "read-keys"
  role   = aws_iam_role.keys[0].name
  policy = data.aws_iam_policy_document.keys[0].json
}
