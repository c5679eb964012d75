variable "access_logs" {
  description = "Bucket that CloudFront writes access logs to, by its domain name (`<bucket>.s3.amazonaws.com`, with ACLs enabled), and the prefix of their names. null = none."
  type = object({
    bucket_domain_name = string
    prefix             = optional(string, "")
  })
  default = null

  validation {
    condition     = var.access_logs == null ? true : can(regex("^[a-z0-9][a-z0-9.-]+\\.s3(\\.[a-z0-9-]+)?\\.amazonaws\\.com$", var.access_logs.bucket_domain_name))
    error_message = "access_logs.bucket_domain_name must be a bucket's domain name, such as logs.s3.amazonaws.com."
  }
}

variable "aliases" {
  description = "Domain names of yours that viewers use. They need certificate_arn, and DNS records to the output domain_name."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for alias in var.aliases : can(regex("^(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)+$", alias))])
    error_message = "Each of aliases must be a domain name in lower case, such as live.example.com."
  }
  validation {
    condition     = length(var.aliases) == 0 || var.certificate_arn != null
    error_message = "aliases need certificate_arn: a certificate that covers them, in us-east-1."
  }
}

variable "certificate_arn" {
  description = "Certificate for aliases, in us-east-1, where CloudFront looks for it. null = CloudFront's own domain name and certificate."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws:acm:us-east-1:[0-9]{12}:certificate/[a-z0-9-]+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of an ACM certificate in us-east-1."
  }
}

variable "connection_timeout_seconds" {
  description = "Seconds until an origin that does not take the connection has failed: 1 or 2. It is tried once."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains([1, 2], var.connection_timeout_seconds)
    error_message = "connection_timeout_seconds must be 1 or 2: a player's buffer waits no longer."
  }
}

variable "cors_origins" {
  description = "Origins whose pages may play: `*`, or such as https://player.example.com and https://*.example.com."
  type        = set(string)
  default     = ["*"]
  nullable    = false

  validation {
    condition     = length(var.cors_origins) > 0 && alltrue([for origin in var.cors_origins : origin == "*" || can(regex("^https?://(\\*\\.)?[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "cors_origins must be at least one of * or an origin such as https://player.example.com."
  }
}

variable "error_caching_seconds" {
  description = "Seconds that the edge answers an error again without asking: 0 or 1. At CloudFront's own 10, two bad seconds end a player's session."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = contains([0, 1], var.error_caching_seconds)
    error_message = "error_caching_seconds must be 0 or 1."
  }
}

variable "geo_restriction" {
  description = "Where viewers may be: type none, whitelist (only there) or blacklist (not there), and countries by their two letters."
  type = object({
    countries = optional(set(string), [])
    type      = optional(string, "none")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["none", "whitelist", "blacklist"], var.geo_restriction.type)
    error_message = "geo_restriction.type must be none, whitelist or blacklist."
  }
  validation {
    condition     = (var.geo_restriction.type == "none") == (length(var.geo_restriction.countries) == 0)
    error_message = "geo_restriction.countries goes with type whitelist or blacklist, which need at least one."
  }
  validation {
    condition     = alltrue([for country in var.geo_restriction.countries : can(regex("^[A-Z]{2}$", country))])
    error_message = "Each of geo_restriction.countries must be two capital letters of ISO 3166, such as DE."
  }
}

variable "manifest_path_patterns" {
  description = "Paths of manifests; all else is segments."
  type        = list(string)
  default     = ["*.m3u8", "*.mpd"]
  nullable    = false

  validation {
    condition     = length(var.manifest_path_patterns) > 0 && length(distinct(var.manifest_path_patterns)) == length(var.manifest_path_patterns)
    error_message = "manifest_path_patterns must name at least one path pattern, and none twice."
  }
}

variable "manifest_ttl_seconds" {
  description = "Seconds that the edge keeps a manifest: 1 or 2. At most half a segment, and no player sees one late."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains([1, 2], var.manifest_ttl_seconds)
    error_message = "manifest_ttl_seconds must be 1 or 2: at 0 CloudFront takes no query strings, and every viewer's request goes to an origin."
  }
}

variable "media_quality" {
  description = "Whether CloudFront chooses the Region by the media quality score that MediaLive gives its pictures. Only for kind mediapackage, with the score published by the channels and mediapackagev2:GetHeadObject in the endpoints' policies. What an operator has said comes before it."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.media_quality || alltrue([for origin in values(var.origins) : origin.kind == "mediapackage"])
    error_message = "media_quality needs origins of kind mediapackage: only MediaPackage V2 sends the score."
  }
}

variable "name" {
  description = "Prefix of every name; unique in the account, as CloudFront has no Regions."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,49}$", var.name))
    error_message = "name must have 1 to 50 letters, digits, '-' or '_' (a function's name has at most 64 characters)."
  }
}

