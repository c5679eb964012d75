"""CloudWatch metrics: an indexed store that forgets by age, PutMetricData, GetMetricData and GetMetricStatistics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.responses import ActionResult

from headend.localcloud import moto_patches
from headend.localcloud.cloudwatch import metric_data, metric_query
from headend.localcloud.cloudwatch.anomaly_detectors import AnomalyDetectors
from headend.localcloud.cloudwatch.metric_math import MetricMathError
from headend.localcloud.cloudwatch.metric_statistics import PLAIN, per_period
from headend.localcloud.cloudwatch.metric_store import Columns, MetricStore, epoch, key_of

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.cloudwatch.models:CloudWatchBackend"
RESPONSES = "moto.cloudwatch.responses:CloudWatchResponse"
EXPIRE_SECONDS = 300
MOST_POINTS = 1440


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
            source = metric_query.Source(store_of(self), cloud.part(AnomalyDetectors).limits_of(self.region_name))
            results = metric_query.answer(source, queries, start, end, cloud.clock.time())
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
        if not metric_query.valid_period(period):
            raise InvalidParameterValue(f"The value {period} for parameter Period is not valid.")
        start = metric_query.rounded(start, period, cloud.clock.time())
        if (end - start) / period > MOST_POINTS + 1:
            raise InvalidParameterCombination(
                f"You have requested up to {int((end - start) / period)} datapoints, which exceeds the limit of "
                f"{MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time "
                "range."
            )
        key = key_of(namespace, metric_name, ((pair["Name"], pair["Value"]) for pair in dimensions))
        points = []
        for own in store_of(self).units(key) if unit is None else [unit]:
            columns = store_of(self).columns(key, start, end, own or "None")
            table = {name: _per_period(name, columns, period, start % period) for name in stats}
            for moment in sorted({moment for column in table.values() for moment in column}):
                found = {name: column[moment] for name, column in table.items() if moment in column}
                extended = {name: value for name, value in found.items() if name not in PLAIN}
                points.append(
                    {
                        "Timestamp": datetime.fromtimestamp(moment, tz=UTC).replace(tzinfo=None),
                        "Unit": own or "None",
                        **{name: value for name, value in found.items() if name in PLAIN},
                        **({"ExtendedStatistics": extended} if extended else {}),
                    }
                )
        return points

    def put_metric_data(self: Any, namespace: str, metric_data_given: list[dict[str, Any]]) -> None:
        metric_data.put(store_of(self), namespace, metric_data_given, cloud.clock.time())

    def asked_statistics(self: Any) -> Any:
        """Extended statistics beside the plain ones; moto's own reads over them."""
        extended = self._get_param("ExtendedStatistics") or []
        plain = self._get_param("Statistics") or []
        if bool(plain) == bool(extended):
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        name = self._get_param("MetricName")
        points = self.cloudwatch_backend.get_metric_statistics(
            self._get_param("Namespace"),
            name,
            self._get_param("StartTime"),
            self._get_param("EndTime"),
            int(self._get_param("Period")),
            [*plain, *extended],
            dimensions=self._get_param("Dimensions", []),
            unit=self._get_param("Unit"),
        )
        return ActionResult({"Label": name, "Datapoints": points})

    def expire() -> None:
        for backend in list(cloudwatch_backends[cloud.account_id].values()):
            store_of(backend).expire(cloud.clock.time())

    moto_patches.replace(BACKEND, "put_metric_data", put_metric_data)
    moto_patches.replace(RESPONSES, "get_metric_statistics", asked_statistics)
    moto_patches.replace(BACKEND, "__init__", create)
    moto_patches.replace(BACKEND, "get_metric_statistics", get_metric_statistics)
    moto_patches.replace(BACKEND, "get_metric_data", get_metric_data)
    for backend in list(cloudwatch_backends[cloud.account_id].values()):
        store_of(backend)
    cloud.every(EXPIRE_SECONDS, "metric-retention", expire)


def _per_period(name: str, columns: Columns, period: int, offset: float) -> dict[float, float]:
    try:
        return per_period(name, columns, period, offset)
    except ValueError as error:
        raise InvalidParameterValue(str(error)) from error
