"""What the workflow can match: Step Functions sees an error by the name of its class."""

# ruff: noqa: N818 - the names are the contract with the state machine's Retry and Catch


class InvalidRequest(Exception):
    """The payload is not what the workflow should send. Trying again cannot help."""


class PublishFailed(Exception):
    """The topic did not take the message; nobody was told. Try again."""


class StateStoreFailed(Exception):
    """The table could not be read or written. Try again."""
