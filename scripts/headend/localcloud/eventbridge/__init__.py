"""EventBridge and its Scheduler."""
