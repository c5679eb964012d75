"""What AWS's document says a dashboard is, and its quotas: `faults` names what PutDashboard would refuse or warn of.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
Quotas: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
Omitted: widgets of the types explorer, custom and chart, of which only type and place are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

WIDGETS, METRICS, METRICS_OF_A_WIDGET, ALARMS_OF_A_WIDGET, DIMENSIONS = 500, 2500, 100, 100, 30
COLUMNS = 24

Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Side = Literal["left", "right"]
Period = Annotated[int, Field(gt=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Axis(_Model):
    label: str = ""
    max: float | None = None
    min: float | None = None
    showUnits: bool = True  # noqa: N815 - AWS's name


class _Axes(_Model):
    left: _Axis | None = None
    right: _Axis | None = None


class _Line(_Model):
    color: Colour | None = None
    fill: Literal["above", "below", "none"] = "none"
    label: str = ""
    value: float
    visible: bool = True
    yAxis: Side = "left"  # noqa: N815


class _Moment(_Model):
    color: Colour | None = None
    fill: Literal["after", "before", "none"] = "none"
    label: str = ""
    value: str
    visible: bool = True


class _Annotations(_Model):
    alarms: Annotated[list[str], Field(max_length=1)] = []
    horizontal: list[_Line] = []
    vertical: list[_Moment] = []


class _Legend(_Model):
    position: Literal["bottom", "hidden", "right"]


class _MetricProperties(_Model):
    accountId: str | None = None  # noqa: N815
    annotations: _Annotations | None = None
    legend: _Legend | None = None
    liveData: bool = False  # noqa: N815
    metrics: Annotated[list[list[Any]], Field(max_length=METRICS_OF_A_WIDGET)] = []
    period: Period = 300
    region: str
    setPeriodToTimeRange: bool = False  # noqa: N815
    singleValueFullPrecision: bool = False  # noqa: N815
    sparkline: bool = True
    stacked: bool = False
    stat: str = "Average"
    timezone: str | None = None
    title: str = ""
    trend: bool = True
    view: Literal["bar", "gauge", "pie", "singleValue", "table", "timeSeries"] = "timeSeries"
    yAxis: _Axes | None = None  # noqa: N815


class _Rendering(_Model):
    accountId: str | None = None  # noqa: N815
    color: Colour | None = None
    expression: str | None = None
    id: Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9_]*$")] | None = None
    label: str = ""
    period: Period = 300
    region: str | None = None
    stat: str | None = None
    visible: bool = True
    yAxis: Side = "left"  # noqa: N815


class _AlarmProperties(_Model):
    alarms: Annotated[list[str], Field(min_length=1, max_length=ALARMS_OF_A_WIDGET)]
    sortBy: Literal["default", "stateUpdatedTimestamp", "timestamp"] = "default"  # noqa: N815
    states: list[Literal["ALARM", "INSUFFICIENT_DATA", "OK"]] = []
    title: str = ""


class _TextProperties(_Model):
    background: Literal["solid", "transparent"] = "solid"
    markdown: str


class _LogProperties(_Model):
    accountId: str | None = None  # noqa: N815
    query: str
    region: str
    stacked: bool = False
    title: str = ""
    view: Literal["bar", "pie", "table", "timeSeries"] = "table"


class _Widget(_Model):
    height: Annotated[int, Field(ge=1, le=1000)] = 6
    properties: dict[str, Any]
    type: Literal["alarm", "chart", "custom", "explorer", "log", "metric", "text"]
    width: Annotated[int, Field(ge=1, le=COLUMNS)] = 6
    x: Annotated[int, Field(ge=0, lt=COLUMNS)] = 0
    y: Annotated[int, Field(ge=0)] = 0


class _Body(_Model):
    end: str | None = None
    periodOverride: Literal["auto", "inherit"] = "auto"  # noqa: N815
    start: str | None = None
    variables: list[dict[str, Any]] = []
    widgets: Annotated[list[dict[str, Any]], Field(max_length=WIDGETS)]


_PROPERTIES: Mapping[str, type[_Model]] = {
    "alarm": _AlarmProperties,
    "log": _LogProperties,
    "metric": _MetricProperties,
    "text": _TextProperties,
}


def faults(body: object) -> list[str]:
    """What is wrong with a body, each with its place; empty when CloudWatch would take it without a word."""
    found = _against(_Body, body, "")
    if found or not isinstance(body, Mapping):
        return found
    total = 0
    for number, widget in enumerate(body["widgets"]):
        place = f"/widgets/{number}"
        wrong = _against(_Widget, widget, place)
        found += wrong
        if wrong:
            continue
        if widget.get("x", 0) + widget.get("width", 6) > COLUMNS:
            found.append(f"{place}: ends beyond column {COLUMNS}")
        model = _PROPERTIES.get(widget["type"])
        wrong = _against(model, widget["properties"], f"{place}/properties") if model else []
        found += wrong
        if widget["type"] == "metric" and not wrong:
            found += _metric_faults(widget["properties"], f"{place}/properties")
            total += len(widget["properties"].get("metrics", []))
    if total > METRICS:
        found.append(f"/widgets: {total} metrics, at most {METRICS}")
    return found


def _metric_faults(properties: Mapping[str, Any], place: str) -> list[str]:
    metrics, annotations = properties.get("metrics", []), properties.get("annotations") or {}
    if not metrics and not annotations.get("alarms"):
        return [f"{place}: neither metrics nor an alarm"]
    found: list[str] = []
    for number, metric in enumerate(metrics):
        found += _entry_faults(metric, number, f"{place}/metrics/{number}")
    return found


def _entry_faults(metric: list[Any], number: int, place: str) -> list[str]:
    rendering = metric[-1] if metric and isinstance(metric[-1], Mapping) else None
    named = metric[:-1] if rendering is not None else metric
    found = _against(_Rendering, rendering, place) if rendering is not None else []
    if rendering is not None and "expression" in rendering:
        return found if not named else [*found, f"{place}: an expression names no metric"]
    if not all(isinstance(part, str) for part in named):
        return [*found, f"{place}: namespace, name and dimensions must be text"]
    if number == 0 and any(part in (".", "...") for part in named):
        return [*found, f"{place}: nothing stands before it that could be repeated"]
    if "..." not in named and (len(named) < 2 or len(named) % 2):
        return [*found, f"{place}: a dimension has a name and a value"]
    if (len(named) - 2) // 2 > DIMENSIONS:
        return [*found, f"{place}: at most {DIMENSIONS} dimensions"]
    return found


def _against(model: type[_Model], value: object, place: str) -> list[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [f"{place}{''.join(f'/{part}' for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
    return []
