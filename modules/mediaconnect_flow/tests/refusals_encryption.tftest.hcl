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


# says: primary_source.decryption.key_type must be srt-password for srt-listener.
run "a_static_key_for_srt" {
  command = plan

  variables {
    primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: primary_source.decryption.algorithm must be aes128, aes192 or aes256
run "an_unknown_algorithm" {
  command = plan

  variables {
    primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "des", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: primary_source.decryption.secret_arn must be the ARN of a Secrets Manager secret
run "a_static_key_without_a_secret" {
  command = plan

  variables {
    primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: primary_source.decryption.key_type must be static-key for zixi-push.
run "speke_for_zixi" {
  command = plan

  variables {
    primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "speke", api_arn = "arn:aws:execute-api:eu-central-1:123456789012:a/b/POST/c", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: entitlements["e"].encryption.url is missing: speke needs it.
run "speke_without_a_url" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", api_arn = "arn:aws:execute-api:eu-central-1:123456789012:a/b/POST/c", device_id = "d", region = "eu-central-1", resource_id = "r" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: entitlements["e"].encryption: speke needs api_arn
run "speke_nobody_may_ask_for" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: (with key_type speke: absent).
run "speke_with_a_secret" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", role_arn = "arn:aws:iam::123456789012:role/keys", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: entitlements["e"].encryption.url must begin with https://.
run "speke_over_http" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", role_arn = "arn:aws:iam::123456789012:role/keys", device_id = "d", region = "eu-central-1", resource_id = "r", url = "http://a.example.com/" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: constant_initialization_vector must be 32 hexadecimal digits.
run "a_short_initialization_vector" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", constant_initialization_vector = "00ff", key_type = "speke", role_arn = "arn:aws:iam::123456789012:role/keys", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: entitlements["e"].encryption.device_id belongs to key_type speke, not to static-key.
run "a_static_key_with_a_device" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", device_id = "d", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: entitlements["e"].encryption.key_type must be speke or static-key for entitlements.
run "an_srt_password_on_an_entitlement" {
  command = plan

  variables {
    entitlements = { e = { subscribers = ["111122223333"], encryption = { key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}

# says: outputs["o"].encryption.key_type must be static-key for zixi-push.
run "an_srt_password_on_a_zixi_output" {
  command = plan

  variables {
    outputs = { o = { protocol = "zixi-push", destination = "192.0.2.1", port = 2088, stream_id = "a", encryption = { key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
  }

  expect_failures = [var.outputs]
}

# says: backup_source.decryption.key_type must be srt-password for srt-listener.
run "a_backup_with_the_wrong_key" {
  command = plan

  variables {
    backup_source = { protocol = "srt-listener", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
  }

  expect_failures = [aws_cloudcontrolapi_resource.flow]
}
