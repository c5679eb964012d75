# Whether segments are numbered by the epoch and the manifest says what the channel makes: the last step of a start.
locals {
  has_check = contains(keys(var.packages), "live_check")

  origin_statements = {
    mediapackage = {
      ReadOrigin = { actions = ["mediapackagev2:GetObject"], resources = [module.origin.origin.arn] }
    }
    s3 = {
      ReadOrigin = { actions = ["s3:GetObject"], resources = ["${module.origin.origin.arn}/${var.channel}/*"] }
      # Without it S3 answers for an object that is not there as for one that may not be read.
      TellMissing = { actions = ["s3:ListBucket"], resources = [module.origin.origin.arn] }
    }
  }
}

module "check" {
  source = "../lambda_function"
  count  = local.has_check ? 1 : 0

  alarm_topic_arn = var.alarm_topic_arn
  description     = "Checks the segments and manifests of ${var.name}"
  environment = {
    POWERTOOLS_METRICS_NAMESPACE = "Headend"
    POWERTOOLS_SERVICE_NAME      = "live_check"
  }
  log_retention_days = var.log_retention_days
  memory_size        = 512
  name               = "${var.name}-live-check"
  package            = try(var.packages.live_check, {})
  package_key        = "live_check"
  policy_statements = merge(local.origin_statements[var.kind], {
    DescribeChannel = { actions = ["medialive:DescribeChannel"], resources = [module.channel.channel_arn] }
    ReadAsRunLog = {
      actions   = ["logs:FilterLogEvents"]
      resources = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${module.channel.log_group_name}:*"]
    }
    # Metrics have no ARNs.
    ReadMetrics = { actions = ["cloudwatch:GetMetricData"], resources = ["*"] }
  })
  tags    = var.tags
  timeout = 60
}
