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

run "a_flow_is_described_without_nulls" {
  assert {
    condition = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state) == {
      Name = "live-studio-a"
      Source = {
        Description   = "Source primary of live-studio-a"
        IngestPort    = 5000
        Name          = "primary"
        Protocol      = "rtp"
        WhitelistCidr = "203.0.113.0/24"
      }
      Tags = [{ Key = "Environment", Value = "test" }]
    }
    error_message = "The flow's desired state must hold what was given, the default tags, and nothing else."
  }

  assert {
    condition     = length(aws_iam_role.keys) == 0
    error_message = "A flow without encryption needs no role."
  }
}

run "outputs_belong_to_the_flow_and_carry_their_names" {
  variables {
    outputs = {
      backup  = { protocol = "rtp-fec", destination = "198.51.100.11", port = 5002, enabled = false }
      primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001, smoothing_latency = 100 }
    }
    tags = { Team = "playout" }
  }

  assert {
    condition = jsondecode(aws_cloudcontrolapi_resource.output["primary"].desired_state) == {
      Description      = "Output primary of live-studio-a"
      Destination      = "198.51.100.10"
      FlowArn          = aws_cloudcontrolapi_resource.flow.id
      Name             = "primary"
      OutputStatus     = "ENABLED"
      Port             = 5001
      Protocol         = "rtp"
      SmoothingLatency = 100
      Tags             = [{ Key = "Environment", Value = "test" }, { Key = "Team", Value = "playout" }]
    }
    error_message = "An output's desired state must hold what was given, its flow and its tags in the order of their keys."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.output["backup"].desired_state).OutputStatus == "DISABLED"
    error_message = "enabled = false must create a disabled output."
  }

  assert {
    condition     = keys(output.output_arns) == ["backup", "primary"] && output.arn == aws_cloudcontrolapi_resource.flow.id
    error_message = "The ARNs must come from the resources' ids, by output name."
  }
}

run "an_srt_password_is_read_with_a_role_of_this_flow" {
  variables {
    primary_source = {
      protocol       = "srt-listener"
      ingest_port    = 7000
      whitelist_cidr = "203.0.113.7/32"
      min_latency    = 800
      decryption = {
        key_type    = "srt-password"
        kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
        secret_arn  = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:studio-a-AbCdEf"
      }
    }
    outputs = {
      partner = {
        protocol    = "zixi-push"
        destination = "receiver.example.com"
        port        = 2088
        stream_id   = "studio-a"
        encryption = {
          algorithm  = "aes256"
          key_type   = "static-key"
          secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:partner-AbCdEf"
        }
      }
    }
  }

  assert {
    condition = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source.Decryption == {
      KeyType   = "srt-password"
      RoleArn   = "arn:aws:iam::123456789012:role/live-studio-a-keys"
      SecretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:studio-a-AbCdEf"
    }
    error_message = "An SRT password must go without an algorithm, and with the role made here."
  }

  assert {
    condition     = aws_iam_role.keys[0].name == "live-studio-a-keys-eu-central-1"
    error_message = "Roles are global: the Region must be in the role's name."
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.output["partner"].desired_state).Encryption.Algorithm == "aes256"
    error_message = "A static key must go with its algorithm."
  }

  assert {
    condition = data.aws_iam_policy_document.keys[0].statement[0].resources == toset([
      "arn:aws:secretsmanager:eu-central-1:123456789012:secret:partner-AbCdEf",
      "arn:aws:secretsmanager:eu-central-1:123456789012:secret:studio-a-AbCdEf",
    ])
    error_message = "The role must read the two secrets of the flow and nothing else."
  }

  assert {
    condition     = data.aws_iam_policy_document.keys[0].statement[1].resources == toset(["arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"])
    error_message = "The role must decrypt with the secret's own key."
  }

  assert {
    condition     = contains(flatten([for condition in data.aws_iam_policy_document.keys_trust.statement[0].condition : condition.values]), "arn:aws:mediaconnect:eu-central-1:123456789012:flow:*:live-studio-a")
    error_message = "MediaConnect may assume the role for this flow only."
  }
}

run "a_role_of_the_callers_is_used_as_it_is" {
  variables {
    primary_source = {
      protocol         = "srt-caller"
      listener_address = "encoder.example.com"
      listener_port    = 7000
      decryption = {
        key_type   = "srt-password"
        role_arn   = "arn:aws:iam::123456789012:role/read-keys"
        secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:studio-a-AbCdEf"
      }
    }
  }

  assert {
    condition     = length(aws_iam_role.keys) == 0 && jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source.Decryption.RoleArn == "arn:aws:iam::123456789012:role/read-keys"
    error_message = "With role_arn no role may be made."
  }
}

run "the_whole_internet_is_admitted_only_where_allowed" {
  variables {
    allow_open_whitelist = true
    primary_source       = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "0.0.0.0/0" }
  }

  assert {
    condition     = jsondecode(aws_cloudcontrolapi_resource.flow.desired_state).Source.WhitelistCidr == "0.0.0.0/0"
    error_message = "allow_open_whitelist must admit 0.0.0.0/0."
  }
}

run "a_long_name_still_gives_a_legal_role" {
  variables {
    name = "a-flow-with-a-name-that-is-a-good-deal-longer-than-most-people-would-choose"
    primary_source = {
      protocol       = "srt-listener"
      ingest_port    = 7000
      whitelist_cidr = "203.0.113.7/32"
      decryption     = { key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:studio-a-AbCdEf" }
    }
  }

  assert {
    condition     = length(aws_iam_role.keys[0].name) <= 64
    error_message = "IAM allows 64 characters."
  }
}
