"""What AWS rejects and mocks let pass."""
