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

run "the_key_is_rotated_and_admits_cloudwatch_of_this_account_only" {
  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key is not rotated."
  }
  assert {
    condition = contains([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition.StringEquals["aws:SourceAccount"]
      if try(contains(statement.Principal.Service, "cloudwatch.amazonaws.com"), false)
    ], "123456789012")
    error_message = "CloudWatch is not admitted, or from any account: ${aws_kms_key.this.policy}"
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      can(statement.Condition) || !anytrue([for action in statement.Action : contains(["kms:*", "kms:Decrypt", "kms:Encrypt"], action)])
    ])
    error_message = "Somebody may decrypt without a condition: ${aws_kms_key.this.policy}"
  }
  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == aws_kms_key.this.arn
    error_message = "The topic is not encrypted with its own key."
  }
}

run "the_topic_refuses_plain_http_and_other_accounts" {
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_sns_topic.this.policy).Statement :
      statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
    ])
    error_message = "Publishing without TLS is not denied: ${aws_sns_topic.this.policy}"
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_sns_topic.this.policy).Statement :
      statement.Condition.StringEquals["aws:SourceAccount"] == "123456789012" if statement.Effect == "Allow"
    ])
    error_message = "A statement allows without naming the account: ${aws_sns_topic.this.policy}"
  }
}

run "eventbridge_is_admitted_where_it_is_named_without_a_source_that_it_does_not_tell" {
  variables {
    publisher_services = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
  }

  assert {
    condition = [
      for statement in jsondecode(aws_sns_topic.this.policy).Statement : can(statement.Condition)
      if try(contains(statement.Principal.Service, "events.amazonaws.com"), false)
    ] == [false]
    error_message = "EventBridge is not admitted, or only from a source: ${aws_sns_topic.this.policy}"
  }
  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition
      if try(contains(statement.Principal.Service, "events.amazonaws.com"), false)
    ] == [{ StringEquals = { "kms:EncryptionContext:aws:sns:topicArn" = "arn:aws:sns:eu-central-1:123456789012:live-alerts" } }]
    error_message = "EventBridge may not use the key for this topic, or for others too: ${aws_kms_key.this.policy}"
  }
}

run "eventbridge_is_not_admitted_unless_it_is_named" {
  assert {
    condition     = !strcontains("${aws_sns_topic.this.policy}${aws_kms_key.this.policy}", "events.amazonaws.com")
    error_message = "EventBridge may publish though nobody said so."
  }
}

run "the_dead_letter_queue_admits_this_topic_only" {
  assert {
    condition     = aws_sqs_queue.dead_letters.sqs_managed_sse_enabled && aws_sqs_queue.dead_letters.name == "live-alerts-dead-letters"
    error_message = "The dead-letter queue is unencrypted or misnamed."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_sqs_queue.dead_letters.policy).Statement : statement.Condition.ArnEquals["aws:SourceArn"] if statement.Effect == "Allow"
    ] == ["arn:aws:sns:eu-central-1:123456789012:live-alerts"]
    error_message = "Others than the topic may write: ${aws_sqs_queue.dead_letters.policy}"
  }
}

run "the_alarm_on_dead_letters_has_no_action_unless_told" {
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.dead_letters.alarm_actions) == 0
    error_message = "An action came from nowhere."
  }
}

run "the_alarm_on_dead_letters_goes_to_the_topic_given" {
  variables {
    alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letters.alarm_actions == toset(["arn:aws:sns:eu-central-1:123456789012:live-direct"])
    error_message = "The alarm does not reach the topic."
  }
}

run "a_role_of_another_account_may_publish_when_named" {
  variables {
    allowed_publisher_role_arns = ["arn:aws:iam::210987654321:role/studio"]
  }

  assert {
    condition = alltrue([
      for policy in [aws_kms_key.this.policy, aws_sns_topic.this.policy] :
      strcontains(policy, "arn:aws:iam::210987654321:role/studio")
    ])
    error_message = "The role needs both the topic and its key."
  }
}

run "a_name_that_sqs_would_refuse_is_refused" {
  command = plan

  variables {
    name = "a23456789-123456789-123456789-123456789-123456789-123456789-12345678"
  }

  expect_failures = [var.name]
}

run "retries_longer_than_an_hour_are_refused" {
  command = plan

  variables {
    https_retries = { count = 100, max_delay_seconds = 60 }
  }

  expect_failures = [var.https_retries]
}

run "delivery_is_not_logged_unless_asked_for" {
  assert {
    condition     = length(aws_iam_role.delivery_status) == 0 && length(aws_cloudwatch_log_group.delivery_status) == 0
    error_message = "A role or a log group came from nowhere."
  }
}

run "delivery_is_logged_to_the_groups_that_sns_writes" {
  variables {
    delivery_status_logging = { success_sample_percent = 10, retention_days = 7 }
  }

  assert {
    condition = toset([for group in aws_cloudwatch_log_group.delivery_status : group.name]) == toset([
      "sns/eu-central-1/123456789012/live-alerts", "sns/eu-central-1/123456789012/live-alerts/Failure",
    ])
    error_message = "SNS writes to other log groups."
  }
  assert {
    condition = alltrue([
      aws_sns_topic.this.http_failure_feedback_role_arn == aws_iam_role.delivery_status[0].arn,
      aws_sns_topic.this.sqs_success_feedback_sample_rate == 10,
    ])
    error_message = "The topic does not log."
  }
}
