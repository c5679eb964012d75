"""What is known of the data of each state before a definition runs."""
