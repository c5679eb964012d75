resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts every log group; log_kms_key_arn sets a key of the caller's
  #checkov:skip=CKV_AWS_338:how long logs are kept is the caller's choice

  kms_key_id        = var.log_kms_key_arn
  name              = "/aws/apigateway/${local.full_name}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}
