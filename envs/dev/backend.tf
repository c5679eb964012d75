# Bucket, key and Region come from `headend` (-backend-config): the bucket's name holds the account id. `headend bootstrap` makes it.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
