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
    # A deployment of its own: `headend destroy` looks for what else carries the environment's tag, and this stays.
    tags = merge({ Deployment = "${module.config.config.name}-bootstrap", ManagedBy = "terraform" }, try(module.config.config.tags, {}))
  }
}
