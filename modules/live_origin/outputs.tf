# Both kinds have the same outputs of the same types.

output "alarm_names" {
  description = "Names of the origin's own alarms."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name])
}

output "bucket_name" {
  description = "Name of the bucket; null for kind mediapackage."
  value       = one(aws_s3_bucket.origin[*].bucket)
}

output "destinations" {
  description = "Where the channel's pipelines write to, pipeline 0 first: two of { url }."
  value       = concat(local.bucket_destinations, local.package_destinations)

  # Whoever writes there is armed against from the first manifest on.
  depends_on = [
    aws_cloudcontrolapi_resource.channel,
    aws_lambda_event_source_mapping.expiry,
    aws_s3_bucket.origin,
    aws_s3_bucket_notification.origin,
    aws_s3_bucket_ownership_controls.origin,
  ]
}

output "expiry_seconds" {
  description = "Seconds after which a manifest that has not been written again is deleted; null where nothing is."
  value       = local.switch_on ? local.expiry_seconds : null
}

output "function_name" {
  description = "Name of the function that expires manifests; null without one."
  value       = one(module.function[*].function_name)
}

output "origin" {
  description = "What live_delivery needs: kind, Region, domain name and ARN, the origin type of its access control, the path that players open, and the patterns of manifests' and segments' paths."
  value = {
    arn                               = local.is_s3 ? local.bucket_arn : local.endpoint_arn
    domain_name                       = local.is_s3 ? one(aws_s3_bucket.origin[*].bucket_regional_domain_name) : local.egress_domain
    kind                              = var.kind
    manifest_path                     = local.is_s3 ? "/${local.static_manifest_key}" : "${local.package_path}/${local.manifest_name}.m3u8"
    origin_access_control_origin_type = local.is_s3 ? "s3" : "mediapackagev2"
    path_patterns = {
      manifests = local.is_s3 ? "/${var.channel}/*.m3u8" : "${local.package_path}/*.m3u8"
      segments  = local.is_s3 ? "/${var.channel}/*" : "${local.package_path}/*"
    }
    region = local.region
  }

  # Not the policies: they name the distribution, which needs this.
  depends_on = [aws_cloudcontrolapi_resource.endpoint, aws_s3_bucket_public_access_block.origin]
}

output "queue_name" {
  description = "Name of the queue in which manifests' messages wait; null without one."
  value       = one(aws_sqs_queue.expiry[*].name)
}

output "weakened_for_drill" {
  description = "Protections that are taken away or weakened for a drill; [] on every origin that viewers use."
  value       = local.weakened
}

output "writer_policy_json" {
  description = "The writer's statements as a policy document."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [for sid, statement in local.writer_statements : merge(
      { Sid = sid, Effect = "Allow", Action = statement.actions, Resource = statement.resources },
      length(statement.conditions) == 0 ? {} : { Condition = statement.conditions },
    )]
  })
}

output "writer_policy_statements" {
  description = "What the channel's role must be allowed to, by statement id: actions, resources, conditions."
  value       = local.writer_statements
}
