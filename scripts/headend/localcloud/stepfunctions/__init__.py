"""Step Functions, on moto's interpreter."""
