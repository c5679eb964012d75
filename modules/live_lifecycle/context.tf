locals {
  flow_arns = [for key in sort(keys(var.flows)) : var.flows[key]]

  # A space on both sides of each, so that no ARN is found inside another.
  known_flow_arns = " ${join(" ", local.flow_arns)} "

  # Beyond the nested workflows' own deadlines: their last look, with every retry.
  settle_seconds = var.settle_timeout_seconds + 300
  feed_seconds   = var.feed_timeout_seconds + 300
  # Two waits (before the request and after it), the pauses after refusals, and what else is looked at meanwhile.
  channel_seconds = 2 * local.settle_seconds + 300
  flow_seconds    = 2 * (var.flow_settle_timeout_seconds + 300) + 300

  # What kind mediapackage has in place of a bucket: a name that no bucket can have.
  bucket = var.bucket_name == null ? "NO-BUCKET" : var.bucket_name
}
