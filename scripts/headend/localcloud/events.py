"""EventBridge: events of AWS's own services, and delivery to state machines, functions, queues and topics.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import copy
import json
import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.events.models import events_backends

from headend.localcloud import moto_patches
from headend.localcloud.clock import iso
from headend.localcloud.event_input import target_input
from headend.localcloud.event_patterns import matches
from headend.localcloud.platform_metrics import PlatformMetrics
from headend.localcloud.senders import EVENTS, Sender
from headend.localcloud.service_calls import DeliveryError, invoke_function, publish, send_to_queue, start_execution

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

RULE = "moto.events.models:Rule"
BACKEND = "moto.events.models:EventsBackend"
OWN_TARGETS = frozenset({"lambda", "sns", "sqs", "states"})
MAX_RETRY_ATTEMPTS = 185
MAX_EVENT_AGE = 86_400
WORKERS = 16

Event = dict[str, Any]


class Events:
    """The event buses of the local cloud."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._metrics = PlatformMetrics(cloud)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="event-delivery")

    def carry(self, region: str, event: Event) -> None:
        """Offer an event of an AWS service to every rule of the default bus."""
        for rule in list(events_backends[self._cloud.account_id][region].event_buses["default"].rules.values()):
            self.offer(rule, event)

    def offer(self, rule: Any, event: Event) -> None:
        """Send the event to the rule's targets if it is enabled and matches."""
        if str(rule.state) == "DISABLED" or not matches(rule.event_pattern.get_pattern(), event):
            return
        self.trigger(rule, event)

    def trigger(self, rule: Any, event: Event) -> None:
        """Send the event to the rule's targets, whatever its pattern."""
        names = {"RuleName": rule.name}
        self._metrics.put(rule.region_name, "AWS/Events", names, TriggeredRules=1, MatchedEvents=1)
        for target in list(rule.targets):
            if target["Arn"].split(":")[2] in OWN_TARGETS:
                self._workers.submit(self._deliver, rule, dict(target), event, 0, self._cloud.clock.time())

    def close(self) -> None:
        """Drop what has not been delivered."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, rule: Any, target: dict[str, Any], event: Event, attempt: int, since: float) -> None:
        try:
            self._try_target(rule, target, event)
        except DeliveryError as error:
            self._failed(rule, target, event, attempt, since, error)
        except Exception as error:  # noqa: BLE001 - the end of a worker's task: nobody else would see it
            self._cloud.report(f"event delivery by {rule.name}", error)
        else:
            self._metrics.put(rule.region_name, "AWS/Events", {"RuleName": rule.name}, Invocations=1)
            self._note(rule, target, event, "delivered", "")

    def _try_target(self, rule: Any, target: dict[str, Any], event: Event) -> None:
        """One attempt. Raises DeliveryError."""
        arn = target["Arn"]
        try:
            body = target_input(target, event, rule.arn, iso(self._cloud.clock.now()))
        except ValueError as error:
            raise DeliveryError("INVALID_PARAMETER", str(error), retryable=False) from error
        sender = Sender(EVENTS, rule.arn, role_arn=target.get("RoleArn") or "")
        try:
            match arn.split(":")[2]:
                case "sqs":
                    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
                    send_to_queue(self._cloud, arn, body, group_id=group, sender=sender)
                case "sns":
                    publish(self._cloud, arn, body, sender=sender)
                case "lambda":
                    invoke_function(self._cloud, arn, body, sender=sender)
                case "states":
                    start_execution(self._cloud, arn, f"{event['id']}_{uuid.uuid4()}", body, sender=sender)
        except ValueError as error:
            raise DeliveryError("INVALID_JSON", f"Invalid JSON provided: {error}", retryable=False) from error
        except (JsonRESTError, ServiceException) as error:
            kind = getattr(error, "code", None) or getattr(error, "error_type", type(error).__name__)
            missing = any(word in f"{kind} {error}" for word in ("NotFound", "DoesNotExist", "Does Not Exist"))
            code = "NO_RESOURCE" if missing else "SDK_CLIENT_ERROR"
            raise DeliveryError(code, str(getattr(error, "message", error)), retryable=False) from error

    def _failed(
        self, rule: Any, target: dict[str, Any], event: Event, attempt: int, since: float, error: DeliveryError
    ) -> None:
        """Try again later, or give up and use the target's dead-letter queue."""
        policy = target.get("RetryPolicy") or {}
        attempts = int(policy.get("MaximumRetryAttempts", MAX_RETRY_ATTEMPTS))
        age = float(policy.get("MaximumEventAgeInSeconds", MAX_EVENT_AGE))
        self._metrics.put(rule.region_name, "AWS/Events", {"RuleName": rule.name}, FailedInvocations=1)
        delay = random.uniform(0.5, 1.0) * min(2.0**attempt, 300.0)  # noqa: S311 - jitter
        exhausted = ""
        if error.retryable:
            if attempt >= attempts:
                exhausted = "MaximumRetryAttempts"
            elif self._cloud.clock.time() + delay - since > age:
                exhausted = "MaximumEventAgeInSeconds"
            else:

                def again() -> None:
                    if not self._cloud.clock.wait(self._cloud.stopping, delay):
                        self._deliver(rule, target, event, attempt + 1, since)

                self._cloud.spawn(f"retry-{rule.name}", again)
                return
        self._note(rule, target, event, "failed", f"{error.code}: {error}")
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        attributes = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": str(error) or error.code,
            "RETRY_ATTEMPTS": str(attempt),
        }
        if exhausted:
            attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
        shaped = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
        try:
            send_to_queue(self._cloud, queue, json.dumps(event), shaped, sender=Sender(EVENTS, rule.arn))
        except DeliveryError as lost:
            self._metrics.put(rule.region_name, "AWS/Events", {"RuleName": rule.name}, InvocationsFailedToBeSentToDlq=1)
            self._note(rule, target, event, "lost", f"dead-letter queue: {lost}")
        else:
            self._metrics.put(rule.region_name, "AWS/Events", {"RuleName": rule.name}, InvocationsSentToDlq=1)

    def _note(self, rule: Any, target: dict[str, Any], event: Event, outcome: str, why: str) -> None:
        name = target["Arn"].split(":", 5)[5]
        self._cloud.timeline.record(
            "event",
            rule.region_name,
            rule.arn,
            f"{event['detail-type']} → {rule.name} → {name}: {outcome}{f' ({why})' if why else ''}",
            id=event["id"],
            source=event["source"],
            detail_type=event["detail-type"],
            rule=rule.name,
            target=target["Arn"],
            outcome=outcome,
            error=why,
        )


