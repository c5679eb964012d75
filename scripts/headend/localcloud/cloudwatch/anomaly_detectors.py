"""Anomaly detectors: PutAnomalyDetector, DescribeAnomalyDetectors, DeleteAnomalyDetector, and the bands they give.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAnomalyDetector.html
An alarm or request with ANOMALY_DETECTION_BAND makes the detector that is not there yet. Omitted: paging, periodic
spikes, speed of adaptation and filtering of outliers, which are kept and shown but change nothing.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from moto.cloudwatch.exceptions import CloudWatchException, InvalidParameterCombination, InvalidParameterValue
from moto.core.responses import ActionResult, EmptyResult

from headend.localcloud import moto_patches
from headend.localcloud.cloudwatch import anomaly_model
from headend.localcloud.cloudwatch.metric_query import History, Limits, Query
from headend.localcloud.cloudwatch.metric_series import Series
from headend.localcloud.cloudwatch.metric_statistics import parse
from headend.localcloud.cloudwatch.metric_store import epoch

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

RESPONSES = "moto.cloudwatch.responses:CloudWatchResponse"
HOUR = 3600
SINGLE, MATH = "SINGLE_METRIC", "METRIC_MATH"
MOST_EXCLUDED = 10


class _MissingParameter(CloudWatchException):  # type: ignore[misc]
    code = "MissingParameter"


class _NotFound(CloudWatchException):  # type: ignore[misc]
    code = "ResourceNotFoundException"


@dataclass
class Detector:
    """One anomaly detector. `metric`: {Namespace, MetricName, Dimensions, Stat} or {MetricDataQueries}."""

    kind: str
    metric: dict[str, Any]
    configuration: dict[str, Any] = field(default_factory=dict)
    characteristics: dict[str, Any] | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    trained_at: float | None = None
    models: dict[int, anomaly_model.Model | None] = field(default_factory=dict)
    """By period."""

    def limits(
        self, history: History, period: int, moments: Sequence[float], deviations: float, highest: float | None
    ) -> list[Series]:
        """The band at the moments; two empty series while there is too little history."""
        if not moments:
            return [Series(label="High"), Series(label="Low")]
        learned = moments[-1] // HOUR * HOUR
        if self.trained_at != learned:
            self.trained_at, self.models = learned, {}
        if period not in self.models:
            start = (learned - anomaly_model.TRAINING_SECONDS) // period * period
            excluded = [
                (epoch(one["StartTime"]), epoch(one["EndTime"]))
                for one in self.configuration.get("ExcludedTimeRanges") or []
            ]
            zone = ZoneInfo(self.configuration.get("MetricTimezone") or "UTC")
            self.models[period] = anomaly_model.train(history(start, learned), zone, excluded)
        model = self.models[period]
        if model is None:
            return [Series(label="High"), Series(label="Low")]
        return model.limits(moments, deviations, highest)

    def described(self) -> dict[str, Any]:
        """The AnomalyDetector of the API."""
        state = "PENDING_TRAINING"
        if self.trained_at is not None:
            trained = any(model is not None for model in self.models.values())
            state = "TRAINED" if trained else "TRAINED_INSUFFICIENT_DATA"
        shown: dict[str, Any] = {
            "AnomalyDetectorId": self.id,
            "Configuration": self.configuration or {"ExcludedTimeRanges": []},
            "StateValue": state,
        }
        if self.characteristics:
            shown["MetricCharacteristics"] = self.characteristics
        if self.kind == MATH:
            return {**shown, "MetricMathAnomalyDetector": self.metric}
        return {**shown, **self.metric, "SingleMetricAnomalyDetector": self.metric}


class AnomalyDetectors:
    """The detectors of all Regions. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._detectors: dict[tuple[str, str], Detector] = {}

    def limits_of(self, region: str) -> Limits:
        """The bands of a Region's detectors."""

        def limits(
            query: Query, history: History, period: int, moments: Sequence[float], deviations: float
        ) -> list[Series]:
            with self._lock:
                detector = self._of_query(region, query)
                return detector.limits(history, period, moments, deviations, _highest(query))

        return limits

    def put(self, region: str, given: Mapping[str, Any]) -> Detector:
        """Make a detector, or give one a new configuration. Raises moto's CloudWatch exceptions."""
        kind, metric = identity(given)
        configuration = dict(given.get("Configuration") or {})
        if len(configuration.get("ExcludedTimeRanges") or []) > MOST_EXCLUDED:
            raise InvalidParameterValue(f"At most {MOST_EXCLUDED} ExcludedTimeRanges can be specified.")
        for one in configuration.get("ExcludedTimeRanges") or []:
            if epoch(one["StartTime"]) >= epoch(one["EndTime"]):
                raise InvalidParameterValue("The StartTime of an excluded time range must be before its EndTime.")
        try:
            ZoneInfo(configuration.get("MetricTimezone") or "UTC")
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidParameterValue(f"The time zone {configuration['MetricTimezone']} is not valid.") from error
        with self._lock:
            key = (region, _key(kind, metric))
            detector = self._detectors.setdefault(key, Detector(kind, metric))
            detector.configuration = configuration
            detector.characteristics = given.get("MetricCharacteristics")
            detector.trained_at = None
            return detector

    def delete(self, region: str, given: Mapping[str, Any]) -> None:
        """Forget a detector. Raises the error ResourceNotFoundException."""
        with self._lock:
            wanted = given.get("AnomalyDetectorId")
            if wanted:
                keys = [key for key, known in self._detectors.items() if key[0] == region and known.id == wanted]
            else:
                keys = [key for key in [(region, _key(*identity(given)))] if key in self._detectors]
            if not keys:
                raise _NotFound("The specified anomaly detector does not exist.")
            del self._detectors[keys[0]]

    def find(self, region: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The detectors that the parameters of DescribeAnomalyDetectors ask for."""
        kinds = given.get("AnomalyDetectorTypes") or [SINGLE]
        ids = given.get("AnomalyDetectorIds")
        filters = {name: given[name] for name in ("Namespace", "MetricName", "Dimensions") if given.get(name)}
        if ids and (filters or given.get("AnomalyDetectorTypes")):
            raise InvalidParameterCombination("AnomalyDetectorIds cannot be combined with other filters.")
        with self._lock:
            known = [detector for (where, _), detector in self._detectors.items() if where == region]
            if ids:
                return [detector.described() for detector in known if detector.id in ids]
            return [
                detector.described()
                for detector in known
                if detector.kind in kinds and all(detector.metric.get(key) == value for key, value in filters.items())
            ]

    def _of_query(self, region: str, query: Query) -> Detector:
        """The detector of a query, made if it is not there yet."""
        if query.get("MetricStat"):
            stat = query["MetricStat"]
            single = {**stat["Metric"], "Stat": stat["Stat"]}
            metric = {name: single.get(name) or [] for name in ("Namespace", "MetricName", "Dimensions", "Stat")}
            kind = SINGLE
        else:
            kind, metric = MATH, {"MetricDataQueries": [{"Id": query["Id"], "Expression": query["Expression"]}]}
        return self._detectors.setdefault((region, _key(kind, metric)), Detector(kind, metric))


def identity(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a request's detector is for: (kind, metric). Raises moto's CloudWatch exceptions."""
    own = [name for name in ("Namespace", "MetricName", "Dimensions", "Stat") if given.get(name)]
    single, math = given.get("SingleMetricAnomalyDetector"), given.get("MetricMathAnomalyDetector")
    if sum(map(bool, (own, single, math))) > 1:
        raise InvalidParameterCombination(
            "SingleMetricAnomalyDetector, MetricMathAnomalyDetector and the parameters of a metric exclude each other."
        )
    if math:
        queries = math.get("MetricDataQueries") or []
        if sum(query.get("ReturnData") not in (False, "false") for query in queries) != 1:
            raise InvalidParameterValue("Exactly one element of MetricDataQueries should return data.")
        return MATH, {"MetricDataQueries": queries}
    chosen = single or given
    for name in ("Namespace", "MetricName", "Stat"):
        if not chosen.get(name):
            raise _MissingParameter(f"The parameter {name} is required.")
    try:
        parse(chosen["Stat"])
    except ValueError as error:
        raise InvalidParameterValue(str(error)) from error
    return SINGLE, {
        "Namespace": chosen["Namespace"],
        "MetricName": chosen["MetricName"],
        "Dimensions": chosen.get("Dimensions") or [],
        "Stat": chosen["Stat"],
    }


def _key(kind: str, metric: Mapping[str, Any]) -> str:
    if kind == SINGLE:
        dimensions = sorted((one["Name"], one["Value"]) for one in metric["Dimensions"])
        return json.dumps([metric["Namespace"], metric["MetricName"], dimensions, metric["Stat"]])
    watched = [query for query in metric["MetricDataQueries"] if query.get("ReturnData") not in (False, "false")]
    return json.dumps([query.get("Expression") for query in watched])


def _highest(query: Query) -> float | None:
    stat = query.get("MetricStat") or {}
    name = str((stat.get("Metric") or {}).get("MetricName", ""))
    return 100.0 if stat.get("Unit") == "Percent" or name.endswith("Percent") else None


def install(cloud: LocalCloudServer) -> None:
    """Answer the operations on anomaly detectors, which moto does not have."""
    detectors = AnomalyDetectors()
    cloud.provide(detectors)

    def put(self: Any) -> Any:
        return ActionResult({"AnomalyDetectorId": detectors.put(self.region, dict(self.params)).id})

    def describe(self: Any) -> Any:
        return ActionResult({"AnomalyDetectors": detectors.find(self.region, dict(self.params))})

    def delete(self: Any) -> Any:
        detectors.delete(self.region, dict(self.params))
        return EmptyResult()

    moto_patches.replace(RESPONSES, "put_anomaly_detector", put)
    moto_patches.replace(RESPONSES, "describe_anomaly_detectors", describe)
    moto_patches.replace(RESPONSES, "delete_anomaly_detector", delete)
