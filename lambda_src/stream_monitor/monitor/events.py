"""Reads what started the workflow: an alarm's state change, what MediaConnect says of a flow, or a manual check.

The shape of an alarm's event: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor import media_events
from monitor.arns import is_flow_arn
from monitor.errors import InvalidEvent

ALARM, OK = "ALARM", "OK"
NAMESPACE = "AWS/MediaConnect"


@dataclass(frozen=True)
class Alarm:
    """A change of an alarm's state.

    Attributes:
        metrics: periods in seconds of the alarm's metrics; "" stands for other namespaces; empty for a composite alarm.
        evaluated_from: when the oldest datapoint that CloudWatch evaluated began, where the event says so.
    """

    name: str
    state: str
    previous_state: str | None
    transition: datetime
    transition_text: str
    reason: str
    metrics: Mapping[str, int]
    evaluated_from: datetime | None


@dataclass(frozen=True)
class Request:
    """What to check. `flow_arn` is None where only the deployment's map of composite alarms knows the flow."""

    flow_arn: str | None
    alarm: Alarm | None
    transition_id: str
    media: media_events.MediaEvent | None = None


def parse(event: object, execution_arn: str) -> Request:
    """Read the event.

    Raises:
        InvalidEvent: it is neither an alarm's change to ALARM or OK, nor an event of a flow, nor `{"flow_arn": …}`; or
            an ARN is malformed.
    """
    if not isinstance(event, Mapping):
        raise InvalidEvent(f"the event is {type(event).__name__}, not an object")
    if event.get("source") == media_events.SOURCE:
        return _media_request(event, execution_arn)
    if "detail" in event:
        return _alarm_request(event)
    if "flow_arn" not in event:
        raise InvalidEvent("the event has neither `detail` nor `flow_arn`")
    if not is_flow_arn(event["flow_arn"]):
        raise InvalidEvent(f"`flow_arn` is no ARN of a MediaConnect flow: {_short(event['flow_arn'])}")
    return Request(flow_arn=event["flow_arn"], alarm=None, transition_id=f"manual@{execution_arn}")


def _alarm_request(event: Mapping[str, Any]) -> Request:
    detail = event["detail"]
    if not isinstance(detail, Mapping):
        raise InvalidEvent("`detail` is no object")
    name = detail.get("alarmName")
    if not isinstance(name, str) or not name:
        raise InvalidEvent("`detail.alarmName` is missing")
    state, previous = _mapping(detail.get("state")), _mapping(detail.get("previousState"))
    if state.get("value") not in (ALARM, OK):
        raise InvalidEvent(f"`detail.state.value` is neither ALARM nor OK: {_short(state.get('value'))}")
    text = state.get("timestamp") or event.get("time")
    transition = parse_time(text)
    if transition is None:
        raise InvalidEvent(f"`detail.state.timestamp` is no time: {_short(text)}")
    metrics = list(_metrics(_mapping(detail.get("configuration")).get("metrics")))
    alarm = Alarm(
        name=name,
        state=state["value"],
        previous_state=previous["value"] if isinstance(previous.get("value"), str) else None,
        transition=transition,
        transition_text=str(text),
        reason=state["reason"] if isinstance(state.get("reason"), str) else "",
        metrics={metric: period for metric, period, _ in metrics},
        evaluated_from=_evaluated_from(state.get("reasonData")),
    )
    return Request(
        flow_arn=_one_flow({arn for _, _, arn in metrics if arn is not None}),
        alarm=alarm,
        transition_id=f"{name}@{transition.astimezone(UTC).isoformat(timespec='milliseconds')}",
    )


def _media_request(event: Mapping[str, Any], execution_arn: str) -> Request:
    media = media_events.parse(event)
    which = event.get("id")
    said = f"{event['detail-type']}@{which if isinstance(which, str) and which else execution_arn}"
    return Request(flow_arn=media.flow_arn, alarm=None, transition_id=said, media=media)


def _metrics(metrics: object) -> Iterator[tuple[str, int, object]]:
    """Name, period (s) and flow of each metric that is MediaConnect's or names a flow; an expression is neither."""
    for entry in metrics if isinstance(metrics, list) else []:
        stat = _mapping(_mapping(entry).get("metricStat"))
        metric = _mapping(stat.get("metric"))
        arn = _dimension(metric.get("dimensions"), "FlowARN")
        name, period = metric.get("name"), stat.get("period")
        if arn is None and metric.get("namespace") != NAMESPACE:
            continue
        known = isinstance(name, str) and metric.get("namespace") == NAMESPACE
        seconds = period if isinstance(period, int) and not isinstance(period, bool) and 0 < period <= 86400 else 60
        yield (str(name) if known else ""), seconds, arn


def _dimension(dimensions: object, name: str) -> object:
    """The value of a dimension; EventBridge writes an object, the alarm API a list of {name, value}."""
    if isinstance(dimensions, Mapping):
        return dimensions.get(name)
    for entry in dimensions if isinstance(dimensions, list) else []:
        pair = _mapping(entry)
        if name in (pair.get("name"), pair.get("Name")):
            return pair.get("value", pair.get("Value"))
    return None


def _one_flow(arns: set[Any]) -> str | None:
    for arn in arns:
        if not is_flow_arn(arn):
            raise InvalidEvent(f"the FlowARN dimension is no ARN of a MediaConnect flow: {_short(arn)}")
    if len(arns) > 1:
        raise InvalidEvent("the alarm's metrics name more than one flow")
    return next(iter(arns), None)


def _evaluated_from(reason_data: object) -> datetime | None:
    try:
        data = json.loads(reason_data) if isinstance(reason_data, str) else {}
    except (ValueError, RecursionError):
        return None
    return parse_time(_mapping(data).get("startDate"))


def parse_time(text: object) -> datetime | None:
    """A time as AWS writes it (`2026-01-01T00:00:00.000+0000`, `…Z`), in UTC; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _short(value: object) -> str:
    return repr(value)[:200]
