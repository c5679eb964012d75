"""What the workflow matches in its retries and its catch, by the class's name."""


class AnalyticsError(Exception):
    """Anything that is not one of the other kinds."""


class InvalidEvent(Exception):  # noqa: N818 - names are matched by the workflow
    """The payload is not what the workflow should have sent; the same payload never helps."""


class NotWhole(Exception):  # noqa: N818
    """An object is not as it was written, and why; the analysis goes on without it, the workflow never sees this."""


class StorageFailed(Exception):  # noqa: N818
    """The bucket could not be listed, read or written; later it may be."""
