resource "aws_cloudcontrolapi_resource" "backup_source" {
  count = var.backup_source == null ? 0 : 1

  type_name = "AWS::MediaConnect::FlowSource"
  desired_state = jsonencode({
    for key, value in merge(local.source_properties.backup_source, {
      FlowArn = aws_cloudcontrolapi_resource.flow.id
      Tags    = length(local.tag_list) == 0 ? null : local.tag_list
    }) : key => value if value != null
  })

  lifecycle {
    # A new flow has a new ARN, which the provider plans as an update of the source and then cannot apply.
    replace_triggered_by = [aws_cloudcontrolapi_resource.flow.id]
  }
}
