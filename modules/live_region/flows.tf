# A flow for each pipeline, in a zone of its own: a zone that is gone takes one pipeline with it.
module "flow" {
  source   = "../mediaconnect_flow"
  for_each = { for number, pipeline in local.pipelines : pipeline => number }

  allow_open_whitelist = var.allow_open_whitelist
  availability_zone    = local.zones[each.value]
  description          = "Contribution to ${var.name}, ${each.key}"
  name                 = "${var.name}-${each.key}"
  primary_source = merge(var.contribution, {
    name           = "contribution"
    vpc_interface  = var.vpc == null ? null : "contribution"
    whitelist_cidr = var.vpc == null ? var.contribution.whitelist_cidr : null
  })
  tags = var.tags
  vpc_interfaces = { for vpc in var.vpc[*] : "contribution" => {
    security_group_ids = vpc.security_group_ids
    subnet_id          = vpc.subnet_ids[each.value]
  } }
}

locals {
  flow_arns = { for pipeline in local.pipelines : pipeline => module.flow[pipeline].arn }
}
