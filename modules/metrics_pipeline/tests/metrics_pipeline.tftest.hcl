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

  mock_resource "aws_athena_workgroup" {
    defaults = { id = "live-metrics" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:live" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/live-metrics" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live:live" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:live", version = "1" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { id = "live-metrics-0123456789ab" }
  }

  mock_resource "aws_sfn_alias" {
    defaults = { arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-metrics-pipeline:live" }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = {
      arn                       = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-metrics-pipeline"
      state_machine_version_arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:live-metrics-pipeline:1"
    }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:live-metrics-dead-letters" }
  }
}

variables {
  alarm_topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-direct"
  hosts           = { Role = ["packager", "encoder"] }
  name            = "live"
  packages = {
    metrics_analytics = { s3_bucket = "releases", s3_key = "metrics_analytics.zip", source_code_hash = "AAAA" }
    metrics_collector = { s3_bucket = "releases", s3_key = "metrics_collector.zip", source_code_hash = "BBBB" }
    metrics_processor = { s3_bucket = "releases", s3_key = "metrics_processor.zip", source_code_hash = "CCCC" }
  }
  topic_arn = "arn:aws:sns:eu-central-1:123456789012:live-hosts"
}

run "a_run_starts_every_three_hours_and_what_cannot_be_started_is_kept" {
  assert {
    condition = alltrue([
      aws_scheduler_schedule.this.schedule_expression == "rate(3 hours)",
      aws_scheduler_schedule.this.state == "ENABLED",
      aws_scheduler_schedule.this.target[0].arn == output.alias_arn,
      aws_scheduler_schedule.this.target[0].dead_letter_config[0].arn == aws_sqs_queue.dead_letters["schedule"].arn,
    ])
    error_message = "The schedule is another one."
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.schedule.policy).Statement : { actions = statement.Action, resources = statement.Resource }] == [
      { actions = ["states:StartExecution"], resources = ["arn:aws:states:eu-central-1:123456789012:stateMachine:live-metrics-pipeline"] },
      { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:eu-central-1:123456789012:live-metrics-schedule-dead-letters"] },
    ]
    error_message = "The schedule's role may do more: ${aws_iam_role_policy.schedule.policy}"
  }
}

run "the_collector_is_told_the_tags_the_times_and_the_queries" {
  assert {
    condition = jsondecode(local.collector_config) == {
      delay_seconds = 600
      flow_arns     = []
      hosts         = { Role = ["encoder", "packager"] }
      metric_types = {
        cpu     = { queries = [{ dimensions = {}, metric = "CPUUtilization", namespace = "AWS/EC2", of = "host", statistic = "Average", unit = "Percent" }] }
        disk    = { queries = [{ dimensions = { path = "/" }, metric = "disk_used_percent", namespace = "CWAgent", of = "host", statistic = "Average", unit = "Percent" }] }
        memory  = { queries = [{ dimensions = {}, metric = "mem_used_percent", namespace = "CWAgent", of = "host", statistic = "Average", unit = "Percent" }] }
        network = { queries = [for metric in ["NetworkIn", "NetworkOut"] : { dimensions = {}, metric = metric, namespace = "AWS/EC2", of = "host", statistic = "Sum", unit = "Bytes" }] }
      }
      period_seconds = 300
      window_seconds = 10800
    }
    error_message = "The configuration is ${local.collector_config}"
  }
}

run "the_analytics_are_told_the_thresholds_and_the_time" {
  assert {
    condition = jsondecode(local.analytics_config).metric_types.memory == {
      change     = { minimum = 10, percent = 50, severity = "LOW" }
      thresholds = [{ comparison = "GreaterThanOrEqualToThreshold", metric = "mem_used_percent", severity = "HIGH", threshold = 90 }]
    }
    error_message = "The configuration is ${local.analytics_config}"
  }
  assert {
    condition     = jsondecode(local.analytics_config).delay_seconds == 600 && jsondecode(local.analytics_config).resolution_seconds == 300
    error_message = "The analysis looks at another time than the collection."
  }
}

