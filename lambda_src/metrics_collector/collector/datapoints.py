"""Datapoints of many series, by GetMetricData, 500 series a request.

Each page is handed on before the next is asked for: what is in memory does not grow with the number of series.
An account may send 50 requests and read 396,000 datapoints a second (180,000 of the last three hours): a branch alone
comes nowhere near, and many of them are slowed down by their clients' retries.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from collector.aws import pages
from collector.errors import CollectionIncomplete
from collector.series import Series

BATCH = 500
"""Queries of a request, the most that GetMetricData takes."""
PAGE = 20_000
"""Datapoints of an answer; CloudWatch's own limit of 100,800 would take five times the memory."""
_KEPT = ((3600, 455), (300, 63), (60, 15))
"""How many days CloudWatch keeps datapoints whose period is a multiple of so many seconds."""
_LARGEST = 1e100
"""Of a value that is written; CloudWatch's go to 2^360, but a sum of many must be one of its values too."""


@dataclass(frozen=True)
class Datapoint:
    """One period's statistic of a series; `start` is when the period began (UTC)."""

    series: Series
    start: datetime
    value: float


def kept(period: int) -> timedelta:
    """How long after a period of so many seconds, a multiple of 60, CloudWatch still has its datapoint."""
    return timedelta(days=next(days for seconds, days in _KEPT if period % seconds == 0))


def fetch(
    cloudwatch: Any, wanted: Iterable[Series], period: int, start: datetime, end: datetime
) -> Iterator[Datapoint]:
    """All datapoints whose periods begin at or after `start` and before `end`, both on period boundaries.

    Raises:
        CollectionIncomplete: CloudWatch said of a series that its answer is not complete, or nothing at all.
        Throttled, CollectorError.
    """
    series = iter(wanted)
    while batch := list(islice(series, BATCH)):
        yield from _batch(cloudwatch, batch, period, start, end)


def _batch(cloudwatch: Any, batch: list[Series], period: int, start: datetime, end: datetime) -> Iterator[Datapoint]:
    by_id = {f"m{number}": one for number, one in enumerate(batch)}
    status = dict.fromkeys(by_id, "missing from the answer")
    told: dict[str, str] = {}
    request: dict[str, Any] = {
        "MetricDataQueries": [_query(key, one, period) for key, one in by_id.items()],
        "StartTime": start,
        "EndTime": end,
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": PAGE,
    }
    for page in pages(cloudwatch.get_metric_data, **request):
        if messages := page.get("Messages"):
            raise CollectionIncomplete(_said(messages))
        for answer in page.get("MetricDataResults") or []:
            if (key := answer.get("Id")) not in by_id:
                continue
            said = str(answer.get("StatusCode", "without a status"))
            # With a token the rest is on the pages that follow; an error may be made good there. The last word counts.
            status[key] = "Complete" if said == "PartialData" and page.get("NextToken") else said
            told[key] = _said(answer.get("Messages") or [])
            yield from _points(by_id[key], answer, start)
    for key, said in status.items():
        if said != "Complete":
            one, why = by_id[key], told.get(key)
            raise CollectionIncomplete(f"{one.query.metric} of {one.host}: {said}" + (f" ({why})" if why else ""))


def _query(key: str, series: Series, period: int) -> dict[str, Any]:
    return {
        "Id": key,
        "MetricStat": {
            "Metric": {
                "Namespace": series.query.namespace,
                "MetricName": series.query.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(series.dimensions.items())],
            },
            "Period": period,
            "Stat": series.query.statistic,
        },
    }


def _points(series: Series, answer: Mapping[str, Any], start: datetime) -> Iterator[Datapoint]:
    for at, value in zip(answer.get("Timestamps") or [], answer.get("Values") or [], strict=True):
        moment = at if at.tzinfo else at.replace(tzinfo=UTC)
        if moment >= start and abs(value) <= _LARGEST:
            yield Datapoint(series, moment.astimezone(UTC), float(value))


def _said(messages: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{one.get('Code', 'message')}: {one.get('Value', '')}" for one in messages)
