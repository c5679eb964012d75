locals {
  entitlement_properties = {
    for name, entitlement in var.entitlements : name => {
      DataTransferSubscriberFeePercent = entitlement.subscriber_fee_percent
      Description                      = coalesce(entitlement.description, "Entitlement ${name} of ${var.name}")
      Encryption                       = try(local.entitlement_encryptions[name], null)
      EntitlementStatus                = entitlement.enabled ? "ENABLED" : "DISABLED"
      FlowArn                          = aws_cloudcontrolapi_resource.flow.id
      Name                             = name
      Subscribers                      = sort(entitlement.subscribers)
      Tags                             = length(local.tag_list) == 0 ? null : local.tag_list
    }
  }
}

resource "aws_cloudcontrolapi_resource" "entitlement" {
  for_each = var.entitlements

  type_name     = "AWS::MediaConnect::FlowEntitlement"
  desired_state = jsonencode({ for key, value in local.entitlement_properties[each.key] : key => value if value != null })

  lifecycle {
    # A new flow has a new ARN, which the provider plans as an update of the entitlement and then cannot apply.
    replace_triggered_by = [aws_cloudcontrolapi_resource.flow.id]
  }
}
