# CPU, memory, disk and network of all instances that are tagged as encoders or packagers of the live channel.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-metrics"
  nullable    = false
}

variable "packages_folder" {
  description = "Folder with the zips of a release. Null = where `headend package` builds them in this repository."
  type        = string
  default     = null
}

module "topic" {
  source = "../../../alert_topic"

  name = "${var.name}-hosts"
}

module "metrics_pipeline" {
  source = "../.."

  bucket = { force_destroy = true }
  hosts  = { Channel = ["live"], Role = ["encoder", "packager"] }
  name   = var.name
  packages = {
    for function in ["metrics_analytics", "metrics_collector", "metrics_processor"] : function => {
      filename = "${coalesce(var.packages_folder, "${path.module}/../../../../build/lambda")}/${function}.zip"
    }
  }
  topic_arn         = module.topic.arn
  topic_kms_key_arn = module.topic.kms_key_arn
}

output "pipeline_arn" {
  description = "Starts a run: aws stepfunctions start-execution --state-machine-arn …"
  value       = module.metrics_pipeline.alias_arn
}
