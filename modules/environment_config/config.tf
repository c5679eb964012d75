locals {
  config = yamldecode(file(var.file))
  schema = jsondecode(file(coalesce(var.schema_file, "${path.module}/../../envs/config.schema.json")))
}
