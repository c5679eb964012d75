"""What is wrong with a definition, and what to do about it."""
