"""CloudFront: the control plane that moto lacks, and an edge that obeys it."""
