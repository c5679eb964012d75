"""MediaConnect, and the streams through its flows."""
