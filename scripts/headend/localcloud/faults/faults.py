"""Faults on purpose: throttling, delays, 5xx errors, functions that die, topics that refuse, a Region that is gone.

Set with `headend local fault`, LocalCloud.fault(…) or the pytest fixture `fault`; they hit requests over HTTP and what
the services hand to each other alike. Chance is seeded: the same faults and the same requests give the same hits.
Source (what the experiments of AWS's own fault injection do): https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from headend.localcloud.aws_request import MODELS
from headend.localcloud.control import body
from headend.localcloud.faults import fault_answers
from headend.localcloud.faults.fault_model import KINDS, Fault, FaultError, read
from headend.localcloud.service_calls import DeliveryError, region_of

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

NOTED_SECONDS = 1.0
"""Hits of one fault are put on the timeline at most this often, with their number."""
ON_REQUESTS = frozenset({"throttle", "latency", "error"})
NOT_NOTED = frozenset({"id", "kind", "region", "text"})
PUBLISHES = frozenset({"Publish", "PublishBatch"})


class Faults:
    """The faults of a local cloud. Thread-safe."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._faults: dict[str, Fault] = {}
        self._ended: dict[str, threading.Event] = {}
        self._noted: dict[str, float] = {}
        self._number = 0

    # What there is

    def add(self, settings: Mapping[str, Any]) -> Fault:
        """Begin a fault; see fault_model.read for `settings`. Raises FaultError."""
        fault = read(settings)
        with self._lock:
            self._number += 1
            fault.id = f"fault-{self._number}"
            fault.chance = Random(f"{fault.kind}/{fault.seed}")  # noqa: S311 - chance, not a secret
            self._faults[fault.id] = fault
            self._ended[fault.id] = threading.Event()
        limits = [f"for {fault.seconds:g} s"] if fault.seconds else []
        limits += [f"{fault.count} times"] if fault.count else []
        self._note(fault, "begins", f"{fault} begins{' ' if limits else ''}{', '.join(limits)}")
        if fault.seconds is not None:
            self._end_in_time(fault, fault.seconds)
        return fault

    def shown(self) -> list[dict[str, Any]]:
        """The faults that there are, oldest first."""
        with self._lock:
            return [fault.shown() for fault in self._faults.values()]

    def clear(self, identifier: str | None = None) -> list[str]:
        """End one fault or all; returns their ids. Raises FaultError for an id that there is not."""
        with self._lock:
            if identifier is not None and identifier not in self._faults:
                raise FaultError(f"no fault {identifier!r}; there are: {', '.join(self._faults) or 'none'}")
            ended = [identifier] if identifier else list(self._faults)
            for one in ended:
                self._end(one)
        return ended

    @contextmanager
    def during(self, kind: str, **settings: Any) -> Iterator[Fault]:
        """A fault that lasts as long as the block."""
        fault = self.add({"kind": kind, **{name.rstrip("_"): value for name, value in settings.items()}})
        try:
            yield fault
        finally:
            with self._lock:
                if fault.id in self._faults:
                    self._end(fault.id)

    # Whom they hit

    def gate(self, request: AwsRequest) -> Response | None:
        """The answer of a fault to a request over HTTP, if one hits it."""
        if not self._faults:
            return None
        if gone := self._hit({"region-gone"}, region=request.region):
            self._wait(gone)
            return fault_answers.Dropped()
        topic = str(request.parameters.get("TopicArn", "")) if self._refuses_topics(request) else ""
        if topic and (refusal := self._hit({"topic-publish"}, topic=topic, region=request.region)):
            return fault_answers.answer(request, *_topic_error(refusal, topic))
        for fault in self._hits(ON_REQUESTS, request.service, request.region, lambda: request.operation):
            if fault.kind == "latency":
                self._wait(fault)
            elif fault.kind == "throttle":
                code, status = fault_answers.throttling(request.model, request.service, request.operation)
                return fault_answers.answer(request, code, "Rate exceeded", status)
            else:
                code = fault_answers.broken(request.model, request.service, request.operation, fault.status)
                return fault_answers.answer(request, code, "The service failed (a fault on purpose).", fault.status)
        return None

    def check_call(self, action: str, arn: str) -> None:
        """Let the faults hit what one service hands to another in process. Raises DeliveryError.

        `action` is IAM's, such as sqs:SendMessage; `arn` is the receiver.
        """
        if not self._faults:
            return
        service, _, name = action.partition(":")
        operation = {"InvokeFunction": "Invoke"}.get(name, name)
        region = region_of(arn)
        if self._hit({"region-gone"}, region=region):
            raise DeliveryError("CONNECTION_FAILURE", f"{region} does not answer", retryable=True)
        if service == "sns" and (refusal := self._hit({"topic-publish"}, topic=arn, region=region)):
            code, message, status = _topic_error(refusal, arn)
            raise DeliveryError(_delivery_code(code, status), message, retryable=status >= 500)
        for fault in self._hits(ON_REQUESTS, service, region, lambda: operation):
            model = MODELS.get(service, service)
            if fault.kind == "latency":
                self._wait(fault)
            elif fault.kind == "throttle":
                code, _ = fault_answers.throttling(model, service, operation)
                raise DeliveryError("THROTTLING", f"{code}: Rate exceeded", retryable=True)
            else:
                code = fault_answers.broken(model, service, operation, fault.status)
                raise DeliveryError("ERROR_FROM_TARGET", f"{code}: the service failed", retryable=True)

    def check_delivery(self, topic_arn: str) -> None:
        """Let the faults hit the delivery of a topic's message to one subscriber. Raises DeliveryError."""
        if self._faults and (fault := self._hit({"topic-delivery"}, topic=topic_arn, region=region_of(topic_arn))):
            code, _, status = _topic_error(fault, topic_arn)
            raise DeliveryError(code, f"the subscriber answered {status}", retryable=status >= 500)

    def of_function(self, region: str, name: str) -> str | None:
        """How a call of a function fails: `crash`, `timeout`, `out-of-memory`, or None."""
        kinds = {"function-crash", "function-timeout", "function-out-of-memory"}
        fault = self._hit(kinds, function=name, region=region) if self._faults else None
        return fault.kind.removeprefix("function-") if fault else None

    def region_gone(self, region: str) -> bool:
        """Whether a Region is gone; this counts as no hit."""
        return any(fault.kind == "region-gone" and fault.region == region for fault in list(self._faults.values()))

    # Inside

    def _refuses_topics(self, request: AwsRequest) -> bool:
        present = any(fault.kind == "topic-publish" for fault in list(self._faults.values()))
        return present and request.service == "sns" and request.operation in PUBLISHES

    def _hits(self, kinds: frozenset[str], service: str, region: str, operation: Any) -> Iterator[Fault]:
        """The faults on requests that hit, oldest first; the operation is asked for only when one needs it."""
        for fault in list(self._faults.values()):
            if fault.kind not in kinds or fault.service not in ("", service) or fault.region not in ("", region):
                continue
            name = operation()
            if fault.operation in ("", name) and self._strikes(fault, f"{service} {name}", region):
                yield fault

    def _hit(self, kinds: set[str], *, region: str, topic: str = "", function: str = "") -> Fault | None:
        for fault in list(self._faults.values()):
            if fault.kind not in kinds or fault.region not in ("", region):
                continue
            if fault.topic not in ("", topic.rpartition(":")[2]) or fault.function not in ("", function):
                continue
            if self._strikes(fault, topic or function or region, region):
                return fault
        return None

    def _strikes(self, fault: Fault, whom: str, region: str) -> bool:
        """Draw; count and note a hit, and end a fault that has had its number."""
        with self._lock:
            if fault.id not in self._faults or fault.chance.random() >= fault.rate:
                return False
            fault.hits += 1
            now = self._cloud.clock.time()
            if abs(now - self._noted.get(fault.id, 0.0)) >= NOTED_SECONDS:
                self._noted[fault.id] = now
                self._note(fault, "hit", f"{fault} hits {whom}", region=region, whom=whom)
            if fault.count is not None and fault.hits >= fault.count:
                self._end(fault.id)
            return True

    def _wait(self, fault: Fault) -> None:
        """Hold up whoever is hit, as long as the fault lasts."""
        if fault.latency:
            self._cloud.clock.wait(self._ended.get(fault.id, self._cloud.stopping), fault.latency)

    def _end_in_time(self, fault: Fault, seconds: float) -> None:
        ended = self._ended[fault.id]

        def end() -> None:
            if not self._cloud.clock.wait(ended, seconds):
                with self._lock:
                    if fault.id in self._faults:
                        self._end(fault.id)

        self._cloud.spawn(f"{fault.id}-end", end)

    def _end(self, identifier: str) -> None:
        fault = self._faults.pop(identifier)
        self._noted.pop(identifier, None)
        self._ended.pop(identifier).set()
        self._note(fault, "ends", f"{fault} ends after {fault.hits} {'hit' if fault.hits == 1 else 'hits'}")

    def _note(self, fault: Fault, what: str, summary: str, region: str = "", **more: Any) -> None:
        settings = {name: value for name, value in fault.shown().items() if name not in NOT_NOTED}
        detail = {"id": fault.id, "fault": fault.kind, "what": what, **settings, **more}
        self._cloud.timeline.record("fault", fault.region or region, fault.id, summary, **detail)


