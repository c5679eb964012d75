# Bucket, key and Region come from `headend bootstrap` (-backend-config), which makes the bucket first.
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
