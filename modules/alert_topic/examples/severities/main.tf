# An e-mail address that hears HIGH only, a phone for HIGH and MEDIUM, and a queue that hears everything.

variable "name" {
  description = "Name of the topic and of the queue."
  type        = string
  default     = "example-alert-topic"
  nullable    = false
}

module "alert_topic" {
  source = "../.."

  name = var.name

  subscriptions = {
    noc      = { protocol = "email", endpoint = "noc@example.com", severities = ["HIGH"] }
    on_call  = { protocol = "sms", endpoint = "+12025550123", severities = ["HIGH", "MEDIUM"] }
    recorder = { protocol = "sqs", endpoint = aws_sqs_queue.recorder.arn, raw_message_delivery = true }
  }
}

# Who subscribes a queue lets the topic write to it.
resource "aws_sqs_queue" "recorder" {
  name                    = "${var.name}-recorder"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue_policy" "recorder" {
  queue_url = aws_sqs_queue.recorder.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.recorder.arn
      Condition = { ArnEquals = { "aws:SourceArn" = module.alert_topic.arn } }
    }]
  })
}

output "topic_arn" {
  description = "ARN of the topic."
  value       = module.alert_topic.arn
}
