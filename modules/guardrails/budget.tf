resource "aws_budgets_budget" "this" {
  count = var.budget == null ? 0 : 1

  budget_type  = "COST"
  limit_amount = format("%.2f", var.budget.monthly_usd)
  limit_unit   = "USD"
  name         = "${var.name}-monthly"
  time_unit    = "MONTHLY"

  dynamic "cost_filter" {
    for_each = var.budget.cost_filters

    content {
      name   = cost_filter.key
      values = cost_filter.value
    }
  }

  dynamic "notification" {
    for_each = var.budget.alerts

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.value.type
      subscriber_email_addresses = var.budget.emails
      subscriber_sns_topic_arns  = var.budget.topic_arns
      threshold                  = notification.value.threshold_percent
      threshold_type             = "PERCENTAGE"
    }
  }

  tags = var.tags
}
