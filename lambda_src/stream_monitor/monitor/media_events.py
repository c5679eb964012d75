"""Reads what MediaConnect says of a flow: seven kinds of events, in every shape that AWS documents.

Below https://docs.aws.amazon.com/mediaconnect/latest/ug/: monitoring-cloudwatch-events-alert.html, …-flow-health.html,
…-flow-maintenance.html, …-flow-state-change.html, …-output-health.html, …-source-health.html and
monitoring-eventbridge-events-content-quality.html. Older documents say `source_state` of a source where newer ones say
`state`, and part an ARN's id by colons. Keys are read whatever their case and whatever parts their words, flags as
booleans or as text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.arns import canonical, is_flow_arn
from monitor.errors import InvalidEvent

SOURCE = "aws.mediaconnect"
ALERT, FLOW_HEALTH, SOURCE_HEALTH, OUTPUT_HEALTH = "FlowAlert", "FlowHealth", "SourceHealth", "OutputHealth"
CONTENT_QUALITY, FAILOVER_SWITCH = "ContentQuality", "FailoverSwitch"

_ALIVE = frozenset({"CONNECTED", "RECEIVING", "SENDING"})
_DEAD = frozenset({"DISCONNECTED", "IDLE"})
_CONTENT = {
    "black_frames_duration_breaching": "HIGH",
    "frozen_frames_duration_breaching": "HIGH",
    "video_missing": "HIGH",
    "silent_audio_duration_breaching": "MEDIUM",
    "audio_missing": "MEDIUM",
}
_MAINTENANCE = {
    "SCHEDULED": "scheduled",
    "RESCHEDULED": "scheduled",
    "INPROGRESS": "started",
    "CANCELED": "ended",
    "FAILED": "ended",
    "FINISHED": "ended",
}


@dataclass(frozen=True)
class Fault:
    """Something that is wrong: the name of its issue and its severity.

    Attributes:
        condition: what a later event takes back; None for what happens once and is over.
        resource: the ARN of the source, output or flow.
    """

    metric: str
    severity: str
    condition: str | None
    resource: str


@dataclass(frozen=True)
class MediaEvent:
    """What one event says: what is wrong, the conditions that no longer are, and where maintenance is.

    `maintenance` is "scheduled", "started", "ended" or None.
    """

    flow_arn: str
    faults: tuple[Fault, ...] = ()
    cleared: tuple[str, ...] = ()
    maintenance: str | None = None


def parse(event: Mapping[str, Any]) -> MediaEvent:
    """Read an event whose source is MediaConnect.

    Raises:
        InvalidEvent: it names no flow, or more than one; it is of no kind that is known; or it does not say what its
            kind should.
    """
    kind, detail = event.get("detail-type"), event.get("detail")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise InvalidEvent(f"`detail-type` is no event of a flow: {kind!r:.200}")
    if not isinstance(detail, Mapping):
        raise InvalidEvent("`detail` is no object")
    resources = event.get("resources")
    named = [canonical(one) for one in resources] if isinstance(resources, list) else []
    flow_arns = sorted({arn for arn in named if is_flow_arn(arn)} - {None}, key=str)
    if len(flow_arns) != 1:
        raise InvalidEvent(f"`resources` must name one flow: {resources!r:.500}")
    flow_arn = str(flow_arns[0])
    part = next((arn for arn in named if arn and arn != flow_arn), flow_arn)
    return read(flow_arn, part, detail)


def _alert(flow_arn: str, part: str, detail: Mapping[str, Any]) -> MediaEvent:
    code = _value(detail, "error-code")
    condition = f"{ALERT}#{flow_arn}#{code if isinstance(code, str) and code else 'unknown'}"
    return _said(flow_arn, Fault(ALERT, "HIGH", condition, part), wrong=_flag(detail, "errored"))


def _flow_health(flow_arn: str, part: str, detail: Mapping[str, Any]) -> MediaEvent:  # noqa: ARG001 - as the others
    health = Fault(FLOW_HEALTH, _severity(detail), f"{FLOW_HEALTH}#{flow_arn}", flow_arn)
    told = _said(flow_arn, health, wrong=_unhealthy(detail))
    current, previous = (_object(detail, name) for name in ("current", "previous"))
    switched = _flag(current, "failover_switch", default=False) and not _flag(
        previous, "failover_switch", default=False
    )
    if told.faults or not switched:
        return told
    return MediaEvent(flow_arn, (Fault(FAILOVER_SWITCH, "MEDIUM", None, flow_arn),), told.cleared)


def _source_health(flow_arn: str, part: str, detail: Mapping[str, Any]) -> MediaEvent:
    fault = Fault(SOURCE_HEALTH, _severity(detail), f"{SOURCE_HEALTH}#{part}", part)
    return _said(flow_arn, fault, wrong=_unhealthy(detail))


def _output_health(flow_arn: str, part: str, detail: Mapping[str, Any]) -> MediaEvent:
    return _said(flow_arn, Fault(OUTPUT_HEALTH, "MEDIUM", f"{OUTPUT_HEALTH}#{part}", part), wrong=_unhealthy(detail))


def _content_quality(flow_arn: str, part: str, detail: Mapping[str, Any]) -> MediaEvent:  # noqa: ARG001 - as the others
    """A stream says what is wrong with it, and what no longer is; nothing in a stream says which one it is."""
    impacted = _flag(detail, "impacted")
    streams = _value(detail, "streams")
    if streams is not None and (not isinstance(streams, list) or not all(isinstance(one, Mapping) for one in streams)):
        raise InvalidEvent("`detail.streams` is no list of objects")
    said: dict[str, bool] = {}
    for name, wrong in (pair for stream in streams or [] for pair in _flags(stream)):
        said[name] = said.get(name, False) or wrong
    if not impacted:
        said = dict.fromkeys([*_CONTENT, *said, "content"], False)
    elif not any(said.values()):
        said["content"] = True
    faults = [
        Fault(CONTENT_QUALITY, _CONTENT.get(name) or ("MEDIUM" if "audio" in name else "HIGH"), condition, flow_arn)
        for name, condition in ((name, f"{CONTENT_QUALITY}#{flow_arn}#{name}") for name, wrong in said.items() if wrong)
    ]
    cleared = [f"{CONTENT_QUALITY}#{flow_arn}#{name}" for name, wrong in said.items() if not wrong]
    return MediaEvent(flow_arn, tuple(faults), tuple(cleared))


def _status_change(flow_arn: str, part: str, detail: Mapping[str, Any]) -> MediaEvent:  # noqa: ARG001 - as the others
    """Nothing by itself: the flow's status is asked for."""
    _text(detail, "currentStatus")
    return MediaEvent(flow_arn)


