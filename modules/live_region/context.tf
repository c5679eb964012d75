data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:which zones an account has is not known before; the first two are taken, and one more changes nothing
  state = "available"

  # No Local Zones and no Wavelength Zones: neither has MediaConnect.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  # Pipeline 0 is the primary, pipeline 1 the backup, everywhere and in both Regions: flow, zone, file names.
  pipelines = ["primary", "backup"]
  zones     = coalescelist(var.availability_zones, data.aws_availability_zones.available.names)
}
