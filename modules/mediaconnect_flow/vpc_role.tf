# The role with which MediaConnect makes and removes its network interfaces in the VPC.
# https://docs.aws.amazon.com/mediaconnect/latest/ug/vpc-interfaces-iam-role.html
# https://docs.aws.amazon.com/mediaconnect/latest/ug/iam-policy-examples-for-mediaconnect-vpc.html
locals {
  own_vpc_interfaces = { for name, interface in var.vpc_interfaces : name => interface if interface.role_arn == null }
  has_vpc_role       = length(local.own_vpc_interfaces) > 0

  full_vpc_role_name = "${var.name}-vpc-${data.aws_region.current.name}"
  vpc_role_name      = length(local.full_vpc_role_name) <= 64 ? local.full_vpc_role_name : "${substr(local.full_vpc_role_name, 0, 55)}-${substr(sha256(local.full_vpc_role_name), 0, 8)}"

  # Through the policy: MediaConnect makes the interfaces while the flow is created.
  vpc_role_arn = one(aws_iam_role_policy.vpc[*].role) == null ? null : one(aws_iam_role.vpc[*].arn)

  ec2_arn = "arn:${data.aws_partition.current.partition}:ec2:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
}

data "aws_iam_policy_document" "vpc_trust" {
  count = local.has_vpc_role ? 1 : 0

  statement {
    # MediaConnect tags its session with the flow.
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["mediaconnect.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "vpc" {
  count = local.has_vpc_role ? 1 : 0

  statement {
    sid       = "LookAtTheNetwork"
    actions   = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"]
    resources = ["*"]
  }

  statement {
    sid     = "MakeInterfacesInTheseSubnetsAndGroups"
    actions = ["ec2:CreateNetworkInterface"]
    resources = sort(distinct(concat(
      ["${local.ec2_arn}:network-interface/*"],
      [for interface in local.own_vpc_interfaces : "${local.ec2_arn}:subnet/${interface.subnet_id}"],
      flatten([for interface in local.own_vpc_interfaces : [for group in interface.security_group_ids : "${local.ec2_arn}:security-group/${group}"]]),
    )))
  }

  statement {
    sid       = "AttachAndRemoveInterfaces"
    actions   = ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"]
    resources = ["${local.ec2_arn}:network-interface/*"]
  }
}

resource "aws_iam_role" "vpc" {
  count = local.has_vpc_role ? 1 : 0

  name               = local.vpc_role_name
  description        = "Lets MediaConnect make the network interfaces of the flow ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.vpc_trust[0].json

  tags = var.tags
}

resource "aws_iam_role_policy" "vpc" {
  count = local.has_vpc_role ? 1 : 0

  name   = "network-interfaces"
  role   = aws_iam_role.vpc[0].name
  policy = data.aws_iam_policy_document.vpc[0].json
}
