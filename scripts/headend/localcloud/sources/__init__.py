"""What calls functions when something has happened: objects, queues, streams of tables."""
