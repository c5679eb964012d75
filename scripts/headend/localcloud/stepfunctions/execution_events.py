"""Events on the default bus when the status of a STANDARD execution changes.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from headend.localcloud.app import LocalCloudServer

MOST_BYTES = 248 * 1024
"""Of escaped input and output together; what is too large is left out, the input first."""


def publish(cloud: LocalCloudServer, region: str, execution: Any) -> None:
    """Tell the Region's default bus the execution's present status."""
    detail = detail_of(execution)
    cloud.publish(region, "aws.states", "Step Functions Execution Status Change", [execution.exec_arn], detail)


def detail_of(execution: Any) -> dict[str, Any]:
    """The detail of an event; moments in milliseconds since the epoch."""
    given, made = execution.execution_input, execution.output_text
    output_fits = _size(made) <= MOST_BYTES
    input_fits = _size(given) + (_size(made) if output_fits else 0) <= MOST_BYTES
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "stateMachineVersionArn": execution.version_arn,
        "stateMachineAliasArn": execution.alias_arn,
        "name": execution.name,
        "status": str(execution.status),
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "input": given if input_fits else None,
        "output": made if output_fits else None,
        "inputDetails": {"included": input_fits},
        "outputDetails": None if made is None else {"included": output_fits},
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": execution.redrive_count,
        "redriveDate": _milliseconds(execution.redrive_date),
    }


def _size(text: str | None) -> int:
    return 0 if text is None else len(json.dumps(text).encode())


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
