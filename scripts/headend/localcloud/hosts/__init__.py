"""EC2 instances as CloudWatch sees them: the metrics of running hosts, and scenarios that degrade them."""
