locals {
  # A row for each metric type: its metrics over all hosts, and how many hosts report.
  dashboard_rows = [
    for number, name in local.metric_types : [
      {
        type   = "metric"
        x      = 0
        y      = 6 * number
        width  = 16
        height = 6
        properties = {
          metrics = concat([
            for query in var.metric_types[name].queries : [
              for statistic in ["Average", "Maximum"] :
              ["Headend/Hosts", query.metric, "Deployment", var.name, "MetricType", name, { label = "${query.metric} (${lower(statistic)})", stat = statistic }]
            ]
          ]...)
          period = 300
          region = local.region
          title  = "${name} of all hosts"
          view   = "timeSeries"
        }
      },
      {
        type   = "metric"
        x      = 16
        y      = 6 * number
        width  = 8
        height = 6
        properties = {
          metrics = [["Headend/Hosts", "HostsReporting", "Deployment", var.name, "MetricType", name, { label = "hosts", stat = "Maximum" }]]
          period  = 300
          region  = local.region
          title   = "Hosts that report ${name}"
          view    = "timeSeries"
          yAxis   = { left = { min = 0 } }
        }
      },
    ]
  ]

  dashboard_runs = {
    type   = "metric"
    x      = 0
    y      = 6 * length(local.metric_types)
    width  = 24
    height = 6
    properties = {
      metrics = [
        ["AWS/States", "ExecutionsSucceeded", "StateMachineArn", module.workflow.arn, { label = "succeeded" }],
        ["AWS/States", "ExecutionsFailed", "StateMachineArn", module.workflow.arn, { label = "failed" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.dead_letters.objects.name, { label = "objects not processed", stat = "Maximum" }],
      ]
      period = 3600
      region = local.region
      stat   = "Sum"
      title  = "Runs"
      view   = "timeSeries"
    }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_body = jsonencode({ widgets = concat(flatten(local.dashboard_rows), [local.dashboard_runs]) })
  dashboard_name = "${var.name}-metrics"
}
