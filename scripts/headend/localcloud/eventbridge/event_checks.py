"""What EventBridge refuses: entries of PutEvents, targets of PutTargets, with its words.

Sources: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import ValidationException

from headend.localcloud.eventbridge.event_input import RESERVED, placeholders

MAX_ENTRIES = 10
MAX_REQUEST_BYTES = 256 * 1024
MAX_TARGETS = 5
MAX_TARGETS_A_REQUEST = 100
MAX_TEMPLATE = 8_192
MAX_PATHS = 100
MAX_PATTERN = 4_096
TARGET_ID = re.compile(r"[\.\-_A-Za-z0-9]+")
VARIABLE = re.compile(r"[A-Za-z0-9\_\-]+")
ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:.+")
NEED_ROLE = ("states", "kinesis", "firehose")
"""Services whose targets EventBridge reaches by a role only."""


def put_events_request(entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a whole request. Raises ValidationException."""
    if len(entries) > MAX_ENTRIES:
        shown = ", ".join(_shown(entry) for entry in entries)
        raise _constraint(f"[{shown}]", "entries", f"Member must have length less than or equal to {MAX_ENTRIES}")
    if sum(entry_bytes(entry) for entry in entries) > MAX_REQUEST_BYTES:
        raise ValidationException("Total size of the entries in the request is over the limit.")


def entry_bytes(entry: Mapping[str, Any]) -> int:
    """The size of an entry: 14 for a time, and the UTF-8 bytes of source, detail type, detail and resources.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
    """
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or [])]
    return (14 if entry.get("Time") is not None else 0) + sum(len(str(text).encode()) for text in texts if text)


def entry_refusal(entry: Mapping[str, Any]) -> dict[str, str] | None:
    """The answer to one entry that is not accepted; None for the others."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    if str(entry["Source"]).startswith("aws."):
        return {
            "ErrorCode": "NotAuthorizedForSourceException",
            "ErrorMessage": "Not authorized for the source.",
        }
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def put_targets_request(known: Sequence[str], targets: Sequence[Mapping[str, Any]]) -> None:
    """Refuse targets that PutTargets would not take beside those with the ids in `known`. Raises moto's errors."""
    if len(targets) > MAX_TARGETS_A_REQUEST:
        raise _constraint(
            "[Target]", "targets", f"Member must have length less than or equal to {MAX_TARGETS_A_REQUEST}"
        )
    for number, target in enumerate(targets, 1):
        _identifier(str(target.get("Id", "")), f"targets.{number}.member.id")
    for number, target in enumerate(targets, 1):
        _target(target, number)
    if len({*known, *(str(target["Id"]) for target in targets)}) > MAX_TARGETS:
        raise JsonRESTError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def _identifier(text: str, place: str) -> None:
    if not TARGET_ID.fullmatch(text):
        raise _constraint(text, place, rf"Member must satisfy regular expression pattern: {TARGET_ID.pattern}")
    if len(text) > 64:
        raise _constraint(text, place, "Member must have length less than or equal to 64")


def _target(target: Mapping[str, Any], number: int) -> None:
    name, arn = target["Id"], str(target.get("Arn", ""))
    if not ARN.fullmatch(arn):
        raise ValidationException(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    if sum(target.get(way) is not None for way in ("Input", "InputPath", "InputTransformer")) > 1:
        raise ValidationException(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
        )
    if target.get("Input") is not None and not _is_json(str(target["Input"])):
        raise ValidationException(f"JSON syntax error in input for target {name}.")
    if target.get("InputTransformer") is not None:
        _transformer(target["InputTransformer"], str(name), f"targets.{number}.member.inputTransformer")
    if ":sqs:" in arn and arn.endswith(".fifo") and not target.get("SqsParameters"):
        raise ValidationException(f"Parameter(s) SqsParameters must be specified for target: {name}.")
    if arn.split(":")[2] in NEED_ROLE and not target.get("RoleArn"):
        raise ValidationException(f"RoleArn is required for target {arn}.")
    queue = (target.get("DeadLetterConfig") or {}).get("Arn", "")
    if queue.endswith(".fifo"):
        raise ValidationException(f"Parameter DeadLetterConfig is not valid. Reason: {queue} is not a standard queue.")
    _retries(target.get("RetryPolicy") or {}, number)


def _transformer(transformer: Mapping[str, Any], name: str, place: str) -> None:
    template = str(transformer.get("InputTemplate") or "")
    if not 1 <= len(template) <= MAX_TEMPLATE:
        bound = f"less than or equal to {MAX_TEMPLATE}" if template else "greater than or equal to 1"
        raise _constraint(template, f"{place}.inputTemplate", f"Member must have length {bound}")
    paths = transformer.get("InputPathsMap") or {}
    if len(paths) > MAX_PATHS:
        raise _constraint(
            json.dumps(paths), f"{place}.inputPathsMap", f"Member must have length less than or equal to {MAX_PATHS}"
        )
    for variable in paths:
        if not VARIABLE.fullmatch(variable) or variable.lower().startswith("aws"):
            raise ValidationException(f"InputPathsMap for target {name} contains invalid variable name {variable}.")
    for variable in placeholders(template):
        if variable not in paths and variable not in RESERVED:
            raise ValidationException(f"InputTemplate for target {name} contains invalid placeholder {variable}.")


def _retries(policy: Mapping[str, Any], number: int) -> None:
    for name, low, high in (("MaximumRetryAttempts", 0, 185), ("MaximumEventAgeInSeconds", 60, 86_400)):
        value = policy.get(name)
        if value is not None and not low <= int(value) <= high:
            place = f"targets.{number}.member.retryPolicy.{name[0].lower()}{name[1:]}"
            bound = f"less than or equal to {high}" if int(value) > high else f"greater than or equal to {low}"
            raise _constraint(str(value), place, f"Member must have value {bound}")


def _constraint(value: str, place: str, constraint: str) -> ValidationException:
    return ValidationException(
        f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: {constraint}"
    )


def pattern_length(text: str | None) -> None:
    """Refuse a pattern that is too long. Raises ValidationException."""
    if text and len(text) > MAX_PATTERN:
        raise _constraint(text, "eventPattern", f"Member must have length less than or equal to {MAX_PATTERN}")


def tested_event(text: str) -> dict[str, Any]:
    """The event of TestEventPattern, which has to have an event's fields. Raises ValidationException."""
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    required = ("id", "account", "source", "time", "region", "detail-type")
    if not isinstance(event, dict) or any(not isinstance(event.get(name), str) for name in required):
        raise ValidationException("Parameter Event is not valid.")
    return event


def seconds(moment: datetime | float | str) -> str:
    """A moment as events have it: 2026-01-01T00:00:00Z."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, tz=UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _shown(entry: Mapping[str, Any]) -> str:
    """An entry as AWS writes it into messages."""
    names = ("Time", "Source", "Resources", "DetailType", "Detail", "EventBusName", "TraceHeader")
    parts = [f"{name[0].lower()}{name[1:]}={'null' if entry.get(name) is None else entry[name]}" for name in names]
    return f"PutEventsRequestEntry({', '.join(parts)})"
