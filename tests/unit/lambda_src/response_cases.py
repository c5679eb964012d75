"""What the tests of incidents with a response workflow share: what the workflows send, and a service with its table."""

import json
from collections.abc import Mapping
from typing import Any

from alerts.approvals import ApprovalStore
from alerts.courses import CourseStore, Settings
from alerts.incidents import IncidentStore
from alerts.maintenance import MaintenanceStore
from alerts.requests import Request, parse
from alerts.response import ResponseService
from alerts.service import AlertService
from alerts.table import Changed, Table, plain, serialize

from unit.lambda_src.alert_cases import ARN, START, TABLE, Topic, iso, issue, payload, table

OPENED = round(START.timestamp() * 1000)
URL = "https://approve.example.com"
SOURCE = f"SourceHealth#{ARN.replace(':flow:', ':source:')}-main"
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAT0ken"


def incident_id(opened: float = 0) -> str:
    """The incident that was opened so many seconds after START."""
    return f"studio-a-{OPENED + round(opened * 1000)}"


def event(kind: str, at: float, *issues: dict[str, Any], **result: Any) -> Any:
    """What the workflow sends for an event of MediaConnect that it found `at` seconds after START."""
    what = payload(kind, at, *issues, alarm=None)
    what["result"] |= {"time": iso(at), "transition_id": f"MediaConnect Source Health@{at}", **result}
    return what


def condition(name: str = SOURCE, severity: str = "HIGH") -> dict[str, Any]:
    """The issue of an unhealthy event."""
    metric = name.partition("#")[0]
    return {
        "metric": metric,
        "value": 1,
        "unit": "Count",
        "threshold": 1,
        "severity": severity,
        "condition": name,
    }


def assessed(kind: str, at: float, opened: float, *issues: dict[str, Any], **fields: Any) -> Any:
    """What the response workflow sends for an incident, `at` seconds after START."""
    what = payload(kind, at, *issues, alarm=None)
    what["result"] |= {"time": iso(at), "transition_id": f"assess@{at}"}
    return {**what, "incident": {"id": incident_id(opened)}, **fields}


def over(at: float, opened: float = 0) -> Any:
    """The response workflow says that the flow has been healthy for long enough."""
    return assessed("recovery", at, opened)


def lasting(at: float, opened: float = 0) -> Any:
    return assessed("escalation", at, opened, issue(), reason="lasting")


def acted(at: float, opened: float = 0, kind: str = "switch", outcome: str = "helped") -> Any:
    action = {"kind": kind, "source": "backup", "rule": "primary-lossy", "reason": "loss 4 %", "outcome": outcome}
    return assessed("action", at, opened, action=action)


def asked(at: float, opened: float = 0, kind: str = "restart", token: str = TOKEN) -> Any:
    action = {"kind": kind, "source": None, "rule": "all-dead", "reason": "both sources are dead", "outcome": None}
    return assessed("approval", at, opened, issue(), action=action, task_token=token, expires_in_seconds=900)


class MemoryTable(Table):
    """The table's items in memory, as DynamoDB would give them back: for examples by the hundred."""

    def __init__(self) -> None:
        super().__init__(None, TABLE)
        self.items: dict[str, Any] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        return plain(self.items[key]) if key in self.items else None

    def put(self, key: str, attributes: Mapping[str, Any], version: int | None) -> None:
        self._check(key, version)
        item = {**attributes, "id": key, "version": (version or 0) + 1}
        self.items[key] = {name: serialize(value) for name, value in item.items()}

    def delete(self, key: str, version: int) -> None:
        self._check(key, version)
        del self.items[key]

    def _check(self, key: str, version: int | None) -> None:
        found = self.items.get(key)
        if (int(found["version"]["N"]) if found else None) != version:
            raise Changed


class World:
    """A service with its table and topic; `do` handles what a workflow sends and returns the outcome."""

    def __init__(
        self, url: str | None = URL, settings: Settings | None = None, items: MemoryTable | None = None
    ) -> None:
        self.topic, self.now, self.warnings = Topic(), START.timestamp(), list[str]()
        self.settings = settings or Settings()
        self.dynamodb = None if items else table()
        self.table = items or Table(self.dynamodb, TABLE)
        self.store = CourseStore(self.table, self.settings, clock=lambda: self.now)
        self.service = ResponseService(
            sns=self.topic,
            topic_arn="arn:topic",
            store=self.store,
            maintenance=MaintenanceStore(self.table),
            approvals=ApprovalStore(self.table, url, clock=lambda: self.now),
            transitions=AlertService(
                self.topic, "arn:topic", IncidentStore(self.dynamodb, TABLE), "live-dev-flows", self.warnings.append
            ),
            settings=self.settings,
            dashboard="live-dev-flows",
            warn=self.warnings.append,
        )

    def handle(self, what: Any) -> dict[str, Any]:
        return self.service.handle(request(what))

    def do(self, what: Any) -> str:
        return str(self.handle(what)["outcome"])

    def told(self, number: int = -1) -> dict[str, Any]:
        """What programs were sent."""
        document = json.loads(json.loads(self.topic.sent[number]["Message"])["sqs"])
        assert isinstance(document, dict)
        return document

    def kinds(self) -> list[str]:
        """The kinds of what was told; of escalations also the reason."""
        documents = [self.told(number) for number in range(len(self.topic.sent))]
        return [d["kind"] + (f" {d['reason']}" if d.get("reason") else "") for d in documents]


def request(what: Any) -> Request:
    return parse(what, START)
