"""One analysis, from the request to the result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from analytics import comparison, trend
from analytics.bucket import Bucket, Reading
from analytics.collection import collect, hosts
from analytics.comparison import Coverage
from analytics.findings import Finding, counted, fitting, ranked
from analytics.requests import DAY_OVER_DAY, TREND, Request
from analytics.series import Window
from analytics.words import plural

_DAY = timedelta(days=1)
_PREVIOUS = {
    "complete": "",
    "partial": "; the previous day is partly there",
    "other-hosts": "; the previous day's metrics are of other hosts",
    "none": "; there are no metrics of the previous day",
}


@dataclass
class _Analysis:
    """What is gathered, type by type; `more` are fields of the result that only this analysis has."""

    reading: Reading = field(default_factory=Reading)
    findings: list[Finding] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    series: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def analyse(request: Request, bucket: Bucket) -> dict[str, Any]:
    """Judge what lies in the bucket, write all findings to it and return the worst.

    The types are read one after the other, and what was read of one is forgotten before the next.

    Returns:
        {"analysis", "run_id", "text": one sentence, "findings": [see `findings.Finding.document`; the worst 50 or
        fewer, each with its `text`], "truncated": whether there are more, "counts": {findings, high, medium, low, one
        for each kind, hosts, series, objects, datapoints, left_out_objects, vanished_objects}, "left_out": [{"object":
        key, "why"}, at most 10: these are not whole, and nothing of them is used], "result": key of the whole}; at most
        64 KiB. day-over-day has "previous": complete | partial | other-hosts | none, and in its counts compared,
        partly, hosts_new and hosts_gone too.

    Raises:
        StorageFailed.
    """
    analysis = _ANALYSES[request.analysis](request, bucket)
    findings = ranked(analysis.findings)
    counts = counted(findings)
    key = f"analysis/{request.run_id}/{request.analysis}.json"
    whole = {
        "analysis": request.analysis,
        "run_id": request.run_id,
        "text": _sentence(counts, len(analysis.hosts)) + analysis.note + _left_out(analysis.reading),
        "findings": [one.document() for one in findings],
        "counts": {
            **counts,
            "hosts": len(analysis.hosts),
            "series": analysis.series,
            **analysis.counts,
            **analysis.reading.counts,
        },
        "left_out": analysis.reading.named,
        "result": key,
        **analysis.more,
    }
    bucket.put(key, {**whole, "metric_types": list(request.metric_types), "at": request.at.astimezone(UTC).isoformat()})
    return fitting(whole)


def _trend(request: Request, bucket: Bucket) -> _Analysis:
    settings, analysis = request.settings, _Analysis()
    window = Window.before(request.until, settings.trend.window, settings.resolution)
    for metric_type in request.metric_types:
        found = collect(bucket.datapoints(metric_type, window, analysis.reading), window)
        analysis.findings += trend.judge(metric_type, found, window, settings.of(metric_type), settings.trend)
        analysis.hosts |= hosts(found)
        analysis.series += len(found)
    return analysis


def _day_over_day(request: Request, bucket: Bucket) -> _Analysis:
    settings, analysis, coverage = request.settings, _Analysis(), Coverage()
    window = Window.before(request.until, settings.day_over_day.window, settings.resolution)
    earlier = window.earlier(_DAY)
    for metric_type in request.metric_types:
        today = collect(bucket.datapoints(metric_type, window, analysis.reading), window)
        before = collect(bucket.datapoints(metric_type, earlier, analysis.reading), earlier)
        change = settings.of(metric_type).change
        found, covered = comparison.compare(metric_type, today, before, change, settings.day_over_day)
        analysis.findings += found
        coverage.add(covered)
        analysis.hosts |= hosts(today)
        analysis.series += len(today)
    analysis.counts = {
        "compared": coverage.compared,
        "partly": coverage.partly,
        "hosts_new": len(coverage.hosts_new),
        "hosts_gone": len(coverage.hosts_gone),
    }
    analysis.more = {"previous": coverage.previous}
    analysis.note = _PREVIOUS[coverage.previous] if analysis.series else ""
    return analysis


_ANALYSES: dict[str, Callable[[Request, Bucket], _Analysis]] = {TREND: _trend, DAY_OVER_DAY: _day_over_day}


def _sentence(counts: dict[str, int], looked_at: int) -> str:
    if not looked_at:
        return "No host has sent metrics"
    about = plural(looked_at, "host")
    if not counts["findings"]:
        return f"Nothing to tell of {about}"
    severe = ", ".join(f"{counts[one]:,} {one.upper()}" for one in ("high", "medium", "low") if counts[one])
    return f"{plural(counts['findings'], 'finding')} ({severe}) of {about}"


def _left_out(reading: Reading) -> str:
    return f"; {plural(len(reading.left_out), 'object')} left out, not whole" if reading.left_out else ""
