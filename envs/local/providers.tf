terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# The local cloud's address is AWS_ENDPOINT_URL in the process environment, which `headend` sets. The account is AWS's example
# account: with any real credentials the provider refuses.
provider "aws" {
  region                  = module.config.config.region
  allowed_account_ids     = [module.config.config.account_id]
  max_retries             = 3
  skip_metadata_api_check = "true"

  default_tags {
    tags = merge({ Deployment = module.config.config.name, ManagedBy = "terraform" }, try(module.config.config.tags, {}))
  }
}

# For `live`: the other Region. Without it nothing is asked there.
provider "aws" {
  alias = "secondary"

  region                  = try(module.config.config.live.secondary_region, module.config.config.region)
  allowed_account_ids     = [module.config.config.account_id]
  max_retries             = 3
  skip_metadata_api_check = "true"

  default_tags {
    tags = merge({ Deployment = module.config.config.name, ManagedBy = "terraform" }, try(module.config.config.tags, {}))
  }
}
