"""Says whether a MediaConnect flow is healthy, from its status and its CloudWatch metrics."""
