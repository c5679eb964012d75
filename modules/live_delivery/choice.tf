# Which Region is asked first: a function at the edge, and a store that an operator writes to (`headend prefer`). Terraform
# writes no key of it: an apply does not undo what an operator has said, and an absent key means var.preferred_region.
locals {
  coordinates = merge(jsondecode(file("${path.module}/regions.json")), var.region_coordinates)

  choice = {
    countries    = var.viewer_location.countries
    location     = var.viewer_location.enabled
    origins      = [for key in local.origin_order : merge({ id = key, region = var.origins[key].region }, try(local.coordinates[var.origins[key].region], {}))]
    preferred    = var.preferred_region
    quality      = var.media_quality
    read_timeout = local.kind == "s3" ? var.read_timeout_seconds : null
    status_codes = local.failover_status_codes
  }
}

resource "aws_cloudfront_key_value_store" "this" {
  comment = "preferred_region: the Region that viewers of ${var.name} are served from first, or auto"
  name    = "${var.name}-choice"
}

resource "aws_cloudfront_function" "choose_origin" {
  code                         = replace(file("${path.module}/functions/choose_origin.js"), "__SETTINGS__", jsonencode(local.choice))
  comment                      = "Which Region serves a viewer of ${var.name} first"
  key_value_store_associations = [aws_cloudfront_key_value_store.this.arn]
  name                         = "${var.name}-choose-origin"
  publish                      = true
  runtime                      = "cloudfront-js-2.0"

  lifecycle {
    precondition {
      condition     = !var.viewer_location.enabled || alltrue([for origin in values(var.origins) : can(local.coordinates[origin.region])])
      error_message = "region_coordinates must give latitude and longitude of each Region of origins that is not in regions.json, or viewer_location.enabled must be false."
    }
  }
}
