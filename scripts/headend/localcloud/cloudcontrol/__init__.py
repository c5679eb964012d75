"""Cloud Control API over the registry's schemas."""
