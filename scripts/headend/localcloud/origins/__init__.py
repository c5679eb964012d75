"""Origins as the edge reaches them: a listener for each origin's host name, with TLS, and faults on demand."""
