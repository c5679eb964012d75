"""What the workflow can match: Step Functions sees an error by the name of its class."""

# ruff: noqa: N818 - the names are the contract with the state machine's Retry and Catch


class InvalidRequest(Exception):
    """The payload or its configuration is not what the workflow should have sent. Trying again cannot help."""


class Throttled(Exception):
    """AWS asked for fewer calls. Try again later."""


class CollectionIncomplete(Exception):
    """CloudWatch did not answer in full. Try again: the same run writes the same objects again."""


class CollectorError(Exception):
    """The collection failed for another reason; the message is the cause that people are told."""
