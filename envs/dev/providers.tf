terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region              = module.config.config.region
  allowed_account_ids = compact([try(module.config.config.account_id, null)])

  default_tags {
    tags = merge({ Deployment = module.config.config.name, ManagedBy = "terraform" }, try(module.config.config.tags, {}))
  }
}

# For `live`: the other Region. Without it nothing is asked there.
provider "aws" {
  alias = "secondary"

  region              = try(module.config.config.live.secondary_region, module.config.config.region)
  allowed_account_ids = compact([try(module.config.config.account_id, null)])

  default_tags {
    tags = merge({ Deployment = module.config.config.name, ManagedBy = "terraform" }, try(module.config.config.tags, {}))
  }
}
