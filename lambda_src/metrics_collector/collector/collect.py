"""One run's collection of a metric type, or of all: hosts, series, datapoints, objects, and the list of those."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collector import datapoints, hosts, series
from collector.errors import CollectionIncomplete, CollectorError, InvalidRequest, Throttled
from collector.objects import ObjectWriter, put
from collector.settings import FLOW, HOST, Settings, parse

ALL = "all"
MOST_SILENT = 10
"""Hosts without data that a result names; all of them are in the manifest."""
_RUN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}")
_FAILURES = (CollectionIncomplete, CollectorError, Throttled)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clients:
    """boto3's clients that a collection uses, and the time (UTC)."""

    cloudwatch: Any
    ec2: Any
    s3: Any
    clock: Callable[[], datetime] = _now


@dataclass(frozen=True)
class Request:
    """What the workflow asks for: datapoints of the window from `start` to before `end` (UTC)."""

    run_id: str
    metric_type: str
    settings: Settings
    start: datetime
    end: datetime


def collect(payload: Mapping[str, Any], clients: Clients, bucket: str) -> dict[str, Any]:
    """Collect one metric type, or all.

    Args:
        payload: {"run_id", "metric_type", "config": "<see collector.settings>", "started": "<ISO 8601>"}: the run's
            name, and when it began. With the metric type "all", or without one, all are collected, one after the other.
        bucket: where the objects go.

    Returns:
        {"metric_type", "status": "collected", "hosts": n, "datapoints": n, "objects": n,
        "manifest": "runs/<run id>/<type>.json", "silent": n, "silent_hosts": [the first 10]}: the manifest has the keys
        of the objects; `hosts` were asked for (instances and flows), `silent` of them had no datapoint.
        For "all": {"metric_type": "all", "status": "collected" or "failed", "results": [of each type such a result, or
        {"metric_type", "status": "failed", "error", "cause"}]}.

    Raises:
        InvalidRequest, Throttled, CollectionIncomplete, CollectorError: nothing else.
    """
    request = _request(payload, clients.clock())
    if request.metric_type != ALL:
        return _collect(request, request.metric_type, clients, bucket)
    results = [_tried(request, name, clients, bucket) for name in sorted(request.settings.types)]
    status = "collected" if any(one["status"] == "collected" for one in results) else "failed"
    return {"metric_type": ALL, "status": status, "results": results}


def window(started: datetime, settings: Settings) -> tuple[datetime, datetime]:
    """From when (with) to when (without) datapoints count, on period boundaries: windows of regular runs adjoin."""
    end = (int(started.timestamp()) - settings.delay) // settings.period * settings.period
    moment = datetime.fromtimestamp(end, UTC)
    return moment - timedelta(seconds=settings.window), moment


def _tried(request: Request, metric_type: str, clients: Clients, bucket: str) -> dict[str, Any]:
    try:
        return _collect(request, metric_type, clients, bucket)
    except _FAILURES as error:
        return {"metric_type": metric_type, "status": "failed", "error": type(error).__name__, "cause": str(error)}


def _collect(request: Request, metric_type: str, clients: Clients, bucket: str) -> dict[str, Any]:
    settings, queries = request.settings, request.settings.types[metric_type]
    asked = {query.of for query in queries}
    instances = hosts.running(clients.ec2, settings.hosts) if HOST in asked else []
    flows = settings.flows if FLOW in asked else ()

    def wanted() -> Iterator[series.Series]:
        for query in queries:
            yield from series.of(clients.cloudwatch, query, instances, flows, settings.window + settings.delay)

    writer = ObjectWriter(clients.s3, bucket, request.run_id, metric_type)
    heard: set[str] = set()
    for point in datapoints.fetch(clients.cloudwatch, wanted(), settings.period, request.start, request.end):
        heard.add(point.series.host)
        writer.add(point)
    writer.close()
    silent = [host for host in (*instances, *flows) if host not in heard]
    manifest = {
        "run_id": request.run_id,
        "metric_type": metric_type,
        "window": {"start": request.start.isoformat(), "end": request.end.isoformat()},
        "hosts": len(instances) + len(flows),
        "datapoints": writer.lines,
        "bytes": writer.bytes,
        "objects": writer.keys,
        "silent_hosts": silent,
    }
    key = f"runs/{request.run_id}/{metric_type}.json"
    put(clients.s3, bucket, key, json.dumps(manifest, separators=(",", ":")).encode())
    return {
        "metric_type": metric_type,
        "status": "collected",
        "hosts": manifest["hosts"],
        "datapoints": writer.lines,
        "objects": len(writer.keys),
        "manifest": key,
        "silent": len(silent),
        "silent_hosts": silent[:MOST_SILENT],
    }


def _request(payload: Mapping[str, Any], now: datetime) -> Request:
    if not isinstance(payload, Mapping):
        raise InvalidRequest("the payload is no object")
    run_id = payload.get("run_id")
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        raise InvalidRequest(f"`run_id` may have letters, digits, . _ and -, up to 80: {str(run_id)[:100]!r}")
    settings = parse(payload.get("config"))
    metric_type = payload.get("metric_type", ALL)
    if not isinstance(metric_type, str) or metric_type not in (ALL, *settings.types):
        known = ", ".join(sorted(settings.types))
        raise InvalidRequest(f"`metric_type` {str(metric_type)[:100]!r} is none of: {known}, {ALL}")
    start, end = window(_started(payload.get("started")), settings)
    kept = datapoints.kept(settings.period)
    if start < now - kept:
        raise InvalidRequest(
            f"the run's window began at {start.isoformat()}: CloudWatch keeps datapoints of {settings.period} s for "
            f"{kept.days} days"
        )
    return Request(run_id, metric_type, settings, start, end)


def _started(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise InvalidRequest(f"`started` has no time zone: {str(value)[:100]!r}")
        moment = moment.astimezone(UTC)
        moment - timedelta(days=30), moment + timedelta(days=30)  # so far from it is reckoned
    except (OverflowError, ValueError) as error:
        raise InvalidRequest(f"`started` is no time by ISO 8601 that can be used: {str(value)[:100]!r}") from error
    return moment
