"""PutMetricData: what CloudWatch takes, refuses and stores.

A metric of standard resolution is stored by the minute, one with StorageResolution 1 by the second. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue

from headend.localcloud.cloudwatch.metric_store import MetricKey, MetricStore, Sample, epoch, key_of

OLDEST_SECONDS = 14 * 86400
NEWEST_SECONDS = 2 * 3600
LARGEST = 2.0**360
MOST_DATA = 1000
MOST_VALUES = 150
MOST_DIMENSIONS = 30


def put(store: MetricStore, namespace: str, data: Sequence[Mapping[str, Any]], now: float) -> None:
    """Store all of `data`, or none of it. `now` is epoch seconds. Raises moto's InvalidParameter exceptions."""
    if len(data) > MOST_DATA:
        raise InvalidParameterValue(f"The collection MetricData must not have a size greater than {MOST_DATA}.")
    ready = [sample for number, one in enumerate(data, start=1) for sample in _samples(namespace, one, number, now)]
    for key, sample in ready:
        store.put(key, sample)


def _samples(namespace: str, datum: Mapping[str, Any], number: int, now: float) -> list[tuple[MetricKey, Sample]]:
    where = f"MetricData.member.{number}"
    dimensions = datum.get("Dimensions") or []
    if len(dimensions) > MOST_DIMENSIONS:
        raise InvalidParameterValue(
            f"The collection {where}.Dimensions must not have a size greater than {MOST_DIMENSIONS}."
        )
    key = key_of(namespace, str(datum["MetricName"]), ((str(d["Name"]), str(d["Value"])) for d in dimensions))
    moment = _time(datum, where, now)
    unit = None if datum.get("Unit") in (None, "None") else str(datum["Unit"])
    if datum.get("StatisticValues"):
        if datum.get("Value") is not None:
            raise InvalidParameterCombination(
                f"The parameters {where}.Value and {where}.StatisticValues are mutually exclusive and you have "
                "specified both."
            )
        return [(key, _set(datum["StatisticValues"], where, moment, unit))]
    if datum.get("Values"):
        if datum.get("Value") is not None:
            raise InvalidParameterValue(
                f"The parameters {where}.Value and {where}.Values are mutually exclusive and you have specified both."
            )
        return [(key, sample) for sample in _values(datum, where, moment, unit)]
    value = _number(datum.get("Value") or 0, f"{where}.Value")
    return [(key, Sample(moment, value, value, value, 1.0, unit))]


def _time(datum: Mapping[str, Any], where: str, now: float) -> float:
    moment = epoch(datum["Timestamp"]) if datum.get("Timestamp") is not None else now
    if moment < now - OLDEST_SECONDS:
        raise InvalidParameterValue(f"The parameter {where}.Timestamp must specify a time within the past two weeks.")
    if moment > now + NEWEST_SECONDS:
        raise InvalidParameterValue(
            f"The parameter {where}.Timestamp must specify a time no more than two hours in the future."
        )
    resolution = int(datum.get("StorageResolution") or 60)
    if resolution not in (1, 60):
        raise InvalidParameterValue(
            f"The value {resolution} for parameter {where}.StorageResolution is not valid: 1 and 60 are."
        )
    return float(moment // resolution * resolution)


def _set(given: Mapping[str, Any], where: str, moment: float, unit: str | None) -> Sample:
    for name in ("Sum", "Maximum", "Minimum", "SampleCount"):
        if given.get(name) is None:
            raise InvalidParameterValue(f'Missing required parameter in {where}.StatisticValues: "{name}"')
    low, high, total, count = (
        _number(given[name], f"{where}.StatisticValues.{name}") for name in ("Minimum", "Maximum", "Sum", "SampleCount")
    )
    return Sample(moment, low, high, total, count, unit)


def _values(datum: Mapping[str, Any], where: str, moment: float, unit: str | None) -> list[Sample]:
    values = [_number(value, f"{where}.Values") for value in datum["Values"]]
    counts = [float(count) for count in datum.get("Counts") or [1] * len(values)]
    if len(values) > MOST_VALUES:
        raise InvalidParameterValue(f"The collection {where}.Values must not have a size greater than {MOST_VALUES}.")
    if len(counts) != len(values):
        raise InvalidParameterValue(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
    return [
        Sample(moment, value, value, value * count, count, unit) for value, count in zip(values, counts, strict=True)
    ]


def _number(value: Any, where: str) -> float:
    number = float(value)
    if math.isnan(number) or math.isinf(number) or abs(number) > LARGEST:
        raise InvalidParameterValue(f"The value {value} for parameter {where} is invalid.")
    return number
