output "config" {
  description = "The configuration, as it is written. A key that the schema does not know fails the plan."
  value       = local.config

  precondition {
    condition     = length(local.unknown_keys) == 0
    error_message = "${var.file}: unknown key ${join("; ", local.unknown_keys)}. Correct or delete it."
  }
}
