# A function that may read one table. `function.zip` holds handler.py.

variable "name" {
  description = "Name of the function."
  type        = string
  default     = "example-lambda-function"
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

module "lambda_function" {
  source = "../.."

  description = "Returns what it was given"
  environment = { TABLE_NAME = "${var.name}-state" }
  name        = var.name
  package     = { filename = "${path.module}/function.zip" }

  policy_statements = {
    ReadState = {
      actions = ["dynamodb:GetItem"]
      resources = [
        "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:table/${var.name}-state",
      ]
    }
  }
}

output "alias_arn" {
  description = "ARN that callers invoke."
  value       = module.lambda_function.alias_arn
}
