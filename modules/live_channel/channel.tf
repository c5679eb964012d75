# By CloudFormation: the provider's own resources keep flows and destinations in sets, so that pipelines 0 and 1 change places, and
# AWS::MediaLive::Channel has no handlers for Cloud Control.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_MediaLive.html
locals {
  template = {
    Resources = {
      Input = {
        Type = "AWS::MediaLive::Input"
        Properties = {
          MediaConnectFlows = [for pipeline in local.pipelines : { FlowArn = var.flow_arns[pipeline] }]
          Name              = var.name
          RoleArn           = aws_iam_role.this.arn
          Type              = "MEDIACONNECT"
        }
      }

      Channel = {
        Type = "AWS::MediaLive::Channel"
        Properties = merge(
          {
            ChannelClass    = "STANDARD"
            Destinations    = [{ Id = "origin", Settings = [for destination in var.destinations : { Url = destination.url }] }]
            EncoderSettings = local.encoder
            InputAttachments = [{
              InputAttachmentName = "feeds"
              InputId             = { Ref = "Input" }
              InputSettings       = { AudioSelectors = [for name in local.audio_selectors : { Name = name }] }
            }]
            InputSpecification = {
              Codec          = var.input_specification.codec
              MaximumBitrate = var.input_specification.maximum_bitrate
              Resolution     = var.input_specification.resolution
            }
            LogLevel = var.log_level
            Name     = var.name
            RoleArn  = aws_iam_role.this.arn
          },
          { for window in var.maintenance[*] : "Maintenance" => { MaintenanceDay = window.day, MaintenanceStartTime = format("%02d:00", window.start_hour) } },
        )
      }
    }

    Outputs = {
      ChannelArn = { Value = { "Fn::GetAtt" = ["Channel", "Arn"] } }
      ChannelId  = { Value = { Ref = "Channel" } }
      InputId    = { Value = { Ref = "Input" } }
    }
  }
}

resource "aws_cloudformation_stack" "this" {
  #checkov:skip=CKV_AWS_124:Terraform waits for the stack, and an apply that fails says its reason
  name               = "${var.name}-channel"
  tags               = var.tags # which CloudFormation hands on to the input and the channel
  template_body      = jsonencode(local.template)
  timeout_in_minutes = 30

  # The role works only with its policies.
  depends_on = [aws_iam_role_policy.feeds, aws_iam_role_policy.logs, aws_iam_role_policy.origin]

  lifecycle {
    precondition {
      condition     = length(local.faults) == 0
      error_message = join(" ", local.faults)
    }
  }
}
