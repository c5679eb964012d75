"""The example's function: it returns what it was given."""


def handler(event, context):
    """Return the event."""
    return event
