"""Whether an execution may be redriven.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

from typing import Any

from headend.localcloud.executions import RunningExecution


def redrive_status(execution: RunningExecution) -> dict[str, Any]:
    """redriveStatus, and the reason if it may not."""
    status = str(execution.status)
    if status in {"RUNNING", "SUCCEEDED"}:
        reason = f"Execution is {status} and cannot be redriven"
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return {"redriveStatus": "REDRIVABLE"}
