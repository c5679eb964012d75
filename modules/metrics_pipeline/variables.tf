variable "alarm_topic_arn" {
  description = "Topic that hears of failed runs and functions, and of dead letters. null = the alarms have no action."
  type        = string
  default     = null
}

variable "bucket" {
  description = "The bucket: whether destroy deletes what is in it (otherwise a bucket that holds anything is not destroyed), days that Athena's answers are kept, and days that datapoints, manifests and results are kept."
  type = object({
    force_destroy     = optional(bool, false)
    query_result_days = optional(number, 7)
    retention_days    = optional(number, 90)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.bucket.query_result_days >= 1 && floor(var.bucket.query_result_days) == var.bucket.query_result_days
    error_message = "bucket.query_result_days must be a whole number of days, at least 1."
  }
  validation {
    condition     = var.bucket.retention_days >= 3 && floor(var.bucket.retention_days) == var.bucket.retention_days
    error_message = "bucket.retention_days must be a whole number of days, at least 3: a day is compared with the one before."
  }
}

variable "bucket_kms_key_arn" {
  description = "Key that encrypts the bucket; its policy must let this account's roles use it. null = S3's own."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.bucket_kms_key_arn))
    error_message = "bucket_kms_key_arn must be the ARN of a key, not of an alias."
  }
}

variable "collection" {
  description = "How far back a run reads (window_seconds: the time between two runs), the time of each datapoint (period_seconds), and how long before the run the window ends, since CloudWatch has datapoints late (delay_seconds)."
  type = object({
    delay_seconds  = optional(number, 600)
    period_seconds = optional(number, 300)
    window_seconds = optional(number, 10800)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.collection.delay_seconds >= 0 && var.collection.delay_seconds <= 86400
    error_message = "collection.delay_seconds must be from 0 to 86400."
  }
  validation {
    condition     = var.collection.period_seconds >= 60 && var.collection.period_seconds <= 3600 && var.collection.period_seconds % 60 == 0
    error_message = "collection.period_seconds must be a multiple of 60, from 60 to 3600."
  }
  validation {
    condition     = var.collection.window_seconds >= var.collection.period_seconds && var.collection.window_seconds <= 86400 && var.collection.window_seconds % var.collection.period_seconds == 0
    error_message = "collection.window_seconds must be a multiple of period_seconds, at most 86400."
  }
}

variable "definition_file" {
  description = "The workflow's definition with branches for other metric types, as `headend render --env` writes it. null = the one that comes with the module: cpu, disk, memory and network."
  type        = string
  default     = null

  validation {
    condition     = var.definition_file == null ? true : fileexists(var.definition_file)
    error_message = "definition_file: ${coalesce(var.definition_file, "null")} does not exist. Write it with `headend render --env <env>`."
  }
}

variable "flows" {
  description = "Flows whose metrics are collected by queries with `of = \"flow\"`: key → ARN."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for arn in values(var.flows) : can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:[A-Za-z0-9_-]+$", arn))])
    error_message = "flows must hold ARNs of MediaConnect flows."
  }
}

