"""CloudWatch: metrics, metric math, alarms, anomaly bands."""
