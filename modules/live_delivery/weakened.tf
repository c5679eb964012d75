# Which protections a drill has taken away.
locals {
  error_caching_seconds = var.weakened_for_drill == null ? var.error_caching_seconds : coalesce(var.weakened_for_drill.error_caching_seconds, var.error_caching_seconds)

  weakened = compact([try(var.weakened_for_drill.error_caching_seconds, null) == null ? "" : "error_caching_seconds"])
}
