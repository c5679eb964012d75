terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# The local cloud: address and access come from the process environment.
provider "aws" {
  allowed_account_ids     = ["123456789012"]
  max_retries             = 3
  region                  = "us-east-1"
  skip_metadata_api_check = "true"

  default_tags {
    tags = { Purpose = "examples" }
  }
}