run "every_new_raw_object_comes_to_the_processor_or_to_an_alarm" {
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.objects.event_pattern) == {
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = [aws_s3_bucket.this.bucket] }, object = { key = [{ prefix = "raw/" }] } }
    }
    error_message = "The rule hears of ${aws_cloudwatch_event_rule.objects.event_pattern}"
  }
  assert {
    condition = alltrue([
      aws_lambda_event_source_mapping.objects.function_response_types == toset(["ReportBatchItemFailures"]),
      aws_s3_bucket_notification.this.eventbridge,
      aws_sqs_queue.objects.visibility_timeout_seconds == 360,
      jsondecode(aws_sqs_queue.objects.redrive_policy).maxReceiveCount == 5,
      aws_cloudwatch_event_target.objects.dead_letter_config[0].arn == aws_sqs_queue.dead_letters["objects"].arn,
      alltrue([for alarm in values(aws_cloudwatch_metric_alarm.dead_letters) : alarm.alarm_actions == toset([var.alarm_topic_arn])]),
    ])
    error_message = "An object can be lost without anybody hearing of it."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.objects.policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-central-1:123456789012:rule/live-metrics-objects" } }
    error_message = "Other rules may write to the queue: ${aws_sqs_queue.objects.policy}"
  }
}

run "the_bucket_is_encrypted_closed_and_forgets" {
  assert {
    condition = alltrue([
      !aws_s3_bucket.this.force_destroy,
      !aws_athena_workgroup.this.force_destroy,
      one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256",
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
      {
        for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id => one(rule.expiration[*].days)
        if length(rule.expiration) > 0 && rule.id != "replaced"
      } == { analysis = 90, athena = 7, raw = 90, runs = 90 },
      [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : one(rule.expiration[*].expired_object_delete_marker) if rule.id == "replaced"] == [true],
    ])
    error_message = "The bucket is open, or keeps what it should not."
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "The bucket answers without TLS."
  }
}

run "a_key_of_the_caller_s_encrypts_the_bucket_and_the_queries_results_and_the_functions_may_use_it" {
  variables {
    bucket_kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = alltrue([
      one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == var.bucket_kms_key_arn,
      aws_athena_workgroup.this.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_KMS",
    ])
    error_message = "The key is not used, or not by all."
  }

  assert {
    condition = { for key, one in local.functions : key => join(" ", sort(flatten([
      for statement in values(one.policy) : statement.actions if statement.resources == [var.bucket_kms_key_arn]
      ]))) } == {
      metrics_analytics = "kms:Decrypt kms:GenerateDataKey"
      metrics_collector = "kms:GenerateDataKey"
      metrics_processor = "kms:Decrypt"
    }
    error_message = "A function may do more or less with the key than it needs."
  }
}

run "each_function_may_what_it_needs_where_it_needs_it" {
  assert {
    condition = { for key, one in local.functions : key => join(" ", sort(flatten([for statement in values(one.policy) : statement.actions]))) } == {
      metrics_analytics = "s3:GetObject s3:ListBucket s3:PutObject"
      metrics_collector = "cloudwatch:GetMetricData cloudwatch:ListMetrics ec2:DescribeInstances s3:PutObject"
      metrics_processor = join(" ", [
        "cloudwatch:PutMetricData", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "s3:GetObject", "s3:ListBucket", "sqs:DeleteMessage",
        "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "states:SendTaskHeartbeat", "states:SendTaskSuccess",
      ])
    }
    error_message = "A function may more or less."
  }
}

run "athena_finds_the_objects_by_projection_and_stops_dear_queries" {
  assert {
    condition = alltrue([
      aws_glue_catalog_table.raw.parameters["projection.metric_type.values"] == "cpu,disk,memory,network",
      aws_glue_catalog_table.raw.parameters["projection.date.range"] == "NOW-90DAYS,NOW",
      endswith(aws_glue_catalog_table.raw.parameters["storage.location.template"], "/raw/metric_type=$${metric_type}/date=$${date}/"),
      aws_athena_workgroup.this.configuration[0].enforce_workgroup_configuration,
      aws_athena_workgroup.this.configuration[0].bytes_scanned_cutoff_per_query == 1073741824,
      keys(output.named_query_ids) == ["busiest_hosts", "collected_by_day", "latest_values"],
    ])
    error_message = "Athena sees something else."
  }
}

