"""The check: from what started the workflow to a verdict on the flow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor import events, flows, media_events, metrics, settings, thresholds
from monitor.errors import DatapointsPending, InvalidEvent, MonitorError, UnknownFlow
from monitor.mute import muted_until

_LONGEST_LOOK_BACK = timedelta(days=1)
_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """Which datapoints to ask for and which to judge: `start` ≤ `judge_from`, periods in seconds, `end` exclusive."""

    start: datetime
    judge_from: datetime
    end: datetime
    period: int


def check(payload: object, mediaconnect: Any, cloudwatch: Any, now: datetime) -> dict[str, Any]:
    """Check the flow that the payload is about.

    Args:
        payload: `{"event": …, "config": "<monitor_config>", "execution": {"arn", "name", "started"}}`.
        mediaconnect, cloudwatch: boto3 clients.
        now: the time of the check, in UTC.

    Returns:
        The result that the workflow passes on: flow_name, flow_arn, flow_key, flow_status, time (ISO 8601, UTC),
        healthy, issues, values, alarm, transition_id; where MediaConnect's own event started it, cleared (the
        conditions that no longer hold) and maintenance; where the deployment knows mute windows, muted_until.

    Raises:
        InvalidEvent, UnknownFlow, Throttled, DatapointsPending, MonitorError: nothing else.
    """
    if not isinstance(payload, Mapping) or "event" not in payload:
        raise InvalidEvent("the payload has no `event`")
    found = payload.get("execution")
    execution = found if isinstance(found, Mapping) else {}
    request = events.parse(payload["event"], str(execution.get("arn")))
    if request.alarm and request.alarm.transition > now + _CLOCK_SKEW:
        raise InvalidEvent(f"the transition lies in the future: {request.alarm.transition_text}")
    known = settings.parse(payload.get("config"))
    if request.media:
        return _told(known, request, request.media, mediaconnect, now)
    flow = known.flow_for(request)
    status = flows.describe(mediaconnect, flow.arn).status
    return check_flow(flow, request, status, cloudwatch, now, events.parse_time(execution.get("started")) or now)


def check_flow(
    flow: settings.FlowSettings,
    request: events.Request,
    status: str,
    cloudwatch: Any,
    now: datetime,
    waiting_since: datetime,
) -> dict[str, Any]:
    """Check a flow of this status by its metrics; returns and raises as `check`, without an event's fields."""
    issues: list[thresholds.Issue] = []
    values: dict[str, float | None] = {threshold.metric: None for threshold in flow.thresholds}
    if status in flows.RUNNING:
        issues, values = _judge(flow, request.alarm, cloudwatch, now, waiting_since)
    elif status == flows.ERROR:
        issues = [thresholds.FLOW_ERROR]
    return _result(flow, request, status, issues, values, now)


def _told(
    known: settings.Settings, request: events.Request, media: media_events.MediaEvent, mediaconnect: Any, now: datetime
) -> dict[str, Any]:
    """What MediaConnect's event says. Metrics are minutes behind it: alarms speak for them."""
    try:
        flow = known.flow_for(request)
    except UnknownFlow as error:
        # The rule knows a flow by its name alone: this is another one of that name.
        raise InvalidEvent(str(error)) from error
    try:
        described = flows.describe(mediaconnect, flow.arn)
    except UnknownFlow:
        described = flows.Flow(flows.DELETING)
    issues = [_issue(fault, described) for fault in media.faults if _counts(fault, described)]
    if described.status == flows.ERROR:
        issues.insert(0, thresholds.FLOW_ERROR)
    conditions = {fault.condition for fault in media.faults} - {issue.condition for issue in issues}
    return {
        **_result(flow, request, described.status, issues, {t.metric: None for t in flow.thresholds}, now),
        "cleared": [*media.cleared, *sorted(condition for condition in conditions if condition)],
        "maintenance": media.maintenance,
    }


def _counts(fault: media_events.Fault, described: flows.Flow) -> bool:
    """Whether it is wrong: a flow that is off, or an output that is switched off, carries nothing by intent."""
    if fault.metric == media_events.ALERT:
        return described.status in flows.RUNNING | {flows.ERROR, "STARTING"}
    return described.status in flows.RUNNING and fault.resource not in described.disabled_outputs


def _issue(fault: media_events.Fault, described: flows.Flow) -> thresholds.Issue:
    redundant = fault.metric == media_events.SOURCE_HEALTH and described.sources > 1
    severity = "LOW" if redundant else fault.severity
    return thresholds.Issue(fault.metric, 1, "Count", 1, severity, fault.condition)


def _result(
    flow: settings.FlowSettings,
    request: events.Request,
    status: str,
    issues: list[thresholds.Issue],
    values: dict[str, float | None],
    now: datetime,
) -> dict[str, Any]:
    result = {
        "flow_name": flow.name,
        "flow_arn": flow.arn,
        "flow_key": flow.key,
        "flow_status": status,
        "time": _iso(now),
        "healthy": not issues,
        "issues": [issue.as_dict() for issue in issues],
        "values": values,
        "alarm": _alarm(request.alarm),
        "transition_id": request.transition_id,
    }
    if flow.mute_windows is not None:
        until = muted_until(flow.mute_windows, now)
        result["muted_until"] = _iso(until) if until else None
    return result


