"""Why a manifest's message was not settled: the queue brings it again."""

# ruff: noqa: N818 - as the other functions' errors are called


class InvalidRequest(Exception):
    """The message is no notification of S3. Trying again cannot help: it ends in the dead-letter queue."""


class StorageFailed(Exception):
    """S3 could not be asked, or did not let us. Try again."""


EXPECTED = (InvalidRequest, StorageFailed)
