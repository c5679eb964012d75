# What the function's own alarms cannot see: the API was not allowed to call it, or it did not answer in time.
resource "aws_cloudwatch_metric_alarm" "server_errors" {
  alarm_actions       = compact([var.alarm_topic_arn])
  alarm_description   = "The approval page answered with 5xx: read the log groups ${aws_cloudwatch_log_group.access.name} and ${module.approval_function.log_group_name}."
  alarm_name          = "${local.full_name}-server-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = { ApiId = aws_apigatewayv2_api.this.id }
  evaluation_periods  = 1
  metric_name         = "5xx"
  namespace           = "AWS/ApiGateway"
  ok_actions          = compact([var.alarm_topic_arn])
  period              = 60
  statistic           = "Sum"
  tags                = var.tags
  threshold           = 0
  treat_missing_data  = "notBreaching"
}
