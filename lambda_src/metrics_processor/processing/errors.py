"""Why a piece of work was not finished: the workflow and the queue see it by the name of its class, and try again."""

# ruff: noqa: N818 - the names are the contract with the state machine's Retry and Catch


class InvalidRequest(Exception):
    """The payload or the message is not what should come here. Trying again cannot help."""


class ManifestInvalid(Exception):
    """A run's list of objects is not there, or does not say what the workflow says of it."""


class StorageFailed(Exception):
    """The bucket could not be read. Try again."""


class StateStoreFailed(Exception):
    """The table could not be read or written. Try again."""


class PublishFailed(Exception):
    """CloudWatch did not take the fleet's metrics. Try again."""


class CallbackFailed(Exception):
    """Step Functions could not be told that the run is processed. Try again."""


EXPECTED = (CallbackFailed, InvalidRequest, ManifestInvalid, PublishFailed, StateStoreFailed, StorageFailed)
