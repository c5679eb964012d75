# What outlives an environment: `headend bootstrap --env E` applies it with that environment's config.yaml and keeps its state apart;
# `headend destroy` leaves it alone. A flow that somebody forgot still costs money after the rest is gone, so the budget counts the
# whole account.
module "config" {
  source = "../../modules/environment_config"

  file = var.config_file
}

locals {
  config = module.config.config
}

module "guardrails" {
  source = "../../modules/guardrails"

  budget = try(local.config.guardrails.budget, null)
  name   = local.config.name
}
