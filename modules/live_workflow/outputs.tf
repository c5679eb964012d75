output "distribution_arn" {
  description = "ARN of the distribution."
  value       = module.delivery.distribution_arn
}

output "distribution_id" {
  description = "Id of the distribution."
  value       = module.delivery.distribution_id
}

output "domain_name" {
  description = "CloudFront's own domain name of the distribution; an alias's DNS record leads to it."
  value       = module.delivery.domain_name
}

output "key_value_store_arn" {
  description = "ARN of the store in which `headend prefer` writes."
  value       = module.delivery.key_value_store_arn
}

output "live" {
  description = "What `headend live`, `headend feeds`, `headend verify` and `headend drill` need: an environment hands it on as its output `live`."
  value = {
    distribution_id = module.delivery.distribution_id
    play_url        = module.delivery.play_url
    regions = {
      for key, region in { primary = module.primary, secondary = module.secondary } : key => {
        channel_arn                = region.channel_arn
        channel_id                 = region.channel_id
        flow_arns                  = region.flow_arns
        lifecycle_arn              = region.lifecycle_arn
        origin                     = region.origin
        region                     = region.region
      }
    }
  }
}

output "live_delivery" {
  description = "What `headend prefer` needs: an environment hands it on as its output `live_delivery`."
  value = {
    key_value_store_arn = module.delivery.key_value_store_arn
    origin_regions      = module.delivery.origin_regions
  }
}

output "play_url" {
  description = "What a player opens."
  value       = module.delivery.play_url
}

output "weakened_for_drill" {
  description = "Protections that are taken away or weakened for a drill; [] on every workflow that viewers use."
  value       = sort(distinct(concat(tolist(module.primary.weakened_for_drill), tolist(module.secondary.weakened_for_drill), tolist(module.delivery.weakened_for_drill))))
}