run "the_dashboard_shows_each_type_and_the_runs" {
  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.title if widget.x == 0] == ["cpu of all hosts", "disk of all hosts", "memory of all hosts", "network of all hosts", "Runs"]
    error_message = "The dashboard is ${aws_cloudwatch_dashboard.this.dashboard_body}"
  }
}

run "types_without_branches_are_refused_with_the_command_that_makes_them" {
  command = plan

  variables {
    metric_types = { gpu = { queries = [{ namespace = "CWAgent", metric = "nvidia_smi_utilization_gpu", unit = "Percent" }] } }
  }

  expect_failures = [var.metric_types]
}

run "a_threshold_of_a_metric_that_is_not_collected_is_refused" {
  command = plan

  variables {
    metric_types = {
      cpu     = { queries = [{ namespace = "AWS/EC2", metric = "CPUUtilization", unit = "Percent" }], thresholds = [{ metric = "Cpu", threshold = 90 }] }
      disk    = { queries = [{ namespace = "CWAgent", metric = "disk_used_percent", unit = "Percent" }] }
      memory  = { queries = [{ namespace = "CWAgent", metric = "mem_used_percent", unit = "Percent" }] }
      network = { queries = [{ namespace = "AWS/EC2", metric = "NetworkIn", unit = "Bytes" }] }
    }
  }

  expect_failures = [var.metric_types]
}

run "nothing_to_collect_is_refused" {
  command = plan

  variables {
    hosts = {}
  }

  expect_failures = [var.hosts]
}

run "a_missing_package_is_named" {
  command = plan

  variables {
    packages = { metrics_collector = { s3_bucket = "releases", s3_key = "metrics_collector.zip", source_code_hash = "BBBB" } }
  }

  expect_failures = [var.packages]
}

run "a_window_that_is_no_multiple_of_the_period_is_refused" {
  command = plan

  variables {
    collection = { window_seconds = 1000 }
  }

  expect_failures = [var.collection]
}

run "a_processor_whose_objects_come_again_after_the_workflow_gave_up_is_refused" {
  command = plan

  variables {
    functions = { metrics_processor = { timeout = 91 } }
  }

  expect_failures = [var.functions]
}

run "two_statistics_of_a_metric_in_one_type_are_refused" {
  command = plan

  variables {
    metric_types = {
      cpu = {
        queries = [
          { namespace = "AWS/EC2", metric = "CPUUtilization", unit = "Percent" },
          { namespace = "AWS/EC2", metric = "CPUUtilization", unit = "Percent", statistic = "Maximum" },
        ]
      }
      disk    = { queries = [{ namespace = "CWAgent", metric = "disk_used_percent", unit = "Percent", dimensions = { path = "/" } }] }
      memory  = { queries = [{ namespace = "CWAgent", metric = "mem_used_percent", unit = "Percent" }] }
      network = { queries = [{ namespace = "AWS/EC2", metric = "NetworkIn", statistic = "Sum", unit = "Bytes" }] }
    }
  }

  expect_failures = [var.metric_types]
}

run "two_disks_of_a_host_in_one_type_are_taken" {
  command = plan

  variables {
    metric_types = {
      cpu = { queries = [{ namespace = "AWS/EC2", metric = "CPUUtilization", unit = "Percent" }] }
      disk = {
        queries = [
          for path in ["/", "/recordings"] :
          { namespace = "CWAgent", metric = "disk_used_percent", unit = "Percent", dimensions = { path = path } }
        ]
      }
      memory  = { queries = [{ namespace = "CWAgent", metric = "mem_used_percent", unit = "Percent" }] }
      network = { queries = [{ namespace = "AWS/EC2", metric = "NetworkIn", statistic = "Sum", unit = "Bytes" }] }
    }
  }

  assert {
    condition     = [for query in jsondecode(local.collector_config).metric_types.disk.queries : query.dimensions.path] == ["/", "/recordings"]
    error_message = "The disks are ${local.collector_config}"
  }
}

run "a_function_that_outlasts_its_task_is_refused" {
  command = plan

  variables {
    functions = { metrics_collector = { timeout = 600 } }
  }

  expect_failures = [var.functions]
}

run "a_name_that_is_no_part_of_a_bucket_s_is_refused" {
  command = plan

  variables {
    name = "Live_A"
  }

  expect_failures = [var.name]
}
