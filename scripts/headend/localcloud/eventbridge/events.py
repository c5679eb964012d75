"""EventBridge's buses: events of AWS's services and of customers, matched by rules, delivered to their targets.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends

from headend.localcloud import moto_patches
from headend.localcloud.clock import iso
from headend.localcloud.cloudwatch.platform_metrics import PlatformMetrics
from headend.localcloud.eventbridge import event_targets
from headend.localcloud.eventbridge.event_checks import seconds
from headend.localcloud.eventbridge.event_delivery import Delivery, Policy, begin, send_dead_letter
from headend.localcloud.eventbridge.event_input import compact, target_input
from headend.localcloud.eventbridge.event_patterns import matches
from headend.localcloud.iam.senders import EVENTS, Sender
from headend.localcloud.service_calls import DeliveryError, permit

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

RULE = "moto.events.models:Rule"
MAX_HOPS = 10
"""A bus that sends to itself, by way of others, would never end."""

Event = dict[str, Any]


class Events:
    """The event buses of the local cloud."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._metrics = PlatformMetrics(cloud)
        self.archive: Callable[[Any, Event], None] = lambda _rule, _event: None
        """Keeps an event that the managed rule of an archive matched."""

    def carry(self, region: str, event: Event, bus: str = "default", hops: int = 0) -> None:
        """Offer an event to every rule of a bus. Raises KeyError when there is no such bus."""
        for rule in list(events_backends[self._cloud.account_id][region].event_buses[bus].rules.values()):
            self.offer(rule, event, hops)

    def offer(self, rule: Any, event: Event, hops: int = 0) -> None:
        """Send the event to the rule's targets if it is enabled and matches."""
        if str(rule.state) == "DISABLED" or not matches(rule.event_pattern.get_pattern(), event):
            return
        self.trigger(rule, event, hops)

    def trigger(self, rule: Any, event: Event, hops: int = 0) -> None:
        """Send the event to the rule's targets, whatever its pattern."""
        names = {"RuleName": rule.name}
        self._metrics.put(rule.region_name, "AWS/Events", names, TriggeredRules=1, MatchedEvents=1)
        ingested = iso(self._cloud.clock.now())
        for target in list(rule.targets):
            if target["Arn"].endswith(":::"):  # an archive's, in EventBridge's own account
                self.archive(rule, event)
                continue
            service = target["Arn"].split(":")[2]
            if service in event_targets.SERVICES or ":event-bus/" in target["Arn"]:
                self._deliver(rule, dict(target), event, ingested, hops)

    def _deliver(self, rule: Any, target: dict[str, Any], event: Event, ingested: str, hops: int) -> None:
        def done() -> None:
            self._metrics.put(rule.region_name, "AWS/Events", {"RuleName": rule.name}, Invocations=1)
            self._note(rule, target, event, "delivered", "")

        def failed() -> None:
            self._metrics.put(rule.region_name, "AWS/Events", {"RuleName": rule.name}, FailedInvocations=1)

        def gave_up(error: DeliveryError, retries: int, exhausted: str) -> None:
            self._gave_up(rule, target, event, error, retries, exhausted)

        attempt = lambda _: self._try_target(rule, target, event, ingested, hops)  # noqa: E731 - beside its siblings
        begin(
            self._cloud,
            Delivery(f"event delivery by {rule.name}", Policy.of(target), attempt, done, failed, gave_up),
        )

    def _try_target(self, rule: Any, target: dict[str, Any], event: Event, ingested: str, hops: int) -> None:
        """One attempt. Raises DeliveryError."""
        sender = Sender(EVENTS, rule.arn, role_arn=target.get("RoleArn") or "")
        if ":event-bus/" in target["Arn"]:
            self._to_bus(target["Arn"], event, sender, hops)
            return
        try:
            body = target_input(target, event, rule.arn, ingested)
        except ValueError as error:
            raise DeliveryError("INVALID_PARAMETER", str(error), retryable=False) from error
        event_targets.hand_over(self._cloud, target, body, event_id=event["id"], sender=sender)

    def _to_bus(self, arn: str, event: Event, sender: Sender, hops: int) -> None:
        """Offer the event, unchanged, to the rules of another bus.

        Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
        """
        region, name = arn.split(":")[3], arn.rpartition("/")[2]
        permit(self._cloud, sender, "events:PutEvents", arn)
        if name not in events_backends[self._cloud.account_id][region].event_buses:
            raise DeliveryError("NO_RESOURCE", f"Event bus {name} does not exist.", retryable=False)
        if hops < MAX_HOPS:
            self.carry(region, event, name, hops + 1)

    def _gave_up(
        self, rule: Any, target: dict[str, Any], event: Event, error: DeliveryError, retries: int, exhausted: str
    ) -> None:
        """Use the target's dead-letter queue."""
        self._note(rule, target, event, "failed", f"{error.code}: {error}")
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        attributes = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": str(error) or error.code,
            "EXHAUSTED_RETRY_CONDITION": exhausted,
            "RETRY_ATTEMPTS": str(retries),
        }
        names = {"RuleName": rule.name}
        try:
            send_dead_letter(self._cloud, queue, compact(event), attributes, sender=Sender(EVENTS, rule.arn))
        except DeliveryError as lost:
            self._metrics.put(rule.region_name, "AWS/Events", names, InvocationsFailedToBeSentToDlq=1)
            self._note(rule, target, event, "lost", f"dead-letter queue: {lost}")
        else:
            self._metrics.put(rule.region_name, "AWS/Events", names, InvocationsSentToDlq=1)

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


def install(cloud: LocalCloudServer) -> None:
    """Deliver to the targets that moto cannot reach."""
    events = Events(cloud)
    cloud.provide(events)
    cloud.add_bus(events.carry)

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        """Called by moto for each rule of a bus: ours first, then moto's for API destinations."""
        event = {name: value for name, value in dict(original_event).items() if name != "ingestion-time"}
        event["time"] = seconds(event.get("time") or cloud.clock.now())
        events.offer(self, event)
        others = [target for target in self.targets if ":api-destination/" in target["Arn"]]
        if others and str(self.state) != "DISABLED":
            rest = copy.copy(self)
            rest.targets = others
            moto_patches.original(RULE, "send_to_targets")(rest, original_event, transform_input)

    moto_patches.replace(RULE, "send_to_targets", send_to_targets)
