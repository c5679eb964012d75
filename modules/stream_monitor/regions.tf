# Regions that offer MediaConnect: the one list of the modules. Taken from botocore's endpoints.json (service mediaconnect) and
# https://docs.aws.amazon.com/general/latest/gr/mediaconnect.html; no other partition than aws offers it.
locals {
  mediaconnect_regions = [
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-4", "ap-southeast-5", "ca-central-1", "eu-central-1", "eu-north-1",
    "eu-west-1", "eu-west-2", "eu-west-3", "me-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
  ]
}
