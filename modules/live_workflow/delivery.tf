# CloudFront is global; it is asked in the primary Region's provider.
module "delivery" {
  source    = "../live_delivery"
  providers = { aws = aws.primary }

  access_logs           = var.delivery.access_logs
  aliases               = var.delivery.aliases
  certificate_arn       = var.delivery.certificate_arn
  cors_origins          = var.cors_origins
  error_caching_seconds = var.delivery.error_caching_seconds
  geo_restriction       = var.delivery.geo_restriction
  media_quality         = var.delivery.media_quality
  name                  = var.name
  origins = {
    for key, origin in { primary        = module.primary.origin, secondary = module.secondary.origin } : key => {
      domain_name                       = origin.domain_name
      kind                              = origin.kind
      manifest_path                     = origin.manifest_path
      origin_access_control_origin_type = origin.origin_access_control_origin_type
      region                            = origin.region
    }
  }
  preferred_region   = var.delivery.preferred_region
  price_class        = var.delivery.price_class
  tags               = var.tags
  viewer_location    = var.delivery.viewer_location
  weakened_for_drill = var.weakened_for_drill.delivery
  web_acl_arn        = var.delivery.web_acl_arn
}
