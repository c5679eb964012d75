"""Who may do what: callers, policies, keys."""
