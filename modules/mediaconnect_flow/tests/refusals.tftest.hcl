mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_default_tags" {
    defaults = { tags = { Environment = "test" } }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_resource "aws_cloudcontrolapi_resource" {
    defaults = { id = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbCdEf-123456:live-studio-a" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-studio-a-keys" }
  }
}

variables {
  name = "live-studio-a"
  primary_source = {
    protocol       = "rtp"
    ingest_port    = 5000
    whitelist_cidr = "203.0.113.0/24"
  }
}

# One for each check of the module. What else is refused, and how it is said, stands in refusals/: one plan for all of it.
run "a_variable_by_itself" {
  command = plan

  variables {
    outputs = { primary = { protocol = "rtp", port = 5001 } }
  }

  expect_failures = [var.outputs]
}

run "a_source" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "0.0.0.0/0" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_key" {
  command = plan

  variables {
    primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "an_arn" {
  command = plan

  variables {
    primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { key_type = "srt-password", secret_arn = "hunter2" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_flow" {
  command = plan

  variables {
    failover       = { mode = "MERGE" }
    primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}
