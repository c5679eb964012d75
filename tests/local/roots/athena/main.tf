# What a lake of JSON objects is made of: what the local cloud's Glue and Athena have to carry from create to destroy.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "bytes_limit" {
  description = "What a query may scan at most, in bytes. Changed in place."
  type        = number
  default     = 10000000
  nullable    = false
}

resource "aws_s3_bucket" "lake" {
  bucket        = "athena-lake"
  force_destroy = true
}

resource "aws_glue_catalog_database" "lake" {
  name = "lake"
}

resource "aws_glue_catalog_table" "metrics" {
  database_name = aws_glue_catalog_database.lake.name
  name          = "metrics"
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    "projection.date.format"    = "yyyy-MM-dd"
    "projection.date.range"     = "2026-01-01,NOW"
    "projection.date.type"      = "date"
    "projection.enabled"        = "true"
    "storage.location.template" = "s3://${aws_s3_bucket.lake.bucket}/raw/date=$${date}/"
  }

  partition_keys {
    name = "date"
    type = "string"
  }

  storage_descriptor {
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    location      = "s3://${aws_s3_bucket.lake.bucket}/raw/"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    columns {
      name = "host"
      type = "string"
    }

    columns {
      name = "value"
      type = "double"
    }

    ser_de_info {
      serialization_library = "org.openx.data.jsonserde.JsonSerDe"
    }
  }
}

resource "aws_athena_workgroup" "lake" {
  name          = "lake"
  force_destroy = true

  configuration {
    bytes_scanned_cutoff_per_query     = var.bytes_limit
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true

    result_configuration {
      output_location = "s3://${aws_s3_bucket.lake.bucket}/results/"

      encryption_configuration {
        encryption_option = "SSE_S3"
      }
    }
  }
}

resource "aws_athena_named_query" "hosts" {
  database  = aws_glue_catalog_database.lake.name
  name      = "hosts"
  query     = "SELECT host, max(value) AS highest FROM metrics GROUP BY host ORDER BY host"
  workgroup = aws_athena_workgroup.lake.name
}

output "named_query" {
  description = "Id of the named query."
  value       = aws_athena_named_query.hosts.id
}