def _topic_error(fault: Fault, arn: str) -> tuple[str, str, int]:
    """(code, message, status) of a topic that refuses."""
    if fault.status >= 500:
        return "InternalError", "The topic failed (a fault on purpose).", fault.status
    if fault.status == 429:
        return "Throttled", "Rate exceeded", fault.status
    return "AuthorizationError", f"not authorized to perform: SNS:Publish on resource: {arn}", fault.status


def _delivery_code(code: str, status: int) -> str:
    return "ERROR_FROM_TARGET" if status >= 500 else "THROTTLING" if code == "Throttled" else "NO_PERMISSIONS"


def install(cloud: LocalCloudServer) -> None:
    """Be the first gate, and answer /_headend/faults."""
    faults = Faults(cloud)
    cloud.provide(faults)
    cloud.add_gate(faults.gate)

    def clear(request: Request) -> dict[str, Any]:
        return {"cleared": faults.clear(request.args.get("id"))}

    cloud.control.add("GET", "faults", lambda _: {"faults": faults.shown(), "kinds": KINDS})
    cloud.control.add("POST", "faults", lambda request: faults.add(body(request)).shown())
    cloud.control.add("DELETE", "faults", clear)

    def clear_all() -> None:
        faults.clear()

    cloud.at_the_end(clear_all)
