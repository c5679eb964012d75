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

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555", key_id = "11111111-2222-3333-4444-555555555555" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:live-alerts" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:live-alerts-dead-letters" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-alerts-delivery-eu-central-1" }
  }
}

variables {
  name = "live-alerts"
}

run "severities_become_a_filter_on_the_message_attribute" {
  variables {
    subscriptions = {
      all  = { protocol = "email", endpoint = "all@example.com" }
      high = { protocol = "email-json", endpoint = "noc@example.com", severities = ["MEDIUM", "HIGH"] }
    }
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["high"].filter_policy) == { severity = ["HIGH", "MEDIUM"] }
    error_message = "The filter is ${aws_sns_topic_subscription.this["high"].filter_policy}."
  }
  assert {
    condition     = aws_sns_topic_subscription.this["high"].filter_policy_scope == "MessageAttributes"
    error_message = "The filter does not look at the attributes."
  }
  assert {
    condition     = aws_sns_topic_subscription.this["all"].filter_policy == null
    error_message = "Who named no severity is filtered."
  }
}

run "every_protocol_is_subscribed_with_the_dead_letter_queue_behind_it" {
  variables {
    subscriptions = {
      email      = { protocol = "email", endpoint = "noc@example.com" }
      email_json = { protocol = "email-json", endpoint = "noc+json@example.co.uk" }
      firehose   = { protocol = "firehose", endpoint = "arn:aws:firehose:eu-central-1:123456789012:deliverystream/alerts", subscription_role_arn = "arn:aws:iam::123456789012:role/firehose", raw_message_delivery = true }
      function   = { protocol = "lambda", endpoint = "arn:aws:lambda:eu-central-1:123456789012:function:tell:live" }
      http       = { protocol = "http", endpoint = "http://192.0.2.10:8080/alerts?from=live", endpoint_auto_confirms = true, confirmation_timeout_minutes = 5 }
      https      = { protocol = "https", endpoint = "https://example.com/alerts" }
      queue      = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-central-1:123456789012:alerts", raw_message_delivery = true }
      sms        = { protocol = "sms", endpoint = "+12025550123" }
    }
  }

  assert {
    condition     = length(aws_sns_topic_subscription.this) == 8
    error_message = "A protocol is missing."
  }
  assert {
    condition = alltrue([
      for subscription in aws_sns_topic_subscription.this : jsondecode(subscription.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters.arn
    ])
    error_message = "A subscription loses what it cannot deliver."
  }
  assert {
    condition     = aws_sns_topic_subscription.this["http"].endpoint_auto_confirms && aws_sns_topic_subscription.this["http"].confirmation_timeout_in_minutes == 5
    error_message = "The endpoint's own confirmation is not passed on."
  }
}

run "an_unknown_protocol_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "pager", endpoint = "noc" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_mail_address_without_a_domain_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "email", endpoint = "noc@example" } }
  }

  expect_failures = [var.subscriptions]
}

run "two_mail_addresses_in_one_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "email", endpoint = "noc@example.com,ops@example.com" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_phone_number_that_is_not_e164_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "sms", endpoint = "0202 555 0123" } }
  }

  expect_failures = [var.subscriptions]
}

run "an_https_url_under_http_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "http", endpoint = "https://example.com/alerts" } }
  }

  expect_failures = [var.subscriptions]
}

run "an_http_url_under_https_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "https", endpoint = "http://example.com/alerts" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_url_without_a_host_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "https", endpoint = "https:///alerts" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_queue_by_its_url_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "sqs", endpoint = "https://sqs.eu-central-1.amazonaws.com/123456789012/alerts" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_fifo_queue_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-central-1:123456789012:alerts.fifo" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_function_by_its_name_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "lambda", endpoint = "tell" } }
  }

  expect_failures = [var.subscriptions]
}

run "firehose_without_a_role_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "firehose", endpoint = "arn:aws:firehose:eu-central-1:123456789012:deliverystream/alerts" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_role_for_another_protocol_than_firehose_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "email", endpoint = "noc@example.com", subscription_role_arn = "arn:aws:iam::123456789012:role/x" } }
  }

  expect_failures = [var.subscriptions]
}

run "an_unknown_severity_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "email", endpoint = "noc@example.com", severities = ["CRITICAL"] } }
  }

  expect_failures = [var.subscriptions]
}

run "a_severity_in_lower_case_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "email", endpoint = "noc@example.com", severities = ["high"] } }
  }

  expect_failures = [var.subscriptions]
}

run "a_filter_that_lets_nothing_through_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "email", endpoint = "noc@example.com", severities = [] } }
  }

  expect_failures = [var.subscriptions]
}

run "raw_delivery_by_mail_is_refused" {
  command = plan

  variables {
    subscriptions = { bad = { protocol = "email", endpoint = "noc@example.com", raw_message_delivery = true } }
  }

  expect_failures = [var.subscriptions]
}
