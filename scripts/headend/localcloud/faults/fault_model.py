"""What a fault is: its kind, whom it hits, how often and for how long; read from JSON or the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from random import Random
from typing import Any

import botocore.session
from moto.core.utils import get_service_model

from headend.errors import HeadendError
from headend.localcloud.aws_request import MODELS

KINDS: dict[str, str] = {
    "throttle": "requests are refused with the service's throttling error",
    "latency": "requests wait before they are answered",
    "error": "requests fail with a 5xx error",
    "function-crash": "a function's process ends in the middle of a call",
    "function-timeout": "a function does not come back in time",
    "function-out-of-memory": "a function is killed for its memory",
    "topic-publish": "a topic refuses messages",
    "topic-delivery": "a topic's subscribers refuse messages",
    "region-gone": "nobody in a Region answers, its alarms and schedules stand still",
}
"""Kind → what it does."""

REQUESTS = frozenset({"service", "operation", "region", "rate"})
COMMON = frozenset({"kind", "seconds", "count", "seed"})
TAKES: dict[str, frozenset[str]] = {
    "throttle": REQUESTS,
    "latency": REQUESTS | {"latency"},
    "error": REQUESTS | {"status"},
    "function-crash": frozenset({"function", "region", "rate"}),
    "function-timeout": frozenset({"function", "region", "rate"}),
    "function-out-of-memory": frozenset({"function", "region", "rate"}),
    "topic-publish": frozenset({"topic", "region", "rate", "status"}),
    "topic-delivery": frozenset({"topic", "region", "rate", "status"}),
    "region-gone": frozenset({"region", "latency"}),
}
"""The settings that each kind takes, beside those of all kinds."""

REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class FaultError(HeadendError):
    """A fault that cannot be. Its text says what to change."""


@dataclass
class Fault:
    """One fault. Empty text means any; `latency` and `seconds` are seconds of the local cloud's clock.

    `seconds` and `count` end it by themselves after that time or so many hits. `hits` counts what it did.
    """

    kind: str
    service: str = ""
    operation: str = ""
    region: str = ""
    rate: float = 1.0
    function: str = ""
    topic: str = ""
    latency: float = 0.0
    status: int = 0
    seconds: float | None = None
    count: int | None = None
    seed: int = 0
    id: str = ""
    hits: int = 0
    chance: Random = field(default_factory=Random, repr=False, compare=False)

    def shown(self) -> dict[str, Any]:
        """The fault for a reader: what was set, its id and its hits."""
        given = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "chance"}
        kept = {name: value for name, value in given.items() if value not in ("", None) or name == "id"}
        if not self.latency:
            del kept["latency"]
        if not self.status:
            del kept["status"]
        return {**kept, "text": str(self)}

    def __str__(self) -> str:
        """`throttle sqs SendMessage in eu-central-1, 50 %`."""
        words = [self.kind, self.service, self.operation, self.function, self.topic]
        text = " ".join(word for word in words if word)
        if self.region:
            text += f" in {self.region}" if self.kind != "region-gone" else f" {self.region}"
        if self.status:
            text += f", status {self.status}"
        if self.latency:
            text += f", {self.latency:g} s"
        if self.rate < 1:
            text += f", {100 * self.rate:g} %"
        return text


def read(settings: Mapping[str, Any]) -> Fault:
    """The fault that `settings` describe: {kind, service, …, "for": "5m"}. Raises FaultError, one line."""
    given = {name: value for name, value in settings.items() if value is not None and value != ""}
    kind = given.get("kind")
    if kind not in KINDS:
        raise FaultError(f"no kind of fault {kind!r}; there are: {', '.join(KINDS)}")
    if "for" in given:
        given["seconds"] = duration(given.pop("for"), "--for")
    takes = TAKES[kind] | COMMON
    for name in given:
        if name not in takes:
            raise FaultError(f"{kind} takes no {name}; it takes: {', '.join(sorted(takes - {'kind'}))}")
    fault = Fault(
        kind=kind,
        region=str(given.get("region", "")),
        function=_last_part(str(given.get("function", ""))),
        topic=_last_part(str(given.get("topic", ""))),
        rate=_number(given, "rate", 1.0, 0.0, 1.0),
        latency=duration(given["latency"], "--latency") if "latency" in given else 0.0,
        status=int(_number(given, "status", 0, 400, 599)),
        seconds=given.get("seconds"),
        count=int(_number(given, "count", 1, 1, 1_000_000_000)) if "count" in given else None,
        seed=int(_number(given, "seed", 0, 0, 2**63)),
    )
    if fault.region and not REGION.fullmatch(fault.region):
        raise FaultError(f"{fault.region!r} is not a Region's name, such as eu-central-1")
    if "service" in given:
        fault.service = _signing_name(str(given["service"]))
        fault.operation = _operation(str(given["service"]), str(given.get("operation", "")))
    elif "operation" in given:
        raise FaultError(f"say whose operation {given['operation']} is: --service sqs, for instance")
    _complete(fault)
    return fault


def duration(value: Any, what: str = "a duration") -> float:
    """Seconds from a number or a text such as 30s, 5m, 2h, 1d. Raises FaultError."""
    matched = DURATION.fullmatch(str(value).strip())
    seconds = float(matched[1]) * UNIT_SECONDS[matched[2] or "s"] if matched else 0.0
    if seconds <= 0:
        raise FaultError(f"{what} {value}: say how long, such as 30s, 5m or 2h")
    return seconds


def _complete(fault: Fault) -> None:
    """Defaults and needs of each kind."""
    match fault.kind:
        case "latency" if not fault.latency:
            raise FaultError("latency needs --latency: how long a request waits, such as 500ms as 0.5s")
        case "error":
            fault.status = fault.status or 503
            if fault.status < 500:
                raise FaultError(f"--status {fault.status}: an error is 500 to 599; throttle is a kind of its own")
        case "topic-publish" | "topic-delivery":
            fault.status = fault.status or 403
        case "region-gone" if not fault.region:
            raise FaultError("region-gone needs --region: which one")


def _number(given: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = given.get(name, default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if name in given and not low <= number <= high:
        raise FaultError(f"--{name} {value}: a number from {low:g} to {high:g}")
    return number


def _last_part(name: str) -> str:
    """The name in an ARN of a function or topic; a plain name is its own."""
    return name.split(":")[6 if ":function:" in name else 5] if name.startswith("arn:") else name


@cache
def _services() -> dict[str, str]:
    """How people call a service → botocore's name of it: both signing names and botocore's."""
    known = {name: name for name in botocore.session.get_session().get_available_services()}
    return known | MODELS


def _signing_name(service: str) -> str:
    model = _model(service)
    return {known: signing for signing, known in MODELS.items()}.get(model, service)


def _model(service: str) -> str:
    found = _services().get(service.lower())
    if found is None:
        near = get_close_matches(service.lower(), _services(), 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ": use its name in the AWS CLI, such as sqs"
        raise FaultError(f"no service {service!r}{hint}")
    return found


def _operation(service: str, operation: str) -> str:
    if not operation:
        return ""
    names: list[str] = get_service_model(_model(service)).operation_names
    found = next((name for name in names if name.lower() == operation.replace("-", "").lower()), None)
    if found is None:
        near = get_close_matches(operation, names, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise FaultError(f"{service} has no operation {operation!r}{hint}")
    return found
