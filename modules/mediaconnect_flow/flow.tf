# Cloud Control resources do not take the provider's default_tags by themselves.
data "aws_default_tags" "this" {}

locals {
  # Sorted by key (HCL maps are), because patches name list entries by their position.
  tag_list = [for key, value in merge(data.aws_default_tags.this.tags, var.tags) : { Key = key, Value = value }]

  source_properties = {
    Decryption = var.primary_source.decryption == null ? null : {
      for key, value in {
        Algorithm = var.primary_source.decryption.algorithm
        KeyType   = var.primary_source.decryption.key_type
        RoleArn   = var.primary_source.decryption.role_arn != null ? var.primary_source.decryption.role_arn : local.key_role_arn
        SecretArn = var.primary_source.decryption.secret_arn
      } : key => value if value != null
    }
    Description           = coalesce(var.primary_source.description, var.description, "Source ${var.primary_source.name} of ${var.name}")
    IngestPort            = var.primary_source.ingest_port
    MaxBitrate            = var.primary_source.max_bitrate
    MaxLatency            = var.primary_source.max_latency
    MinLatency            = var.primary_source.min_latency
    Name                  = var.primary_source.name
    Protocol              = var.primary_source.protocol
    SourceListenerAddress = var.primary_source.listener_address
    SourceListenerPort    = var.primary_source.listener_port
    StreamId              = var.primary_source.stream_id
    WhitelistCidr         = var.primary_source.whitelist_cidr
  }

  # Cloud Control takes absent keys, not nulls and not empty lists.
  flow_properties = {
    AvailabilityZone = var.availability_zone
    Name             = var.name
    Source           = { for key, value in local.source_properties : key => value if value != null }
    Tags             = length(local.tag_list) == 0 ? null : local.tag_list
  }
}

resource "aws_cloudcontrolapi_resource" "flow" {
  type_name     = "AWS::MediaConnect::Flow"
  desired_state = jsonencode({ for key, value in local.flow_properties : key => value if value != null })
}
