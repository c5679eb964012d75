# the flow says: primary_source.decryption.key_type must be srt-password for srt-listener.
module "a_static_key_for_srt" {
  primary_source = { protocol = "srt-listener", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}

# the flow says: primary_source.decryption.algorithm must be aes128, aes192 or aes256
module "an_unknown_algorithm" {
  primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "des", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}

# the flow says: primary_source.decryption.secret_arn must be the ARN of a Secrets Manager secret
module "a_static_key_without_a_secret" {
  primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key" } }
}

# the flow says: primary_source.decryption.key_type must be static-key for zixi-push.
module "speke_for_zixi" {
  primary_source = { protocol = "zixi-push", whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "speke", api_arn = "arn:aws:execute-api:eu-central-1:123456789012:a/b/POST/c", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } }
}

# the flow says: entitlements["e"].encryption.url is missing: speke needs it.
module "speke_without_a_url" {
  entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", api_arn = "arn:aws:execute-api:eu-central-1:123456789012:a/b/POST/c", device_id = "d", region = "eu-central-1", resource_id = "r" } } }
}

# the flow says: entitlements["e"].encryption: speke needs api_arn
module "speke_nobody_may_ask_for" {
  entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } } }
}

# the flow says: (with key_type speke: absent).
module "speke_with_a_secret" {
  entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", role_arn = "arn:aws:iam::123456789012:role/keys", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } } }
}

# the flow says: entitlements["e"].encryption.url must begin with https://.
module "speke_over_http" {
  entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", key_type = "speke", role_arn = "arn:aws:iam::123456789012:role/keys", device_id = "d", region = "eu-central-1", resource_id = "r", url = "http://a.example.com/" } } }
}

# the flow says: constant_initialization_vector must be 32 hexadecimal digits.
module "a_short_initialization_vector" {
  entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", constant_initialization_vector = "00ff", key_type = "speke", role_arn = "arn:aws:iam::123456789012:role/keys", device_id = "d", region = "eu-central-1", resource_id = "r", url = "https://a.example.com/" } } }
}

# the flow says: entitlements["e"].encryption.device_id belongs to key_type speke, not to static-key.
module "a_static_key_with_a_device" {
  entitlements = { e = { subscribers = ["111122223333"], encryption = { algorithm = "aes128", device_id = "d", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
}

# the flow says: entitlements["e"].encryption.key_type must be speke or static-key for entitlements.
module "an_srt_password_on_an_entitlement" {
  entitlements = { e = { subscribers = ["111122223333"], encryption = { key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
}

# var.outputs says: outputs["o"].encryption.key_type must be static-key for zixi-push.
module "an_srt_password_on_a_zixi_output" {
  outputs = { o = { protocol = "zixi-push", destination = "192.0.2.1", port = 2088, stream_id = "a", encryption = { key_type = "srt-password", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } } }
}

# the flow says: backup_source.decryption.key_type must be srt-password for srt-listener.
module "a_backup_with_the_wrong_key" {
  backup_source = { protocol = "srt-listener", ingest_port = 5001, whitelist_cidr = "203.0.113.0/24", decryption = { algorithm = "aes128", key_type = "static-key", secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf" } }
}
