"""What the workflow can match: Step Functions sees an error by the name of its class."""

# ruff: noqa: N818 - the names are the contract with the state machine's Retry and Catch


class InvalidEvent(Exception):
    """The event names no flow, or is no event this workflow is for. Trying again cannot help."""


class UnknownFlow(Exception):
    """The flow is not among those that are watched, or MediaConnect does not know it."""


class Throttled(Exception):
    """AWS asked for fewer calls. Try again later."""


class DatapointsPending(Exception):
    """The alarm is OK again and no datapoint has arrived since: look again soon.

    The handler answers it, as {"pending": true}, because it is part of every recovery: raised, it would count among the
    function's errors and set off the alarm on them.
    """


class MonitorError(Exception):
    """The check failed for another reason; the message is the cause that people are told."""
