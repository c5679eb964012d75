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

run "the_trail_logs_every_change_in_every_region_and_proves_its_files" {
  variables {
    audit_trail = {}
  }

  assert {
    condition = alltrue([
      aws_cloudtrail.this[0].enable_log_file_validation,
      aws_cloudtrail.this[0].is_multi_region_trail,
      aws_cloudtrail.this[0].kms_key_id == aws_kms_key.audit[0].arn,
      aws_kms_key.audit[0].enable_key_rotation,
    ])
    error_message = "The trail has gaps."
  }
  assert {
    condition = {
      for selector in one(aws_cloudtrail.this[0].advanced_event_selector).field_selector : selector.field => coalescelist(selector.equals, selector.not_equals)
      } == {
      eventCategory = tolist(["Management"])
      eventSource   = tolist(["kms.amazonaws.com", "rdsdata.amazonaws.com"])
      readOnly      = tolist(["false"])
    }
    error_message = "The trail selects something else."
  }
}

run "changes_to_flows_are_found_with_a_saved_query" {
  variables {
    audit_trail = {}
  }

  assert {
    condition = alltrue([
      strcontains(aws_cloudwatch_query_definition.this["audit/flow-changes"].query_string, "eventSource = \"mediaconnect.amazonaws.com\""),
      aws_cloudwatch_query_definition.this["audit/flow-changes"].log_group_names == tolist(["/aws/cloudtrail/live-dev-audit"]),
      aws_cloudwatch_query_definition.this["audit/flow-changes"].name == "live-dev/audit/flow-changes",
    ])
    error_message = "The query looks elsewhere."
  }
}

run "the_bucket_is_closed_encrypted_and_takes_files_from_this_trail_only" {
  variables {
    audit_trail = {}
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.audit[0].block_public_acls,
      aws_s3_bucket_public_access_block.audit[0].block_public_policy,
      aws_s3_bucket_public_access_block.audit[0].ignore_public_acls,
      aws_s3_bucket_public_access_block.audit[0].restrict_public_buckets,
      one(one(aws_s3_bucket_server_side_encryption_configuration.audit[0].rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.audit[0].arn,
      !aws_s3_bucket.audit[0].force_destroy,
    ])
    error_message = "The bucket is open, unencrypted or thrown away with its files."
  }
  assert {
    condition = toset([
      for statement in jsondecode(aws_s3_bucket_policy.audit[0].policy).Statement : statement.Condition.StringEquals["aws:SourceArn"] if statement.Effect == "Allow"
    ]) == toset(["arn:aws:cloudtrail:eu-central-1:123456789012:trail/live-dev-audit"])
    error_message = "Others may write: ${aws_s3_bucket_policy.audit[0].policy}"
  }
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.audit[0].policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
    ])
    error_message = "The bucket takes plain HTTP."
  }
  assert {
    condition     = length(aws_s3_bucket.audit[0].bucket) <= 63
    error_message = "${aws_s3_bucket.audit[0].bucket} is no bucket name."
  }
}

run "a_name_of_32_characters_gives_a_bucket_and_a_role" {
  variables {
    audit_trail = {}
    name        = "a2345678-12345678-12345678-12345"
  }

  assert {
    condition     = length(aws_s3_bucket.audit[0].bucket) <= 63 && length(aws_iam_role.audit[0].name) <= 64
    error_message = "${aws_s3_bucket.audit[0].bucket} or ${aws_iam_role.audit[0].name} is too long."
  }
}

run "the_key_serves_the_trail_its_log_group_and_its_readers" {
  variables {
    audit_trail = {}
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.audit[0].policy).Statement : can(statement.Condition) || statement.Sid == "Administration"
    ])
    error_message = "Somebody may use the key without a condition: ${aws_kms_key.audit[0].policy}"
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.audit[0].policy).Statement : !anytrue([
        for action in flatten([statement.Action]) : contains(["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"], action)
      ]) if statement.Sid == "Administration"
    ])
    error_message = "Administrators may read: ${aws_kms_key.audit[0].policy}"
  }
}

run "files_are_kept_a_year_and_searched_for_90_days_unless_told" {
  variables {
    audit_trail = {}
  }

  assert {
    condition = alltrue([
      one(aws_s3_bucket_lifecycle_configuration.audit[0].rule[0].expiration).days == 365,
      length(aws_s3_bucket_lifecycle_configuration.audit[0].rule[0].transition) == 0,
      aws_cloudwatch_log_group.audit[0].retention_in_days == 90,
    ])
    error_message = "The periods are others."
  }
}

run "files_move_to_cheaper_storage_when_told" {
  variables {
    audit_trail = { archive_after_days = 90 }
  }

  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.audit[0].rule[0].transition).days == 90
    error_message = "The files are not archived."
  }
}

run "archiving_after_the_end_is_refused" {
  command = plan

  variables {
    audit_trail = { archive_after_days = 90, retention_days = 30 }
  }

  expect_failures = [var.audit_trail]
}

run "a_search_period_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    audit_trail = { search_days = 10 }
  }

  expect_failures = [var.audit_trail]
}

run "the_queries_look_at_the_log_groups_given" {
  variables {
    queries = { "mine" = { log_group_names = ["/aws/lambda/x"], query_string = "fields @message" } }
    query_log_groups = {
      functions = ["/aws/lambda/live-dev-stream-monitor"]
      workflows = ["/aws/vendedlogs/states/live-dev-stream-monitor"]
    }
  }

  assert {
    condition = output.query_names == tolist([
      "live-dev/functions/cold-starts", "live-dev/functions/errors", "live-dev/mine", "live-dev/workflows/failures", "live-dev/workflows/outcomes",
    ])
    error_message = "The queries are ${join(", ", output.query_names)}."
  }
  assert {
    condition     = aws_cloudwatch_query_definition.this["workflows/failures"].log_group_names == tolist(["/aws/vendedlogs/states/live-dev-stream-monitor"])
    error_message = "The query looks elsewhere."
  }
}
