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

run "the_whole_internet_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "0.0.0.0/0" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "an_unknown_protocol_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtmp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_missing_port_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_field_of_another_protocol_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", min_latency = 100 }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_port_beyond_the_range_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", ingest_port = 70000, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_port_without_room_for_fec_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp-fec", ingest_port = 65534, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "zixis_own_port_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", ingest_port = 2088, whitelist_cidr = "203.0.113.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "an_address_that_is_no_network_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.7/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_cidr_with_a_bad_octet_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.999.0/24" }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "an_algorithm_with_an_srt_password_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_static_key_without_an_algorithm_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_key_of_the_wrong_type_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_secret_that_is_no_arn_is_refused" {
  command = plan

  variables {
    primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { key_type = "srt-password", secret_arn = "hunter2" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

run "a_name_too_long_is_refused" {
  command = plan

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.name]
}

run "an_output_without_destination_is_refused" {
  command = plan

  variables {
    outputs = { primary = { protocol = "rtp", port = 5001 } }
  }

  expect_failures = [var.outputs]
}

run "an_output_of_an_unknown_protocol_is_refused" {
  command = plan

  variables {
    outputs = { primary = { protocol = "udp", port = 5001 } }
  }

  expect_failures = [var.outputs]
}

run "an_output_with_a_url_is_refused" {
  command = plan

  variables {
    outputs = { primary = { protocol = "rtp", destination = "rtp://198.51.100.10", port = 5001 } }
  }

  expect_failures = [var.outputs]
}

run "an_output_anybody_can_fetch_is_refused" {
  command = plan

  variables {
    outputs = { primary = { protocol = "srt-listener", port = 5001, cidr_allow_list = ["203.0.113.0/24", "0.0.0.0/0"] } }
  }

  expect_failures = [var.outputs]
}

run "an_output_nobody_can_fetch_is_refused" {
  command = plan

  variables {
    outputs = { primary = { protocol = "srt-listener", port = 5001, cidr_allow_list = [] } }
  }

  expect_failures = [var.outputs]
}

run "encryption_on_rtp_is_refused" {
  command = plan

  variables {
    outputs = { primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001, encryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
  }

  expect_failures = [var.outputs]
}

run "a_negative_latency_is_refused" {
  command = plan

  variables {
    outputs = { primary = { protocol = "rtp", destination = "198.51.100.10", port = 5001, smoothing_latency = -1 } }
  }

  expect_failures = [var.outputs]
}

run "the_51st_output_is_refused" {
  command = plan

  variables {
    outputs = { for number in range(51) : "o${number}" => { protocol = "rtp", destination = "198.51.100.10", port = 5001 } }
  }

  expect_failures = [var.outputs]
}

run "a_name_with_a_space_is_refused" {
  command = plan

  variables {
    name = "studio a"
  }

  expect_failures = [var.name]
}