def seconds(moment: datetime | float | str) -> str:
    """A moment as events have it: 2026-01-01T00:00:00Z."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, tz=UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def install(cloud: LocalCloudServer) -> None:
    """Deliver to the targets that moto cannot reach, and refuse events in AWS's name."""
    events = Events(cloud)
    cloud.provide(events)
    cloud.add_bus(events.carry)

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        """Called by moto for each rule of a bus: ours first, then moto's for the other kinds of target."""
        event = {name: value for name, value in dict(original_event).items() if name != "ingestion-time"}
        event["time"] = seconds(event.get("time") or cloud.clock.now())
        events.offer(self, event)
        others = [target for target in self.targets if target["Arn"].split(":")[2] not in OWN_TARGETS]
        if others and str(self.state) != "DISABLED":
            rest = copy.copy(self)
            rest.targets = others
            moto_patches.original(RULE, "send_to_targets")(rest, original_event, transform_input)

    def put_events(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Sources that start with aws. belong to AWS's services.

        Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
        """
        refused = {index for index, entry in enumerate(events) if str(entry.get("Source", "")).startswith("aws.")}
        allowed = [entry for index, entry in enumerate(events) if index not in refused]
        answers = iter(moto_patches.original(BACKEND, "put_events")(self, allowed))
        no = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
        return [no if index in refused else next(answers) for index in range(len(events))]

    moto_patches.replace(RULE, "send_to_targets", send_to_targets)
    moto_patches.replace(BACKEND, "put_events", put_events)

    def close_at_the_end() -> None:
        cloud.stopping.wait()
        events.close()

    cloud.spawn("events-end", close_at_the_end)
