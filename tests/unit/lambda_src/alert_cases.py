"""What the tests of the alert handler share: payloads, a table, a topic that can refuse."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

ARN = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbC:live-dev-studio-a"
EXECUTION = "arn:aws:states:eu-central-1:123456789012:express:live-dev-stream-monitor:e1:9f"
START = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
TABLE = "live-dev-alert-state"
LOSS, JITTER = "SourcePacketLossPercent", "SourceJitter"


def iso(seconds: float) -> str:
    """A time, as seconds after START."""
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def issue(metric: str = LOSS, value: float = 2.5, severity: str = "HIGH") -> dict[str, Any]:
    unit, limit = ("Percent", 0.1) if metric == LOSS else ("Milliseconds", 50)
    return {"metric": metric, "value": value, "unit": unit, "threshold": limit, "severity": severity}


def payload(kind: str, at: float, *issues: dict[str, Any], alarm: str | None = "packet-loss", state: str = "") -> Any:
    """What the workflow sends for a transition `at` seconds after START; without an alarm, for a manual check."""
    name = f"live-dev/studio-a/{alarm}"
    state = state or ("ALARM" if kind == "alert" else "OK")
    found = {
        "name": name,
        "state": state,
        "previous_state": "OK" if state == "ALARM" else "ALARM",
        "transition_time": iso(at),
        "reason": "Threshold Crossed",
    }
    result = {
        "flow_name": "live-dev-studio-a",
        "flow_arn": ARN,
        "flow_key": "studio-a",
        "flow_status": "ACTIVE",
        "time": iso(at + 2),
        "healthy": not issues,
        "issues": list(issues),
        "values": {},
        "alarm": found if alarm else None,
        "transition_id": f"{name}@{iso(at)}" if alarm else f"manual@{at}",
    }
    execution = {"arn": EXECUTION, "started": iso(at)}
    return {"kind": kind, "result": result, "error": None, "event": {}, "execution": execution}


def failed(event: Any, error: str = "MonitorError", cause: str | None = "no answer") -> Any:
    """What the workflow sends when the check itself failed."""
    return {
        "kind": "monitoring-failed",
        "result": None,
        "error": {"Error": error, "Cause": cause},
        "event": event,
        "execution": {"arn": EXECUTION, "started": iso(0)},
    }


def table() -> Any:
    """The alert handler's table, in moto; returns the client."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


class Topic:
    """Takes messages, or refuses them."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.refuses = False

    def publish(self, **message: Any) -> dict[str, str]:
        if self.refuses:
            raise ClientError({"Error": {"Code": "KMSAccessDenied", "Message": "no"}}, "Publish")
        self.sent.append(message)
        return {"MessageId": str(len(self.sent))}
