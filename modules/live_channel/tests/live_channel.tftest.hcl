mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/live-channel" }
  }
  mock_resource "aws_cloudformation_stack" {
    defaults = {
      outputs = { ChannelArn = "arn:aws:medialive:eu-central-1:123456789012:channel:1234567", ChannelId = "1234567", InputId = "7654321" }
    }
  }
}

variables {
  destinations = [
    { url = "https://a.ingest.b.mediapackagev2.eu-central-1.amazonaws.com/in/v1/live/1/live/index" },
    { url = "https://a.ingest.b.mediapackagev2.eu-central-1.amazonaws.com/in/v1/live/2/live/index" },
  ]
  flow_arns = {
    backup  = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-A:live-0" # sorts before the primary's
    primary = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-Z:live-1"
  }
  name               = "live"
  writer_policy_json = "{\"Statement\": [], \"Version\": \"2012-10-17\"}"
}

run "pipeline_0_has_the_primary_flow_and_the_first_destination" {
  assert {
    condition = jsondecode(aws_cloudformation_stack.this.template_body).Resources.Input.Properties.MediaConnectFlows == [
      { FlowArn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-Z:live-1" },
      { FlowArn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-A:live-0" },
    ]
    error_message = "The input must have the primary flow first, whatever the ARNs sort like."
  }
  assert {
    condition     = [for one in jsondecode(aws_cloudformation_stack.this.template_body).Resources.Channel.Properties.Destinations[0].Settings : one.Url] == [for one in var.destinations : one.url]
    error_message = "The destinations must stay in the order of the pipelines."
  }
}

run "a_channel_is_standard_locked_to_the_epoch_and_takes_cmaf_to_media_package" {
  assert {
    condition     = jsondecode(aws_cloudformation_stack.this.template_body).Resources.Channel.Properties.ChannelClass == "STANDARD"
    error_message = "A channel must have two pipelines."
  }
  assert {
    condition     = jsondecode(aws_cloudformation_stack.this.template_body).Resources.Channel.Properties.EncoderSettings == jsondecode(file("rendered/encoder_settings.cmaf.json"))
    error_message = "The encoder settings must be the rendered ones, untouched."
  }
  assert {
    condition     = !can(jsondecode(aws_cloudformation_stack.this.template_body).Resources.Channel.Properties.Maintenance)
    error_message = "Without a maintenance window AWS chooses."
  }
  assert {
    condition     = jsondecode(aws_cloudformation_stack.this.template_body).Resources.Channel.Properties.InputAttachments[0].InputSettings.AudioSelectors == [{ Name = "default" }]
    error_message = "The selectors that the sound names must be there."
  }
  assert {
    condition     = output.segment_seconds == 6 && output.static_manifest == null && keys(output.renditions) == ["p1080", "p360", "p720"]
    error_message = "The outputs must say what the ladder holds."
  }
  assert {
    condition     = output.as_run_log_streams.backup == "arn_aws_medialive_eu-central-1_123456789012_channel_1234567_1_as_run"
    error_message = "The as-run log of the backup is that of pipeline 1."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.feeds.policy).Statement[0].Resource == [var.flow_arns.primary, var.flow_arns.backup]
    error_message = "The role must take these two flows and no other."
  }
}

run "a_bucket_gets_hls_and_the_static_manifest" {
  variables {
    destinations = [{ url = "s3ssl://live-origin/live/primary" }, { url = "s3ssl://live-origin/live/backup" }]
    kind         = "s3"
    maintenance  = { day = "SUNDAY", start_hour = 4 }
  }

  assert {
    condition     = jsondecode(aws_cloudformation_stack.this.template_body).Resources.Channel.Properties.EncoderSettings == jsondecode(file("rendered/encoder_settings.hls.json"))
    error_message = "HLS needs the settings for HLS."
  }
  assert {
    condition     = output.static_manifest == file("rendered/index.m3u8") && output.renditions.p720.name_modifier == "_p720"
    error_message = "The static manifest is the one beside the settings."
  }
  assert {
    condition     = jsondecode(aws_cloudformation_stack.this.template_body).Resources.Channel.Properties.Maintenance == { MaintenanceDay = "SUNDAY", MaintenanceStartTime = "04:00" }
    error_message = "The maintenance window must arrive as MediaLive writes it."
  }
}
