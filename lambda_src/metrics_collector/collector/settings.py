"""What is collected: the collector's configuration, which HCL writes into the state machine as JSON text.

    {"hosts": {"<tag>": ["<value>", …]},     instances that run and carry one value of each tag; {} for none
     "flow_arns": ["<ARN>", …],
     "window_seconds": 10800,                 how far back a run reads: the time between two runs
     "period_seconds": 300,                   of each datapoint; the window is a multiple of it
     "delay_seconds": 600,                    the window ends so long before the run: CloudWatch has datapoints late
     "metric_types": {"<type>": {"queries": [
       {"namespace": "CWAgent", "metric": "disk_used_percent", "statistic": "Average", "unit": "Percent",
        "of": "host" or "flow", "dimensions": {"path": "/"}}]}}}

`dimensions` is what a series has besides its host's InstanceId or its flow's FlowARN. In namespaces of AWS (AWS/…)
these are all its dimensions. What an agent publishes has more, by its own configuration (ImageId, device, fstype, …):
`collector.series` finds those.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

from collector.errors import InvalidRequest

HOST, FLOW = "host", "flow"
STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")

_TEXT = {"type": "string", "minLength": 1}
_QUERY = {
    "type": "object",
    "required": ["namespace", "metric", "statistic", "unit"],
    "additionalProperties": False,
    "properties": {
        "namespace": _TEXT,
        "metric": _TEXT,
        "statistic": {"enum": list(STATISTICS)},
        "unit": _TEXT,
        "of": {"enum": [HOST, FLOW]},
        "dimensions": {"type": ["object", "null"], "additionalProperties": _TEXT},
    },
}
_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["delay_seconds", "hosts", "metric_types", "period_seconds", "window_seconds"],
    "properties": {
        "hosts": {
            "type": "object",
            "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        },
        "flow_arns": {"type": "array", "items": _TEXT},
        "window_seconds": {"type": "integer", "minimum": 60, "maximum": 86400},
        "period_seconds": {"type": "integer", "minimum": 60, "maximum": 86400, "multipleOf": 60},
        "delay_seconds": {"type": "integer", "minimum": 0, "maximum": 86400},
        "metric_types": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,39}$", "not": {"const": "all"}},
            "additionalProperties": {
                "type": "object",
                "required": ["queries"],
                "properties": {"queries": {"type": "array", "minItems": 1, "items": _QUERY}},
            },
        },
    },
}


@dataclass(frozen=True)
class Query:
    """One metric of each host, or of each flow (`of`): a statistic, in CloudWatch's words, and its unit."""

    namespace: str
    metric: str
    statistic: str
    unit: str
    of: str = HOST
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Whether `dimensions` and the host's own are all that a series has: true of what AWS itself publishes."""
        return self.namespace.startswith("AWS/")


@dataclass(frozen=True)
class Settings:
    """The configuration; all times in seconds."""

    hosts: Mapping[str, tuple[str, ...]]
    flows: tuple[str, ...]
    window: int
    period: int
    delay: int
    types: Mapping[str, tuple[Query, ...]]


def parse(config: object) -> Settings:
    """Read the configuration, JSON text; the same text is read once.

    Raises:
        InvalidRequest: it is not what HCL should have written.
    """
    if not isinstance(config, str):
        raise InvalidRequest("`config` is missing: the workflow passes it as text")
    return _parse(config)


@lru_cache(maxsize=4)
def _parse(config: str) -> Settings:
    try:
        document = json.loads(config)
        validate(event=document, schema=_SCHEMA)
    except SchemaValidationError as error:
        raise InvalidRequest(f"`config` is not valid: {error.validation_message or error}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"`config` is no JSON: {error}") from error
    window, period = int(document["window_seconds"]), int(document["period_seconds"])
    if window % period:
        raise InvalidRequest(f"`config`: window_seconds {window} is no multiple of period_seconds {period}")
    return Settings(
        hosts={tag: tuple(values) for tag, values in document["hosts"].items()},
        flows=tuple(document.get("flow_arns", ())),
        window=window,
        period=period,
        delay=int(document["delay_seconds"]),
        types={name: tuple(map(_query, one["queries"])) for name, one in document["metric_types"].items()},
    )


def _query(query: Mapping[str, Any]) -> Query:
    return Query(
        namespace=query["namespace"],
        metric=query["metric"],
        statistic=query["statistic"],
        unit=query["unit"],
        of=query.get("of", HOST),
        dimensions=query.get("dimensions") or {},
    )
