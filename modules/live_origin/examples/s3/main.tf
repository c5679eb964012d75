# A bucket for HLS: manifests that the encoder does not write again are deleted within two segments. `distribution_arn` is set when there is
# a distribution.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-origin-s3"
  nullable    = false
}

variable "packages_folder" {
  description = "Folder with the zips of a release. Null = where `headend package` builds them in this repository."
  type        = string
  default     = null
}

module "live_origin" {
  source = "../.."

  cors_origins    = ["https://www.example.com"]
  kind            = "s3"
  name            = var.name
  packages        = { expire_manifest = { filename = "${coalesce(var.packages_folder, "${path.module}/../../../../build/lambda")}/expire_manifest.zip" } }
  s3              = { force_destroy = true }
  segment_seconds = 2

  static_manifest = <<-EOT
    #EXTM3U
    #EXT-X-VERSION:3
    #EXT-X-INDEPENDENT-SEGMENTS
    #EXT-X-STREAM-INF:BANDWIDTH=3440800,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=25.000
    primary_p720.m3u8
    #EXT-X-STREAM-INF:BANDWIDTH=3440800,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=25.000
    backup_p720.m3u8
  EOT
}

output "destinations" {
  description = "Where the channel's pipelines write to."
  value       = module.live_origin.destinations
}

output "origin" {
  description = "What a distribution needs."
  value       = module.live_origin.origin
}
