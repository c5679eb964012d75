"""CloudWatch metrics: an indexed store, and GetMetricData and GetMetricStatistics over aligned periods."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import cloudwatch_backends

from headend.localcloud import metric_query, moto_patches
from headend.localcloud.metric_math import MetricMathError
from headend.localcloud.metric_statistics import per_period
from headend.localcloud.metric_store import MetricStore, epoch, key_of

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.cloudwatch.models:CloudWatchBackend"


def store_of(backend: Any) -> MetricStore:
    """The samples of one Region's CloudWatch."""
    if not isinstance(backend.metric_data, MetricStore):
        store = MetricStore()
        for datum in backend.metric_data:
            store.append(datum)
        backend.metric_data = store
    found: MetricStore = backend.metric_data
    return found


def install(cloud: LocalCloudServer) -> None:
    """Give every CloudWatch back end the store, and answer GetMetricData from it."""

    def create(self: Any, region_name: str, account_id: str) -> None:
        moto_patches.original(BACKEND, "__init__")(self, region_name, account_id)
        self.metric_data = MetricStore()

    def get_metric_data(
        self: Any, queries: list[dict[str, Any]], start_time: datetime, end_time: datetime, scan_by: str = ""
    ) -> list[dict[str, Any]]:
        start, end = epoch(start_time), epoch(end_time)
        if start >= end:
            raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        try:
            results = metric_query.answer(store_of(self), queries, start, end)
        except MetricMathError as error:
            raise ValidationError(f"Error in expression: {error}") from error
        except ValueError as error:
            raise ValidationError(str(error)) from error
        oldest_first = scan_by == "TimestampAscending"
        return [
            {
                "id": result["id"],
                "label": result["label"],
                "timestamps": [
                    datetime.fromtimestamp(moment, tz=UTC).replace(tzinfo=None)
                    for moment in (result["moments"] if oldest_first else reversed(result["moments"]))
                ],
                "values": result["values"] if oldest_first else list(reversed(result["values"])),
                "status_code": "Complete",
            }
            for result in results
        ]

    def get_metric_statistics(
        self: Any,
        namespace: str,
        metric_name: str,
        start_time: datetime,
        end_time: datetime,
        period: int,
        stats: list[str],
        dimensions: list[dict[str, str]],
        unit: str | None = None,
    ) -> list[dict[str, Any]]:
        start, end = epoch(start_time), epoch(end_time)
        if start >= end:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        key = key_of(namespace, metric_name, ((pair["Name"], pair["Value"]) for pair in dimensions))
        samples = store_of(self).samples(key, start // period * period, end, unit)
        columns = {name: per_period(name, samples, period) for name in stats}
        shown = next((sample.unit for sample in samples if sample.unit), "None")
        return [
            {
                "Timestamp": datetime.fromtimestamp(moment, tz=UTC).replace(tzinfo=None),
                "Unit": shown,
                **{name: column[moment] for name, column in columns.items()},
            }
            for moment in sorted(next(iter(columns.values()), {}))
        ]

    moto_patches.replace(BACKEND, "__init__", create)
    moto_patches.replace(BACKEND, "get_metric_statistics", get_metric_statistics)
    moto_patches.replace(BACKEND, "get_metric_data", get_metric_data)
    for backend in list(cloudwatch_backends[cloud.account_id].values()):
        store_of(backend)