variable "origins" {
  description = "The output `origin` of the module live_origin in two Regions. The primary is asked first unless the choice says otherwise."
  type = object({
    primary = object({
      domain_name                       = string
      kind                              = string
      manifest_path                     = string
      origin_access_control_origin_type = string
      region                            = string
    })
    secondary = object({
      domain_name                       = string
      kind                              = string
      manifest_path                     = string
      origin_access_control_origin_type = string
      region                            = string
    })
  })
  nullable = false

  validation {
    condition     = alltrue([for origin in values(var.origins) : contains(["mediapackage", "s3"], origin.kind)])
    error_message = "origins: kind must be mediapackage or s3."
  }
  validation {
    condition     = var.origins.primary.kind == var.origins.secondary.kind
    error_message = "origins: both must be of the same kind, or one's segments are not the other's."
  }
  validation {
    condition     = alltrue([for origin in values(var.origins) : origin.origin_access_control_origin_type == (origin.kind == "s3" ? "s3" : "mediapackagev2")])
    error_message = "origins: origin_access_control_origin_type must be s3 for kind s3 and mediapackagev2 for kind mediapackage."
  }
  validation {
    condition     = alltrue([for origin in values(var.origins) : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", origin.region))]) && var.origins.primary.region != var.origins.secondary.region
    error_message = "origins: region must be a Region such as eu-west-1, another one in each."
  }
  validation {
    condition     = var.origins.primary.domain_name != var.origins.secondary.domain_name
    error_message = "origins: both have the same domain_name; there is nothing to fail over to."
  }
  validation {
    condition     = startswith(var.origins.primary.manifest_path, "/") && var.origins.primary.manifest_path == var.origins.secondary.manifest_path
    error_message = "origins: manifest_path must begin with a slash and be the same in both, as viewers have one address."
  }
}

variable "preferred_region" {
  description = "Region that all viewers are served from first as long as no operator has said otherwise (`headend prefer`); auto = by the viewer's location."
  type        = string
  default     = "auto"
  nullable    = false

  validation {
    condition     = contains(concat(["auto"], [for origin in values(var.origins) : origin.region]), var.preferred_region)
    error_message = "preferred_region must be auto or the region of one of origins."
  }
}

variable "price_class" {
  description = "Where the distribution has edges: PriceClass_100 (North America and Europe), PriceClass_200 or PriceClass_All."
  type        = string
  default     = "PriceClass_All"
  nullable    = false

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "read_timeout_seconds" {
  description = "Seconds until an origin that has taken the request but does not answer has failed: 1 or 2. For kind s3 the function sets it, and only for the primary while it is asked first."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains([1, 2], var.read_timeout_seconds)
    error_message = "read_timeout_seconds must be 1 or 2: a player's buffer waits no longer."
  }
}

variable "region_coordinates" {
  description = "Where Regions are that regions.json does not know."
  type = map(object({
    latitude  = number
    longitude = number
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for place in values(var.region_coordinates) : abs(place.latitude) <= 90 && abs(place.longitude) <= 180])
    error_message = "region_coordinates: latitude must be from -90 to 90, longitude from -180 to 180."
  }
}

variable "segment_ttl_seconds" {
  description = "Seconds that the edge keeps a segment: 60 to 86400."
  type        = number
  default     = 86400
  nullable    = false

  validation {
    condition     = var.segment_ttl_seconds >= 60 && var.segment_ttl_seconds <= 86400 && floor(var.segment_ttl_seconds) == var.segment_ttl_seconds
    error_message = "segment_ttl_seconds must be a whole number from 60 to 86400."
  }
}

variable "tags" {
  description = "Tags of the distribution."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "viewer_location" {
  description = "Whether viewers are served from the nearer Region first; `countries` (two letters → Region) goes before the distance."
  type = object({
    countries = optional(map(string), {})
    enabled   = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for country in keys(var.viewer_location.countries) : can(regex("^[A-Z]{2}$", country))])
    error_message = "viewer_location.countries: each key must be two capital letters of ISO 3166, such as DE."
  }
  validation {
    condition     = alltrue([for region in values(var.viewer_location.countries) : contains([for origin in values(var.origins) : origin.region], region)])
    error_message = "viewer_location.countries: each value must be the region of one of origins."
  }
}

variable "weakened_for_drill" {
  description = "For drills that show what a protection is for, never for viewers: seconds that the edge remembers errors. Only with confirm = \"viewers of <name> will be cut off\"; the output weakened_for_drill then names them."
  type = object({
    confirm               = string
    error_caching_seconds = optional(number)
  })
  default = null

  validation {
    condition     = var.weakened_for_drill == null ? true : var.weakened_for_drill.confirm == "viewers of ${var.name} will be cut off"
    error_message = "weakened_for_drill takes protections of viewers away. If that is meant, confirm must be \"viewers of ${var.name} will be cut off\"; otherwise leave it out."
  }
  validation {
    condition     = try(var.weakened_for_drill.error_caching_seconds, null) == null ? true : var.weakened_for_drill.error_caching_seconds >= 0 && var.weakened_for_drill.error_caching_seconds <= 60
    error_message = "weakened_for_drill.error_caching_seconds must be from 0 to 60."
  }
}

variable "web_acl_arn" {
  description = "Web ACL of AWS WAF (scope CLOUDFRONT, in us-east-1) before the distribution. null = none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:aws:wafv2:us-east-1:[0-9]{12}:global/webacl/.+$", var.web_acl_arn))
    error_message = "web_acl_arn must be the ARN of a web ACL with scope CLOUDFRONT."
  }
}
