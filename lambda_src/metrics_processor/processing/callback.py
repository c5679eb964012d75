"""What the execution that waits for a run is told: that it goes on, and that it is done.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from processing.errors import CallbackFailed
from processing.runs import Run

NAMED = 50  # failed objects in an answer, each with its key: it may have 256 KiB

_NOT_WAITING = frozenset({"InvalidToken", "TaskDoesNotExist", "TaskTimedOut"})


class Callback:
    """Step Functions, told with a task token."""

    def __init__(self, states: Any) -> None:
        self._states = states

    def heartbeat(self, token: str) -> bool:
        """Say that the run goes on; False where that was not heard: the work goes on all the same."""
        try:
            self._states.send_task_heartbeat(taskToken=token)
        except (BotoCoreError, ClientError):
            return False
        return True

    def success(self, token: str, output: Mapping[str, Any]) -> bool:
        """Say that the run is done; False where nobody waits for it (any more). CallbackFailed: try again.

        After an attempt that was cut off, "nobody waits" may be its own success: to say it again does no harm.
        """
        try:
            self._states.send_task_success(taskToken=token, output=json.dumps(output))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOT_WAITING:
                return False
            raise CallbackFailed(str(error)) from error
        except BotoCoreError as error:
            raise CallbackFailed(str(error)) from error
        return True


def answer(run: Run) -> dict[str, Any]:
    """What a run's execution gets.

    Returns:
        {"objects": whole ones, "datapoints": of them, "failed": [{"key", "reason": see `processing.contents`} of the
        first NAMED others], "failed_objects": how many others}.
    """
    expected = [key for keys in (run.expected or {}).values() for key in keys]
    failed = [{"key": key, "reason": run.done[key].failure} for key in sorted(expected) if run.done[key].failure]
    return {
        "objects": len(expected) - len(failed),
        "datapoints": sum(run.done[key].datapoints for key in expected),
        "failed": failed[:NAMED],
        "failed_objects": len(failed),
    }
