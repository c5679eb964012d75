# A configuration read from a file beside this one.

module "config" {
  source = "../.."

  file = "${path.module}/config.yaml"
}

output "flow_keys" {
  description = "Keys of the flows."
  value       = keys(module.config.config.flows)
}
