# Anyone on the Internet can reach the page: the link's key is what admits. So the way to the function is narrow: one route,
# throttled. The function tells other methods what it takes, so the route is for all of them.
resource "aws_apigatewayv2_api" "this" {
  description   = "Links that approve or reject what ${var.name} asks"
  name          = local.full_name
  protocol_type = "HTTP"
  tags          = var.tags
}

resource "aws_apigatewayv2_integration" "page" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_method     = "POST"
  integration_type       = "AWS_PROXY"
  integration_uri        = module.approval_function.alias_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 30000
}

resource "aws_apigatewayv2_route" "page" {
  #checkov:skip=CKV_AWS_309:the link's key admits, which the function compares with its hash: who is called at night has no account here

  api_id             = aws_apigatewayv2_api.this.id
  authorization_type = "NONE"
  route_key          = "ANY /approvals/{id}"
  target             = "integrations/${aws_apigatewayv2_integration.page.id}"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  auto_deploy = true
  name        = "$default"
  tags        = var.tags

  # $context.path is the path without its query, which holds the key: the key is in no log.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      http_method         = "$context.httpMethod"
      integration_error   = "$context.integrationErrorMessage"
      integration_latency = "$context.integrationLatency"
      ip                  = "$context.identity.sourceIp"
      path                = "$context.path"
      protocol            = "$context.protocol"
      request_id          = "$context.requestId"
      request_time        = "$context.requestTime"
      response_length     = "$context.responseLength"
      route_key           = "$context.routeKey"
      status              = "$context.status"
      user_agent          = "$context.identity.userAgent"
    })
  }

  default_route_settings {
    throttling_burst_limit = var.throttling.burst_limit
    throttling_rate_limit  = var.throttling.rate_limit
  }

  depends_on = [aws_apigatewayv2_route.page]
}
