"""EventBridge's API where moto checks less than AWS: patterns, targets, entries; and TestEventPattern.

Sources: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventPattern, Rule
from werkzeug.wrappers import Request, Response

from headend.localcloud import moto_patches
from headend.localcloud.eventbridge import event_checks
from headend.localcloud.eventbridge.cron import ScheduleError, parse_rule_schedule
from headend.localcloud.eventbridge.event_pattern_tokens import InvalidPatternError
from headend.localcloud.eventbridge.event_patterns import compiled

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

MODELS = "moto.events.models"


class CheckedPattern(EventPattern):  # type: ignore[misc] # moto has no types
    """moto's holder of a pattern, with EventBridge's matching."""

    def matches_event(self, event: Any) -> bool:
        """Whether the event matches; no pattern lets everything pass, as moto has it for schedules and archives."""
        return not self._raw_pattern or compiled(self._raw_pattern).matches(event)


def checked(text: str | None) -> CheckedPattern:
    """A pattern for moto's rules. Raises InvalidEventPatternException."""
    event_checks.pattern_length(text)
    if not text:
        return CheckedPattern(text, {})
    try:
        compiled(text)
        return CheckedPattern(text, json.loads(text))
    except InvalidPatternError as error:
        raise InvalidEventPatternException(str(error)) from error


def refusal(error: JsonRESTError) -> Response:
    """moto's error as an answer."""
    return Response(error.get_body(), status=400, headers=dict(error.get_headers()))


def install(cloud: LocalCloudServer) -> None:
    """Check requests as AWS does, and carry customers' events."""

    def test_event_pattern(request: Request, _region: str) -> Response:
        asked = json.loads(request.get_data() or "{}")
        try:
            pattern = checked(asked.get("EventPattern") or "null")
            event = event_checks.tested_event(str(asked.get("Event")))
        except JsonRESTError as error:
            return refusal(error)
        answer = json.dumps({"Result": pattern.matches_event(event)})
        return Response(answer, content_type="application/x-amz-json-1.1")

    def put_events(self: Any, events_asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
        event_checks.put_events_request(events_asked)
        for entry in events_asked:
            self.describe_event_bus(_bus(entry))
        return [_put(self, entry) for entry in events_asked]

    def _bus(entry: dict[str, Any]) -> str:
        return str(entry.get("EventBusName") or "default").rpartition("/")[2]

    def _put(self: Any, entry: dict[str, Any]) -> dict[str, Any]:
        refused = event_checks.entry_refusal(entry)
        if refused:
            return dict(refused)
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self.account_id,
            "time": event_checks.seconds(entry.get("Time") or cloud.clock.now()),
            "region": self.region_name,
            "resources": entry.get("Resources") or [],
            "detail": json.loads(entry["Detail"]),
        }
        for rule in list(self.event_buses[_bus(entry)].rules.values()):
            rule.send_to_targets(event)
        return {"EventId": event["id"]}

    def put_targets(self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        rule = self._get_event_bus(self._normalize_event_bus_arn(event_bus_arn)).rules.get(name)
        event_checks.put_targets_request([target["Id"] for target in rule.targets] if rule else [], targets)
        moto_patches.original(f"{MODELS}:EventsBackend", "put_targets")(self, name, event_bus_arn, targets)

    def put_rule(self: Any, name: str, *arguments: Any, **named: Any) -> Rule:
        expression = named.get("scheduled_expression")
        if expression and self._normalize_event_bus_arn(named.get("event_bus_arn")) == "default":
            try:
                parse_rule_schedule(expression)
            except ScheduleError as error:
                raise ValidationException("Parameter ScheduleExpression is not valid.") from error
        rule: Rule = moto_patches.original(f"{MODELS}:EventsBackend", "put_rule")(self, name, *arguments, **named)
        return rule

    cloud.add_operation("events", "TestEventPattern", test_event_pattern)
    moto_patches.replace(f"{MODELS}:EventPattern", "load", staticmethod(checked))
    moto_patches.replace(f"{MODELS}:EventsBackend", "put_events", put_events)
    moto_patches.replace(f"{MODELS}:EventsBackend", "put_targets", put_targets)
    moto_patches.replace(f"{MODELS}:EventsBackend", "put_rule", put_rule)
