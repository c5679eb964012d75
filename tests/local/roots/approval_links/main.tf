# The example of approval_links, and a workflow that asks: it hands its task token to a queue, from which the test makes the link.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  allowed_account_ids = ["123456789012"]
  region              = "eu-central-1"
}

module "approval" {
  source = "../modules/approval_links/examples/link"
}

resource "aws_sqs_queue" "asked" {
  name                    = "asked"
  sqs_managed_sse_enabled = true
}

resource "aws_iam_role" "asks" {
  name = "asks"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "states.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "asks" {
  name = "asks"
  role = aws_iam_role.asks.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.asked.arn }]
  })
}

resource "aws_sfn_state_machine" "asks" {
  name     = "asks"
  role_arn = aws_iam_role.asks.arn
  definition = jsonencode({
    QueryLanguage = "JSONata"
    StartAt       = "Ask"
    States = {
      Ask = {
        Type      = "Task"
        Resource  = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
        Arguments = { QueueUrl = aws_sqs_queue.asked.url, MessageBody = "{% $states.context.Task.Token %}" }
        End       = true
      }
    }
  })

  depends_on = [aws_iam_role_policy.asks]
}

output "queue_url" {
  description = "Where the token is sent to."
  value       = aws_sqs_queue.asked.url
}

output "state_machine_arn" {
  description = "The workflow that asks."
  value       = aws_sfn_state_machine.asks.arn
}

output "url" {
  description = "Address of the page."
  value       = module.approval.url
}