variable "functions" {
  description = "The functions: memory in MB, ceiling of concurrent executions (null = from the account's pool), seconds that an invocation may take; of the processor also how many work on the queue at once (2 to 1000)."
  type = object({
    metrics_analytics = optional(object({
      memory_size                    = optional(number, 1024)
      reserved_concurrent_executions = optional(number)
      timeout                        = optional(number, 290)
    }), {})
    metrics_collector = optional(object({
      memory_size                    = optional(number, 512)
      reserved_concurrent_executions = optional(number)
      timeout                        = optional(number, 290)
    }), {})
    metrics_processor = optional(object({
      maximum_concurrency            = optional(number, 4)
      memory_size                    = optional(number, 512)
      reserved_concurrent_executions = optional(number)
      timeout                        = optional(number, 60)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    # The definition waits so long, and a little longer, for each.
    condition     = alltrue([for one in [var.functions.metrics_analytics, var.functions.metrics_collector] : one.timeout >= 1 && one.timeout <= 290])
    error_message = "functions: timeout of metrics_analytics and metrics_collector must be from 1 to 290: the workflow waits for 300."
  }
  validation {
    # What a processor that died had in hand comes again after six times its timeout. Then the workflow must still wait, and a minute more.
    condition     = var.functions.metrics_processor.timeout >= 15 && 6 * var.functions.metrics_processor.timeout + 60 <= local.heartbeat_seconds
    error_message = "functions.metrics_processor.timeout must be from 15 to ${floor((local.heartbeat_seconds - 60) / 6)}: an object whose processing broke off comes again after six times as long, and the definition waits ${local.heartbeat_seconds} s for a sign of life (processing_heartbeat_seconds)."
  }
  validation {
    condition     = var.functions.metrics_processor.maximum_concurrency >= 2 && var.functions.metrics_processor.maximum_concurrency <= 1000
    error_message = "functions.metrics_processor.maximum_concurrency must be from 2 to 1000."
  }
}

variable "hosts" {
  description = "The hosts: EC2 instances that run and carry, of each tag here, one of its values. {} = none, for flows only."
  type        = map(set(string))
  nullable    = false

  validation {
    condition     = alltrue([for tag, values in var.hosts : length(tag) > 0 && length(values) > 0])
    error_message = "hosts: each tag must have a name and at least one value. Wrong: ${join(", ", [for tag, values in var.hosts : tag if length(tag) == 0 || length(values) == 0])}."
  }
  validation {
    condition     = length(var.hosts) > 0 || length(var.flows) > 0
    error_message = "hosts must name a tag, such as { Role = [\"encoder\"] }, or flows a flow: otherwise there is nothing to collect."
  }
}

variable "latest_value_days" {
  description = "Days that the latest values of a host are kept after its last datapoint: 1 to 365."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.latest_value_days >= 1 && var.latest_value_days <= 365 && floor(var.latest_value_days) == var.latest_value_days
    error_message = "latest_value_days must be a whole number from 1 to 365."
  }
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log groups; its policy must admit logs.<region>.amazonaws.com and delivery.logs.amazonaws.com. null = CloudWatch Logs' own."
  type        = string
  default     = null
}

variable "log_level" {
  description = "What the functions log: DEBUG, INFO, WARNING, ERROR or CRITICAL."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["CRITICAL", "DEBUG", "ERROR", "INFO", "WARNING"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept; 0 = for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "metric_types" {
  description = "What is collected, by metric type: each query's namespace, metric, statistic, unit, whether it is of each `host` or `flow`, and dimensions beside InstanceId or FlowARN; thresholds that the trend looks at, in the metric's unit; and the least change from the previous day that is told (percent of its mean, and minimum in the unit). Other types than the default ones need definition_file."
  type = map(object({
    change = optional(object({
      minimum  = optional(number, 0)
      percent  = optional(number, 50)
      severity = optional(string, "LOW")
    }), {})
    queries = list(object({
      dimensions = optional(map(string), {})
      metric     = string
      namespace  = string
      of         = optional(string, "host")
      statistic  = optional(string, "Average")
      unit       = string
    }))
    thresholds = optional(list(object({
      comparison = optional(string, "GreaterThanOrEqualToThreshold")
      metric     = string
      severity   = optional(string, "HIGH")
      threshold  = number
    })), [])
  }))
  # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html
  default = {
    cpu = {
      change     = { minimum = 10 }
      queries    = [{ namespace = "AWS/EC2", metric = "CPUUtilization", unit = "Percent" }]
      thresholds = [{ metric = "CPUUtilization", threshold = 90 }]
    }
    disk = {
      change     = { minimum = 5 }
      queries    = [{ namespace = "CWAgent", metric = "disk_used_percent", unit = "Percent", dimensions = { path = "/" } }]
      thresholds = [{ metric = "disk_used_percent", threshold = 90 }]
    }
    memory = {
      change     = { minimum = 10 }
      queries    = [{ namespace = "CWAgent", metric = "mem_used_percent", unit = "Percent" }]
      thresholds = [{ metric = "mem_used_percent", threshold = 90 }]
    }
    network = {
      change = { minimum = 1000000 }
      queries = [
        { namespace = "AWS/EC2", metric = "NetworkIn", statistic = "Sum", unit = "Bytes" },
        { namespace = "AWS/EC2", metric = "NetworkOut", statistic = "Sum", unit = "Bytes" },
      ]
    }
  }
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.metric_types) : can(regex("^[a-z][a-z0-9_]{0,39}$", name)) && name != "all"])
    error_message = "metric_types: a type must have 1 to 40 lower-case letters, digits or '_', begin with a letter, and not be all. Wrong: ${join(", ", [for name in keys(var.metric_types) : name if !can(regex("^[a-z][a-z0-9_]{0,39}$", name)) || name == "all"])}."
  }
  validation {
    condition     = alltrue([for one in values(var.metric_types) : length(one.queries) > 0])
    error_message = "metric_types: each type must have at least one query. Wrong: ${join(", ", [for name, one in var.metric_types : name if length(one.queries) == 0])}."
  }
  validation {
    condition = alltrue(flatten([for one in values(var.metric_types) : [
      for query in one.queries : contains(["Average", "Maximum", "Minimum", "SampleCount", "Sum"], query.statistic) && contains(["flow", "host"], query.of)
    ]]))
    error_message = "metric_types: a query's statistic must be Average, Maximum, Minimum, SampleCount or Sum, and of must be host or flow."
  }
  validation {
    # A host's latest value and the fleet's metrics are named after the metric; of several series (a disk's paths) the greatest counts.
    condition = alltrue(flatten([for one in values(var.metric_types) : [
      for metric, read in { for query in one.queries : query.metric => "${query.statistic} ${query.unit}"... } : length(distinct(read)) == 1
    ]]))
    error_message = "metric_types: all of a type's queries of one metric must have one statistic and one unit; another statistic of it needs a type of its own. Wrong: ${join(", ", flatten([for name, one in var.metric_types : [for metric, read in { for query in one.queries : query.metric => "${query.statistic} ${query.unit}"... } : "${name} (${metric})" if length(distinct(read)) > 1]]))}."
  }
  validation {
    condition = alltrue(flatten([for one in values(var.metric_types) : [
      for threshold in one.thresholds : contains([for query in one.queries : query.metric], threshold.metric)
    ]]))
    error_message = "metric_types: a threshold must name a metric of its type's queries. Wrong: ${join(", ", flatten([for name, one in var.metric_types : [for threshold in one.thresholds : "${name} (${threshold.metric})" if !contains([for query in one.queries : query.metric], threshold.metric)]]))}."
  }
  validation {
    condition = alltrue(flatten([for one in values(var.metric_types) : concat([contains(["HIGH", "LOW", "MEDIUM"], one.change.severity)], [
      for threshold in one.thresholds : contains(["HIGH", "LOW", "MEDIUM"], threshold.severity) && contains(
        ["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanOrEqualToThreshold", "LessThanThreshold"], threshold.comparison
      )
    ])]))
    error_message = "metric_types: severity must be HIGH, MEDIUM or LOW, and a threshold's comparison GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanOrEqualToThreshold or LessThanThreshold."
  }
  validation {
    condition     = local.definition_types == sort(keys(var.metric_types))
    error_message = "metric_types are ${join(", ", sort(keys(var.metric_types)))}, the definition's branches ${join(", ", local.definition_types)}. Name the types in the environment's config.yaml (metrics_pipeline.metric_types), write the definition with `headend render --env <env>` and pass it as definition_file."
  }
}

variable "name" {
  description = "Name of the deployment; what belongs to it is called `<name>-metrics…`."
  type        = string
  nullable    = false

  validation {
    # A bucket's name has 63 characters at most, of which `-metrics-` and twelve digits are 21.
    condition     = can(regex("^[a-z][a-z0-9-]{0,31}$", var.name))
    error_message = "name must have 1 to 32 lower-case letters, digits or '-', and begin with a letter: a bucket is called after it."
  }
}

variable "packages" {
  description = "The functions' packages, metrics_analytics, metrics_collector and metrics_processor: a local zip (filename) or an S3 object (s3_bucket, s3_key, s3_object_version), as built by `headend package` or published by `make release`. Other packages may stand beside them."
  type = map(object({
    filename          = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
    source_code_hash  = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for one in ["metrics_analytics", "metrics_collector", "metrics_processor"] : contains(keys(var.packages), one)])
    error_message = "packages: ${join(", ", setsubtract(["metrics_analytics", "metrics_collector", "metrics_processor"], keys(var.packages)))} is missing: set it to { filename = \"…/<name>.zip\" } (from `headend package` or a release) or to an S3 object."
  }
}

variable "query_bytes_limit" {
  description = "Bytes that one Athena query may scan before it is stopped: at least 10485760 (10 MB), Athena's own least."
  type        = number
  default     = 1073741824
  nullable    = false

  validation {
    condition     = var.query_bytes_limit >= 10485760
    error_message = "query_bytes_limit must be at least 10485760."
  }
}

variable "schedule" {
  description = "When the workflow runs: cron(…) with six fields or rate(…), by the clock of timezone, an IANA name. A run reads collection.window_seconds back."
  type = object({
    enabled    = optional(bool, true)
    expression = optional(string, "rate(3 hours)")
    timezone   = optional(string, "UTC")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^(rate\\([1-9][0-9]* (minute|minutes|hour|hours|day|days)\\)|cron\\(([^ ()]+ ){5}[^ ()]+\\))$", var.schedule.expression))
    error_message = "schedule.expression must be rate(3 hours) and the like, or cron() with six fields (minutes hours day-of-month month day-of-week year)."
  }
}

variable "table_kms_key_arn" {
  description = "Key that encrypts the table; its policy must let this account's roles use it by DynamoDB. null = the key that AWS manages."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource here, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "topic_arn" {
  description = "Topic of the notices: one a run, with the message attributes kind (success, partial, failure) and severity (LOW, MEDIUM, HIGH)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.topic_arn))
    error_message = "topic_arn must be the ARN of an SNS topic."
  }
}

variable "topic_kms_key_arn" {
  description = "Key that encrypts the topic, which the workflow has to use. null = the topic has none of its own."
  type        = string
  default     = null
}
