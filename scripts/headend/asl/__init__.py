"""What is known about a state machine's definition."""
