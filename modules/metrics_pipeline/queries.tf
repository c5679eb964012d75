# SQL over the raw objects. Athena knows the partitions by projection: none is ever added.
# https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
locals {
  database_name = "${replace(var.name, "-", "_")}_metrics"

  # The last line of an object, its end, has no metric.
  saved_queries = {
    busiest_hosts = {
      description = "Hosts by their mean and highest value of today, each metric"
      query       = <<-SQL
        SELECT metric_type, metric, host, round(avg(value), 1) AS mean, max(value) AS highest, count(*) AS datapoints
        FROM raw
        WHERE "date" = cast(current_date AS varchar) AND metric IS NOT NULL
        GROUP BY metric_type, metric, host
        ORDER BY metric_type, metric, mean DESC
      SQL
    }
    collected_by_day = {
      description = "How much each metric type has brought, by day: gaps show here"
      query       = <<-SQL
        SELECT "date", metric_type, count(DISTINCT run_id) AS runs, count(DISTINCT host) AS hosts, count(*) AS datapoints
        FROM raw
        WHERE "date" >= cast(current_date - interval '7' day AS varchar) AND metric IS NOT NULL
        GROUP BY "date", metric_type
        ORDER BY "date" DESC, metric_type
      SQL
    }
    latest_values = {
      description = "The last value of each host and metric of today"
      query       = <<-SQL
        SELECT metric_type, host, metric, max_by(value, "timestamp") AS value, max("timestamp") AS "timestamp"
        FROM raw
        WHERE "date" = cast(current_date AS varchar) AND metric IS NOT NULL
        GROUP BY metric_type, host, metric
        ORDER BY metric_type, host, metric
      SQL
    }
  }
}

resource "aws_glue_catalog_database" "this" {
  description = "Host metrics of ${var.name}"
  name        = local.database_name
  tags        = var.tags
}

resource "aws_glue_catalog_table" "raw" {
  database_name = aws_glue_catalog_database.this.name
  description   = "One datapoint a row, as it was collected"
  name          = "raw"
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    "EXTERNAL"                      = "TRUE"
    "classification"                = "json"
    "projection.enabled"            = "true"
    "projection.metric_type.type"   = "enum"
    "projection.metric_type.values" = join(",", local.metric_types)
    "projection.date.type"          = "date"
    "projection.date.format"        = "yyyy-MM-dd"
    "projection.date.range"         = "NOW-${var.bucket.retention_days}DAYS,NOW"
    "storage.location.template"     = "s3://${aws_s3_bucket.this.id}/raw/metric_type=$${metric_type}/date=$${date}/"
  }

  partition_keys {
    name = "metric_type"
    type = "string"
  }

  partition_keys {
    name = "date"
    type = "string"
  }

  storage_descriptor {
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    location      = "s3://${aws_s3_bucket.this.id}/raw/"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    # A truncated object's last line is a row without values, not the end of every query.
    ser_de_info {
      parameters            = { "ignore.malformed.json" = "true" }
      serialization_library = "org.openx.data.jsonserde.JsonSerDe"
    }

    dynamic "columns" {
      for_each = [
        ["run_id", "string"], ["metric", "string"], ["namespace", "string"], ["host", "string"], ["statistic", "string"],
        ["unit", "string"], ["timestamp", "string"], ["value", "double"], ["dimensions", "map<string,string>"],
      ]

      content {
        name = columns.value[0]
        type = columns.value[1]
      }
    }
  }
}

resource "aws_athena_workgroup" "this" {
  description   = "Queries of the host metrics of ${var.name}"
  force_destroy = var.bucket.force_destroy
  name          = "${var.name}-metrics"
  tags          = var.tags

  configuration {
    bytes_scanned_cutoff_per_query     = var.query_bytes_limit
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true

    result_configuration {
      output_location = "s3://${aws_s3_bucket.this.id}/athena/"

      encryption_configuration {
        encryption_option = var.bucket_kms_key_arn == null ? "SSE_S3" : "SSE_KMS"
        kms_key_arn       = var.bucket_kms_key_arn
      }
    }
  }
}

resource "aws_athena_named_query" "this" {
  for_each = local.saved_queries

  database    = aws_glue_catalog_database.this.name
  description = each.value.description
  name        = each.key
  query       = each.value.query
  workgroup   = aws_athena_workgroup.this.id
}
