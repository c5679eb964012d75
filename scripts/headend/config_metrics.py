"""The metrics of the hosts around a live workflow in config.yaml.

The limits are those of modules/metrics_pipeline, which has the defaults.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from headend.config_types import Model, Positive, RepeatedSchedule, Severity, Text


def _metric_type(value: str) -> str:
    if value == "all":
        raise ValueError("means every type; name this one otherwise")
    return value


MetricTypeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_metric_type)]


class MetricQuery(Model):
    """One metric of each host, or of each flow, beside whose InstanceId or FlowARN `dimensions` may stand."""

    dimensions: dict[str, Text] | None = None
    metric: Text
    namespace: Text
    of: Literal["flow", "host"] | None = None
    statistic: Literal["Average", "Maximum", "Minimum", "SampleCount", "Sum"] | None = None
    unit: Text


class MetricThreshold(Model):
    """A limit, in the metric's unit."""

    comparison: (
        Literal[
            "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanOrEqualToThreshold", "LessThanThreshold"
        ]
        | None
    ) = None
    metric: Text
    severity: Severity | None = None
    threshold: float


class MetricChange(Model):
    """The least change from the previous day that is told: percent of its mean, and at least so much in the unit."""

    minimum: Annotated[float, Field(ge=0)] | None = None
    percent: Annotated[float, Field(gt=0)] | None = None
    severity: Severity | None = None


class MetricType(Model):
    """What is collected together, in a branch of the workflow."""

    change: MetricChange | None = None
    queries: Annotated[list[MetricQuery], Field(min_length=1)]
    thresholds: list[MetricThreshold] | None = None

    @model_validator(mode="after")
    def _thresholds_of_its_metrics(self) -> Self:
        known = {query.metric for query in self.queries}
        for threshold in self.thresholds or []:
            if threshold.metric not in known:
                raise ValueError(f"thresholds: {threshold.metric!r} is none of its metrics: {', '.join(sorted(known))}")
        return self

    @model_validator(mode="after")
    def _one_reading_of_each_metric(self) -> Self:
        read: dict[str, tuple[str, str]] = {}
        for query in self.queries:
            this = (query.statistic or "Average", query.unit)
            if read.setdefault(query.metric, this) != this:
                before = " in ".join(read[query.metric])
                raise ValueError(
                    f"queries: {query.metric!r} is read as {before} and as {' in '.join(this)}; another statistic or "
                    "unit of a metric needs a type of its own"
                )
        return self


class MetricsBucket(Model):
    """Where datapoints are kept, and how long."""

    force_destroy: bool | None = Field(default=None, description="destroy deletes what is in it")
    query_result_days: Positive | None = None
    retention_days: Annotated[int, Field(ge=3)] | None = None


class MetricsCollection(Model):
    """Which time a run reads."""

    delay_seconds: Annotated[int, Field(ge=0, le=86400)] | None = None
    period_seconds: Annotated[int, Field(ge=60, le=3600, multiple_of=60)] | None = None
    window_seconds: Annotated[int, Field(ge=60, le=86400)] | None = None


class MetricsSchedule(Model):
    """When the workflow runs."""

    enabled: bool | None = None
    expression: RepeatedSchedule | None = None
    timezone: Text | None = None


class MetricsPipeline(Model):
    """Which hosts are looked at, by their tags; `metric_types` takes the place of cpu, disk, memory and network."""

    bucket: MetricsBucket | None = None
    collection: MetricsCollection | None = None
    hosts: dict[str, Annotated[list[Text], Field(min_length=1)]] = Field(description="tag → values")
    metric_types: Annotated[dict[MetricTypeName, MetricType], Field(min_length=1)] | None = None
    schedule: MetricsSchedule | None = None
