# https://docs.aws.amazon.com/medialive/latest/ug/monitoring-with-logs.html
locals {
  log_group  = "ElementalMediaLive"
  channel_id = aws_cloudformation_stack.this.outputs["ChannelId"]
}

output "as_run_log_streams" {
  description = "Streams of the as-run log in the log group ElementalMediaLive, by pipeline."
  value = {
    for number, pipeline in local.pipelines : pipeline => "arn_${local.partition}_medialive_${local.region}_${local.account_id}_channel_${local.channel_id}_${number}_as_run"
  }
}

output "channel_arn" {
  description = "ARN of the channel."
  value       = aws_cloudformation_stack.this.outputs["ChannelArn"]
}

output "channel_id" {
  description = "Id of the channel."
  value       = local.channel_id
}

output "input_id" {
  description = "Id of the input."
  value       = aws_cloudformation_stack.this.outputs["InputId"]
}

output "log_group_name" {
  description = "Log group of all channels in the Region. MediaLive makes it, and it outlives the channel."
  value       = local.log_group
}

output "name" {
  description = "Name of the channel and of its input."
  value       = var.name
}

output "renditions" {
  description = "Width and height in pixels, bit rate in bits a second, frames a second, and name modifier of each rendition, by name."
  value = {
    for video in local.encoder.VideoDescriptions : video.Name => {
      bit_rate      = try(values(video.CodecSettings)[0].Bitrate, values(video.CodecSettings)[0].MaxBitrate, null)
      frame_rate    = local.frame_rates[video.Name]
      height        = video.Height
      name_modifier = try(one([for output in local.outputs : output.OutputSettings[local.kind.output].NameModifier if try(output.VideoDescriptionName, null) == video.Name]), null)
      width         = video.Width
    }
  }
}

output "role_arn" {
  description = "ARN of the channel's role: MediaPackage's channel policy may name it."
  value       = aws_iam_role.this.arn
}

output "segment_seconds" {
  description = "Seconds of a segment."
  value       = local.segment_seconds
}

output "stack_id" {
  description = "Id of the CloudFormation stack that holds input and channel."
  value       = aws_cloudformation_stack.this.id
}

output "static_manifest" {
  description = "For live_origin: the multivariant manifest (index.m3u8) beside the definition file; null where there is none, and for kind mediapackage, which makes its own."
  value       = var.kind == "s3" && fileexists(local.manifest_file) ? file(local.manifest_file) : null
}
