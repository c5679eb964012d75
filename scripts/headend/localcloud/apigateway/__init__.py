"""API Gateway: HTTP APIs that answer requests."""
