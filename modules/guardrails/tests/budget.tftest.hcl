mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_data "aws_vpc" {
    defaults = { cidr_block = "192.0.2.0/24" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/cloudtrail/live-dev-audit" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-dev-audit-trail-eu-central-1" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  }
}

variables {
  name = "live-dev"
}

run "nothing_is_made_unless_asked_for" {
  assert {
    condition = alltrue([
      length(aws_budgets_budget.this) == 0,
      length(aws_cloudtrail.this) == 0,
      length(aws_cloudwatch_query_definition.this) == 0,
      length(aws_kms_key.audit) == 0,
      length(aws_s3_bucket.audit) == 0,
      length(aws_security_group.endpoints) == 0,
      length(aws_vpc_endpoint.interface) == 0,
    ])
    error_message = "Something came from nowhere."
  }
}

run "a_budget_tells_at_80_and_100_per_cent_and_when_the_forecast_passes_100" {
  variables {
    budget = { monthly_usd = 400, emails = ["finance@example.com"] }
  }

  assert {
    condition = toset([
      for notification in aws_budgets_budget.this[0].notification : "${notification.notification_type} ${notification.threshold}"
    ]) == toset(["ACTUAL 80", "ACTUAL 100", "FORECASTED 100"])
    error_message = "The alerts are others."
  }
  assert {
    condition     = aws_budgets_budget.this[0].limit_amount == "400.00" && aws_budgets_budget.this[0].limit_unit == "USD" && aws_budgets_budget.this[0].time_unit == "MONTHLY"
    error_message = "The limit is ${aws_budgets_budget.this[0].limit_amount} ${aws_budgets_budget.this[0].limit_unit}."
  }
  assert {
    condition = alltrue([
      for notification in aws_budgets_budget.this[0].notification : notification.subscriber_email_addresses == toset(["finance@example.com"])
    ])
    error_message = "An alert tells nobody."
  }
}

run "a_budget_can_be_narrowed_to_one_deployment" {
  variables {
    budget = {
      cost_filters = { TagKeyValue = ["user:Deployment$live-dev"] }
      monthly_usd  = 400
      topic_arns   = ["arn:aws:sns:eu-central-1:123456789012:money"]
    }
  }

  assert {
    condition     = one(aws_budgets_budget.this[0].cost_filter).values == tolist(["user:Deployment$live-dev"])
    error_message = "The budget counts the whole account."
  }
}

run "a_budget_of_nothing_is_refused" {
  command = plan

  variables {
    budget = { monthly_usd = 0, emails = ["finance@example.com"] }
  }

  expect_failures = [var.budget]
}

run "a_budget_that_nobody_hears_of_is_refused" {
  command = plan

  variables {
    budget = { monthly_usd = 400 }
  }

  expect_failures = [var.budget]
}

run "a_bad_mail_address_is_refused" {
  command = plan

  variables {
    budget = { monthly_usd = 400, emails = ["finance"] }
  }

  expect_failures = [var.budget]
}

run "a_second_topic_is_refused" {
  command = plan

  variables {
    budget = { monthly_usd = 400, topic_arns = ["arn:aws:sns:eu-central-1:123456789012:a", "arn:aws:sns:eu-central-1:123456789012:b"] }
  }

  expect_failures = [var.budget]
}

run "an_unknown_kind_of_alert_is_refused" {
  command = plan

  variables {
    budget = { monthly_usd = 400, emails = ["finance@example.com"], alerts = { x = { threshold_percent = 50, type = "GUESSED" } } }
  }

  expect_failures = [var.budget]
}

run "a_name_in_capitals_is_refused" {
  command = plan

  variables {
    name = "Live"
  }

  expect_failures = [var.name]
}
