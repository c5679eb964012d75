# Private access to the APIs that the workflow and its functions call. The endpoints serve this account's identities only.
locals {
  endpoints = var.vpc_endpoints != null

  interface_services = local.endpoints ? var.vpc_endpoints.services : toset([])
  gateway_services   = (local.endpoints ? length(var.vpc_endpoints.route_table_ids) > 0 : false) ? toset(["dynamodb", "s3"]) : toset([])

  own_security_group = local.endpoints ? var.vpc_endpoints.security_group_ids == null : false

  endpoint_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ThisAccount"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "*"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account_id } }
    }]
  })
}

data "aws_vpc" "this" {
  count = local.own_security_group ? 1 : 0

  id = var.vpc_endpoints.vpc_id
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_services

  policy              = local.endpoint_policy
  private_dns_enabled = true
  security_group_ids  = local.own_security_group ? [aws_security_group.endpoints[0].id] : var.vpc_endpoints.security_group_ids
  service_name        = "com.amazonaws.${local.region}.${each.value}"
  subnet_ids          = var.vpc_endpoints.subnet_ids
  vpc_endpoint_type   = "Interface"
  vpc_id              = var.vpc_endpoints.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-${each.value}" })
}

# DynamoDB and S3 have gateways, which cost nothing.
resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateway_services

  policy            = local.endpoint_policy
  route_table_ids   = var.vpc_endpoints.route_table_ids
  service_name      = "com.amazonaws.${local.region}.${each.value}"
  vpc_endpoint_type = "Gateway"
  vpc_id            = var.vpc_endpoints.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-${each.value}" })
}

resource "aws_security_group" "endpoints" {
  #checkov:skip=CKV2_AWS_5:it is attached to the interface endpoints above

  count = local.own_security_group ? 1 : 0

  description = "Reach the interface endpoints of ${var.name} over TLS"
  name        = "${var.name}-endpoints"
  vpc_id      = var.vpc_endpoints.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-endpoints" })
}

# No egress rule: endpoints answer, they do not call.
resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  # By position, as a block may be known only after apply.
  for_each = local.own_security_group ? { for position, block in coalescelist(var.vpc_endpoints.client_cidr_blocks, data.aws_vpc.this[*].cidr_block) : position => block } : {}

  cidr_ipv4         = each.value
  description       = "TLS from ${each.value}"
  from_port         = 443
  ip_protocol       = "tcp"
  security_group_id = aws_security_group.endpoints[0].id
  to_port           = 443

  tags = var.tags
}
