output "distribution_arn" {
  description = "ARN of the distribution: what the origins' policies admit."
  value       = aws_cloudfront_distribution.this.arn
}

output "distribution_id" {
  description = "Id of the distribution."
  value       = aws_cloudfront_distribution.this.id
}

output "domain_name" {
  description = "CloudFront's own domain name of the distribution; an alias's DNS record leads to it."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "hosted_zone_id" {
  description = "Route 53 zone of that domain name, for an alias record."
  value       = aws_cloudfront_distribution.this.hosted_zone_id
}

output "key_value_store_arn" {
  description = "ARN of the store in which `headend prefer` writes the key preferred_region."
  value       = aws_cloudfront_key_value_store.this.arn
}

output "origin_regions" {
  description = "Region of each origin: primary and secondary, which are the origins' ids too."
  value       = { for key, origin in var.origins : key => origin.region }
}

output "play_url" {
  description = "What a player opens: the multivariant manifest, at the first alias where there is one."
  value       = "https://${try(sort(var.aliases)[0], aws_cloudfront_distribution.this.domain_name)}${var.origins.primary.manifest_path}"
}

output "weakened_for_drill" {
  description = "Protections that are taken away or weakened for a drill; [] on every distribution that viewers use."
  value       = local.weakened
}
