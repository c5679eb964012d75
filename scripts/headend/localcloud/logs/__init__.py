"""CloudWatch Logs and CloudTrail."""
