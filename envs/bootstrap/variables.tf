variable "config_file" {
  description = "Path of the environment's config.yaml."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.config_file)
    error_message = "config_file: ${var.config_file} does not exist. Name the config.yaml of an environment under envs/."
  }
}
