# The ARN of the flow's own source stands among the flow's properties only, which are unknown in every plan that changes the flow: all that
# names the source would be planned to change with it. So it is kept as it was when the flow was made, and for as long as the flow is the
# same. Only where there are two sources does anybody ask for one of them.
resource "terraform_data" "source_arn" {
  count = var.backup_source == null ? 0 : 1

  input = try(jsondecode(aws_cloudcontrolapi_resource.flow.properties).Source.SourceArn, null)

  lifecycle {
    ignore_changes       = [input]
    replace_triggered_by = [aws_cloudcontrolapi_resource.flow.id]
  }
}