def _maintenance(flow_arn: str, part: str, detail: Mapping[str, Any]) -> MediaEvent:  # noqa: ARG001 - as the others
    status = _text(detail, "currentStatus").upper().replace("_", "")
    if status not in _MAINTENANCE:
        raise InvalidEvent(f"`detail.currentStatus` is no status of a maintenance: {status!r:.200}")
    return MediaEvent(flow_arn, maintenance=_MAINTENANCE[status])


_KINDS = {
    "MediaConnect Alert": _alert,
    "MediaConnect Flow Content Quality": _content_quality,
    "MediaConnect Flow Health": _flow_health,
    "MediaConnect Flow Maintenance": _maintenance,
    "MediaConnect Flow Status Change": _status_change,
    "MediaConnect Output Health": _output_health,
    "MediaConnect Source Health": _source_health,
}


def _said(flow_arn: str, fault: Fault, *, wrong: bool) -> MediaEvent:
    if wrong:
        return MediaEvent(flow_arn, (fault,))
    return MediaEvent(flow_arn, cleared=(str(fault.condition),))


def _unhealthy(detail: Mapping[str, Any]) -> bool:
    """What the event says itself, or else what the state means; an output's event says the state alone."""
    if _value(detail, "unhealthy") is not None:
        return _flag(detail, "unhealthy")
    state = _state(detail)
    if state not in _ALIVE | _DEAD:
        raise InvalidEvent(f"`detail` says neither `unhealthy` nor a known state: {state!r:.200}")
    return state in _DEAD


def _severity(detail: Mapping[str, Any]) -> str:
    """A stream that still arrives has errors (TR 101 290), which the alarm catalogue calls MEDIUM, too."""
    return "MEDIUM" if _state(detail) in _ALIVE else "HIGH"


def _state(detail: Mapping[str, Any]) -> str:
    current = _object(detail, "current")
    return str(_value(current, "state") or _value(current, "source_state")).upper()


def _flags(stream: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """What a stream says: the flags that are documented, and others that are there."""
    documented = {_plain(name): name for name in _CONTENT}
    for key, value in stream.items():
        name = documented.get(_plain(key))
        if name is not None:
            yield name, _flag(stream, name)
        elif isinstance(value, bool):
            yield str(key), value


def _plain(key: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(key).lower())


def _value(mapping: Mapping[str, Any], name: str) -> Any:
    """The value of a key, whatever its case and whatever parts its words: source_state, sourceState, SourceState."""
    if name in mapping:
        return mapping[name]
    return next((value for key, value in mapping.items() if _plain(key) == _plain(name)), None)


def _object(mapping: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = _value(mapping, name)
    return value if isinstance(value, Mapping) else {}


def _text(mapping: Mapping[str, Any], name: str) -> str:
    value = _value(mapping, name)
    if not isinstance(value, str) or not value:
        raise InvalidEvent(f"`detail.{name}` is missing")
    return value


def _flag(mapping: Mapping[str, Any], name: str, *, default: bool | None = None) -> bool:
    value = _value(mapping, name)
    if value is None and default is not None:
        return default
    found = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    if found is None:
        raise InvalidEvent(f"`{name}` is neither true nor false: {value!r:.200}")
    return found
