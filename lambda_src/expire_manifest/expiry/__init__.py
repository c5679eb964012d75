"""The dead man's switch of a live origin on S3: a manifest that is not written again is deleted."""