def _judge(
    flow: settings.FlowSettings, alarm: events.Alarm | None, cloudwatch: Any, now: datetime, waiting_since: datetime
) -> tuple[list[thresholds.Issue], dict[str, float | None]]:
    """Issues and values of a flow that runs, where no datapoints are an issue too."""
    window = _window(flow, alarm, now)
    series = [(threshold.metric, threshold.statistic) for threshold in flow.thresholds]
    found = metrics.fetch(cloudwatch, flow.arn, series, window.period, window.start, window.end)
    issues, values = thresholds.evaluate(flow.thresholds, found, window.judge_from, now)
    if alarm and alarm.state == events.OK:
        waited = now - min(alarm.transition, waiting_since)
        silent = _silent_since_transition(flow, alarm, found, window, waited)
    else:
        silent = _silent(flow, alarm, found, now)
    if found.problems and (silent or not issues):
        raise MonitorError(f"CloudWatch did not answer in full: {'; '.join(dict.fromkeys(found.problems))[:1000]}")
    return ([thresholds.NO_DATA, *issues] if silent else issues), values


def _window(flow: settings.FlowSettings, alarm: events.Alarm | None, now: datetime) -> Window:
    window = timedelta(seconds=flow.window)
    resolution = min([flow.resolution, *(alarm.metrics.values() if alarm else ())])
    oldest = now - _LONGEST_LOOK_BACK
    if alarm and alarm.state == events.OK:
        earliest = max(alarm.transition, now - window)
        period = metrics.period_for(resolution, earliest, now)
        start = judge_from = metrics.align(earliest, period, up=True)
    else:
        earliest = now - window
        if alarm:
            # What made the alarm fire lies before its transition, by as much as its own periods took.
            transition = max(alarm.transition, oldest)
            reach = max(flow.window, 2 * max(alarm.metrics.values(), default=0))
            earliest = min(earliest, transition - timedelta(seconds=reach), alarm.evaluated_from or transition)
        earliest = max(earliest, oldest)
        from_no_data = now - timedelta(seconds=flow.no_data)
        period = metrics.period_for(resolution, min(earliest, from_no_data), now)
        judge_from = metrics.align(earliest, period)
        start = metrics.align(min(earliest, from_no_data), period)
    end = metrics.align(max(now, start) + timedelta(seconds=1), period, up=True)  # the period that is under way counts
    return Window(start=start, judge_from=judge_from, end=end, period=period)


def _silent(flow: settings.FlowSettings, alarm: events.Alarm | None, found: metrics.Datapoints, now: datetime) -> bool:
    """Whether nothing arrived within `no_data`, or nothing of a metric that has to be there.

    An alarm on such a metric may have fired because of two missing periods already.
    """

    def arrived(metric: str, within: int) -> bool:
        end = timedelta(seconds=found.period)
        return any(point.start + end > now - timedelta(seconds=within) for point in found.of(metric))

    if not any(arrived(threshold.metric, flow.no_data) for threshold in flow.thresholds):
        return True
    needed = {threshold.metric for threshold in flow.thresholds if threshold.needs_data}
    own = alarm.metrics if alarm else {}
    return any(not arrived(metric, min(flow.no_data, 2 * own.get(metric, flow.no_data))) for metric in needed)


def _silent_since_transition(
    flow: settings.FlowSettings, alarm: events.Alarm, found: metrics.Datapoints, window: Window, waited: timedelta
) -> bool:
    """Whether an alarm that is OK again is so without evidence, after the time that datapoints may take.

    Raises:
        DatapointsPending: they may still come.
    """

    def arrived(metric: str) -> bool:
        return any(point.start >= window.judge_from for point in found.of(metric))

    watched = {threshold.metric for threshold in flow.thresholds}
    needed = {threshold.metric for threshold in flow.thresholds if threshold.needs_data}
    expected = needed | (watched & set(alarm.metrics))
    missing = sorted(metric for metric in expected if not arrived(metric))
    nothing = not any(arrived(metric) for metric in watched)
    if not missing and not nothing:
        return False
    if waited < timedelta(seconds=flow.datapoint_grace):
        raise DatapointsPending(
            f"no datapoint of {', '.join(missing or sorted(watched))} since {_iso(alarm.transition)}"
        )
    return nothing or any(metric in needed for metric in missing)


def _alarm(alarm: events.Alarm | None) -> dict[str, Any] | None:
    if alarm is None:
        return None
    return {
        "name": alarm.name,
        "state": alarm.state,
        "previous_state": alarm.previous_state,
        "transition_time": _iso(alarm.transition),
        "reason": alarm.reason,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
