variable "file" {
  description = "Path of the environment's config.yaml."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.file)
    error_message = "file: ${var.file} does not exist. Every environment has a config.yaml; copy one from envs/."
  }

  validation {
    condition     = !fileexists(var.file) || can(keys(yamldecode(file(var.file))))
    error_message = "file: ${var.file} is no YAML mapping. `headend check` names the line."
  }
}

variable "schema_file" {
  description = "JSON Schema of config.yaml, as `headend schema` writes it. Null = the one in envs/ of this repository."
  type        = string
  default     = null

  validation {
    condition     = var.schema_file == null ? true : fileexists(var.schema_file)
    error_message = "schema_file: ${coalesce(var.schema_file, "null")} does not exist. Write it with `headend schema`."
  }
}
