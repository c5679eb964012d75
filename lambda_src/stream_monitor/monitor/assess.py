"""The assessment that the response workflow asks for: the flow's health, each source's, and what to do.

The flow's health is `monitor.check`'s, on a shorter window; sources are judged by `monitor.sources`, and
`monitor.decision` decides.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from monitor import decision, flows, metrics, settings, sources
from monitor.arns import is_flow_arn
from monitor.check import check_flow
from monitor.errors import InvalidEvent, MonitorError
from monitor.events import Request

_SECONDS = {"type": "integer", "minimum": 0, "maximum": 86400}
_STATES = {"type": ["array", "null"], "items": {"enum": list(decision.STATES)}}
_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": [
        *("cool_down_seconds", "dead_seconds", "degraded_severities", "maximum_switches_per_hour", "redundancy"),
        *("resolution_seconds", "restart", "restart_cool_down_seconds", "rules", "switch", "window_seconds"),
    ],
    "properties": {
        "cool_down_seconds": _SECONDS,
        "dead_seconds": _SECONDS,
        "degraded_severities": {"type": "array", "items": {"enum": list(settings.SEVERITIES)}},
        "maximum_switches_per_hour": {"type": "integer", "minimum": 0},
        "redundancy": {"type": "boolean"},
        "resolution_seconds": {**_SECONDS, "minimum": 1},
        "restart": {"type": "boolean"},
        "restart_cool_down_seconds": _SECONDS,
        "switch": {"type": "boolean"},
        "window_seconds": {**_SECONDS, "minimum": 1},
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "action"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "action": {"enum": list(decision.ACTIONS)},
                    "selected": _STATES,
                    "other": _STATES,
                    "every": _STATES,
                    "flow_issues": {"type": ["array", "null"], "items": {"type": "string"}},
                    "bad_seconds": _SECONDS,
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Response:
    """`response_config`: how sources are judged, and what is done when."""

    window: int
    resolution: int
    dead: int
    severities: frozenset[str]
    redundancy: bool
    rules: tuple[decision.Rule, ...]
    limits: decision.Limits


def assess(payload: Mapping[str, Any], mediaconnect: Any, cloudwatch: Any, now: datetime) -> dict[str, Any]:
    """Say how the flow and its sources are and what to do.

    Args:
        payload: {"flow_arn", "config": "<monitor_config>", "response": "<response_config>", "incident": {"id",
            "opened_at", "muted_until"}, "memory": {"switches": [ms], "restarts": [ms], "restart_approved": bool,
            "maintenance": bool, "action": null or {"kind", "source", "at": ms}}, "execution": {"arn", …}}.
        mediaconnect, cloudwatch: boto3 clients.
        now: the time of the assessment, in UTC.

    Returns:
        What `monitor.check` returns, with `sources`, `decision` and `helped`: whether memory.action did, or null.

    Raises:
        InvalidEvent, UnknownFlow, Throttled, MonitorError: nothing else.
    """
    flow_arn = payload.get("flow_arn")
    if not is_flow_arn(flow_arn):
        raise InvalidEvent(f"`flow_arn` is no ARN of a MediaConnect flow: {str(flow_arn)[:200]!r}")
    assert isinstance(flow_arn, str)  # noqa: S101 - is_flow_arn says so; this tells the type checker
    response = parse(payload.get("response"))
    memory = _mapping(payload.get("memory"))
    execution = _mapping(payload.get("execution"))
    request = Request(flow_arn, None, "assess")
    flow = settings.parse(payload.get("config")).flow_for(request)
    # What was, minutes ago, the alert has told already.
    shorter = min(flow.window, max(response.window, flow.resolution))
    described = flows.described(mediaconnect, flow_arn)
    status = str(described["Status"])
    result = check_flow(replace(flow, window=shorter), request, status, cloudwatch, now, now)
    verdicts = _verdicts(described, status, flow, response, memory, cloudwatch, now)
    found = tuple(one.for_decision() for one in verdicts)
    issues = _issues(result["issues"], verdicts, response)
    incident = _mapping(payload.get("incident"))
    situation = decision.Situation(
        flow_status=status,
        failover=sources.failover_mode(described),
        sources=found,
        now=_milliseconds(now),
        issues=frozenset(str(issue["metric"]) for issue in issues),
        muted=_muted(result, memory),
        memory=decision.Memory(
            switches=_times(memory.get("switches")),
            restarts=_times(memory.get("restarts")),
            restart_approved=memory.get("restart_approved") is True,
        ),
    )
    action = _mapping(memory.get("action"))
    return {
        **result,
        "healthy": not issues,
        "issues": issues,
        "transition_id": f"{incident.get('id') or execution.get('arn')}@{result['time']}",
        "muted_until": result.get("muted_until"),
        "sources": [one.as_dict() for one in verdicts],
        "decision": decision.decide(situation, response.rules, response.limits).as_dict(),
        "helped": decision.helped(action, found) if action else None,
    }


def parse(config: object) -> Response:
    """Read `response_config`, JSON text; the same text is read once.

    Raises:
        MonitorError: it is not what HCL should have written.
    """
    if not isinstance(config, str):
        raise MonitorError("response_config is missing: the workflow passes it as text")
    return _parse(config)


@lru_cache(maxsize=4)
def _parse(config: str) -> Response:
    try:
        document = json.loads(config)
        validate(event=document, schema=_SCHEMA)
    except SchemaValidationError as error:
        raise MonitorError(f"response_config is not valid: {error.validation_message or error}") from error
    except (ValueError, RecursionError) as error:
        raise MonitorError(f"response_config is no JSON: {error}") from error
    return Response(
        window=int(document["window_seconds"]),
        resolution=int(document["resolution_seconds"]),
        dead=int(document["dead_seconds"]),
        severities=frozenset(document["degraded_severities"]),
        redundancy=document["redundancy"],
        rules=tuple(_rule(rule) for rule in document["rules"]),
        limits=decision.Limits(
            cool_down_seconds=int(document["cool_down_seconds"]),
            maximum_switches_per_hour=int(document["maximum_switches_per_hour"]),
            restart_allowed=document["restart"],
            restart_cool_down_seconds=int(document["restart_cool_down_seconds"]),
            switch_allowed=document["switch"],
        ),
    )


def _rule(rule: Mapping[str, Any]) -> decision.Rule:
    def of(name: str) -> frozenset[str] | None:
        return None if rule.get(name) is None else frozenset(rule[name])

    return decision.Rule(
        name=rule["name"],
        action=rule["action"],
        selected=of("selected"),
        other=of("other"),
        every=of("every"),
        flow_issues=of("flow_issues"),
        bad_seconds=int(rule.get("bad_seconds") or 0),
    )


def _verdicts(
    described: Mapping[str, Any],
    status: str,
    flow: settings.FlowSettings,
    response: Response,
    memory: Mapping[str, Any],
    cloudwatch: Any,
    now: datetime,
) -> list[sources.Verdict]:
    criteria = sources.Criteria(
        thresholds=tuple(t for t in flow.thresholds if t.metric.startswith("Source") and t.metric != sources.SELECTED),
        threshold_seconds=flow.resolution,
        severities=response.severities,
        window=response.window,
        dead=response.dead,
        no_data=flow.no_data,
    )
    known = sources.of_flow(described)
    if status not in flows.RUNNING:
        nothing = ("the flow does not run",)
        return [sources.Verdict(one, None, decision.UNKNOWN, 0, nothing, (), {}) for one in known]
    earliest = now - timedelta(seconds=max(response.window, flow.no_data) + response.dead)
    period = metrics.period_for(response.resolution, earliest, now)
    start, end = metrics.align(earliest, period), metrics.align(now + timedelta(seconds=1), period, up=True)
    series = sources.wanted(criteria)
    found = [(one, metrics.fetch(cloudwatch, one.arn, series, period, start, end, "SourceARN")) for one in known]
    done_at = _time(_mapping(memory.get("action")).get("at"))
    since = None
    if done_at is not None:
        # What MediaConnect does takes a moment: the first period after an action does not count.
        since = datetime.fromtimestamp(done_at / 1000, UTC) + timedelta(seconds=response.resolution)
    merging = sources.failover_mode(described) == decision.MERGE
    return sources.judge(found, criteria, now, merging, since)


def _issues(found: list[dict[str, Any]], verdicts: list[sources.Verdict], response: Response) -> list[dict[str, Any]]:
    """The flow's issues, and what the check of the flow as a whole does not see of its sources."""
    issues = list(found)
    if not response.redundancy:
        return issues
    known = {issue["metric"] for issue in issues}
    for one in verdicts:
        if one.state == decision.DEGRADED:
            new = [i for i in one.issues if i.severity in response.severities and i.metric not in known]
            issues += [issue.as_dict() for issue in new]
            known |= {issue.metric for issue in new}
    if any(one.state == decision.DEAD for one in verdicts) and "SourceHealth" not in known:
        alive = any(one.state == decision.HEALTHY for one in verdicts)
        severity = "LOW" if alive else "HIGH"
        issues.append({"metric": "SourceHealth", "value": 1, "unit": "Count", "threshold": 1, "severity": severity})
    return issues


def _muted(result: Mapping[str, Any], memory: Mapping[str, Any]) -> str | None:
    if memory.get("maintenance") is True:
        return "AWS maintains the flow: nothing is done until that is over"
    until = result.get("muted_until")
    return f"the flow is muted until {until}: nothing is done" if until else None


def _times(value: object) -> tuple[int, ...]:
    times = [_time(one) for one in value] if isinstance(value, list) else []
    return tuple(one for one in times if one is not None)


def _time(value: object) -> int | None:
    """A time in milliseconds since the epoch, before the year 5000; None for anything else."""
    return int(value) if isinstance(value, int | float) and 0 < value < 1e14 else None


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
