# Who may ask an origin: CloudFront, signed (SigV4) and over TLS. The origin's own policy names the distribution's ARN, so
# another distribution, also of this account, is refused.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-origin.html
resource "aws_cloudfront_origin_access_control" "this" {
  for_each = var.origins

  description                       = "${var.name} reads the origin in ${each.value.region}"
  name                              = "${var.name}-${each.key}"
  origin_access_control_origin_type = each.value.origin_access_control_origin_type
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}
