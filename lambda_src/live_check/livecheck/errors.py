"""Errors that a workflow can match by the class's name."""

# ruff: noqa: N818 - the names are the contract with the state machine's Retry and Catch


class LiveCheckError(Exception):
    """The check could not be made; trying again may help."""


class InvalidEvent(LiveCheckError):
    """What was asked is no check: the caller is to be changed."""


class SegmentsPending(LiveCheckError):
    """There is nothing to judge yet: ask again in a few seconds."""


class Throttled(LiveCheckError):
    """AWS asks for fewer requests."""


class NoPicture(LiveCheckError):
    """A segment without a time stamp of a picture."""


class Missing(LiveCheckError):
    """The origin does not have it, or does not give it to us."""
