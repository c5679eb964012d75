# Two buckets in two Regions behind one address: the distribution alone may read them, over TLS.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6.0"
    }
  }
}

variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "example-live-delivery"
  nullable    = false
}
