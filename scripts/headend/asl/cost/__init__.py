"""What one execution of a state machine costs, and what a month of them does."""
