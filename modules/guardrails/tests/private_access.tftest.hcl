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

run "the_services_of_the_workflow_are_reached_privately_by_this_account_only" {
  variables {
    vpc_endpoints = { vpc_id = "vpc-0123456789abcdef0", subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"] }
  }

  assert {
    condition = toset([for endpoint in aws_vpc_endpoint.interface : endpoint.service_name]) == toset([
      for service in ["events", "kms", "lambda", "logs", "mediaconnect", "monitoring", "sns", "sqs", "states", "sync-states", "xray"] : "com.amazonaws.eu-central-1.${service}"
    ])
    error_message = "The services are others."
  }
  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled && jsondecode(endpoint.policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalAccount" = "123456789012" } }
    ])
    error_message = "An endpoint is not found by name, or serves other accounts."
  }
  assert {
    condition     = length(aws_vpc_endpoint.gateway) == 0
    error_message = "A gateway came from nowhere."
  }
}

run "a_security_group_is_made_that_admits_tls_from_the_vpc" {
  variables {
    vpc_endpoints = { vpc_id = "vpc-0123456789abcdef0", subnet_ids = ["subnet-0123456789abcdef0"] }
  }

  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.endpoints : "${rule.cidr_ipv4} ${rule.from_port}-${rule.to_port}"] == ["192.0.2.0/24 443-443"]
    error_message = "The group admits something else."
  }
}

run "a_security_group_given_takes_its_place" {
  variables {
    vpc_endpoints = {
      security_group_ids = ["sg-0123456789abcdef0"]
      services           = ["mediaconnect"]
      subnet_ids         = ["subnet-0123456789abcdef0"]
      vpc_id             = "vpc-0123456789abcdef0"
    }
  }

  assert {
    condition     = length(aws_security_group.endpoints) == 0 && aws_vpc_endpoint.interface["mediaconnect"].security_group_ids == toset(["sg-0123456789abcdef0"])
    error_message = "The group given is not used."
  }
}

run "route_tables_bring_gateways_for_dynamodb_and_s3" {
  variables {
    vpc_endpoints = {
      route_table_ids = ["rtb-0123456789abcdef0"]
      subnet_ids      = ["subnet-0123456789abcdef0"]
      vpc_id          = "vpc-0123456789abcdef0"
    }
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.gateway)) == toset(["dynamodb", "s3"])
    error_message = "The gateways are ${join(", ", keys(aws_vpc_endpoint.gateway))}."
  }
}

run "no_subnet_is_refused" {
  command = plan

  variables {
    vpc_endpoints = { vpc_id = "vpc-0123456789abcdef0", subnet_ids = [] }
  }

  expect_failures = [var.vpc_endpoints]
}

run "an_interface_for_s3_is_refused" {
  command = plan

  variables {
    vpc_endpoints = { vpc_id = "vpc-0123456789abcdef0", subnet_ids = ["subnet-0123456789abcdef0"], services = ["s3"] }
  }

  expect_failures = [var.vpc_endpoints]
}

run "the_whole_internet_as_client_is_refused" {
  command = plan

  variables {
    vpc_endpoints = { vpc_id = "vpc-0123456789abcdef0", subnet_ids = ["subnet-0123456789abcdef0"], client_cidr_blocks = ["0.0.0.0/0"] }
  }

  expect_failures = [var.vpc_endpoints]
}
