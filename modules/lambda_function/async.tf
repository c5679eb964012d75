# What asynchronous invocations could not do: Lambda sends the request together with the error.
resource "aws_sqs_queue" "async_failures" {
  message_retention_seconds = 14 * 24 * 60 * 60
  name                      = local.failure_queue_name
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  # Lambda writes with the function's own role, so this queue admits nobody beyond IAM.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.failure_queue_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_event_age_in_seconds = var.async.maximum_event_age_seconds
  maximum_retry_attempts       = var.async.maximum_retry_attempts
  qualifier                    = aws_lambda_alias.this.name

  destination_config {
    on_failure {
      destination = aws_sqs_queue.async_failures.arn
    }
  }
}
