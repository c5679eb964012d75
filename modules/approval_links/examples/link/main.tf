# A workflow's table gets a page for its approvals. Who asks puts an item `approval#<id>` into the table and sends the link.

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = "example-approval"
  nullable    = false
}

variable "packages_folder" {
  description = "Folder with the zips of a release. Null = where `headend package` builds them in this repository."
  type        = string
  default     = null
}

module "approval_links" {
  source = "../.."

  name       = var.name
  packages   = { approval = { filename = "${coalesce(var.packages_folder, "${path.module}/../../../../build/lambda")}/approval.zip" } }
  table_arn  = aws_dynamodb_table.state.arn
  table_name = aws_dynamodb_table.state.name
}

resource "aws_dynamodb_table" "state" {
  #checkov:skip=CKV_AWS_119:What was asked, for a day, under the key that AWS manages; server_side_encryption takes a key of your own

  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  name         = "${var.name}-state"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }

  ttl {
    attribute_name = "expiration"
    enabled        = true
  }
}

output "url" {
  description = "Links are <url>/approvals/<id>?key=<key>."
  value       = module.approval_links.url
}
