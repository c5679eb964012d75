"""What modules/metrics_pipeline collects where nothing else is said, read from its variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import hcl2

REPOSITORY = Path(__file__).parents[2]
MODULE = REPOSITORY / "modules" / "metrics_pipeline"


def plain(value: Any) -> Any:
    """A value of python-hcl2 without the quotation marks that it leaves around strings."""
    if isinstance(value, dict):
        return {key.strip('"'): plain(one) for key, one in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.strip('"') if isinstance(value, str) else value


def parsed(path: Path) -> dict[str, Any]:
    """A file of HCL."""
    document: dict[str, Any] = plain(hcl2.loads(path.read_text(encoding="utf-8")))
    return document


def variable(name: str) -> dict[str, Any]:
    """A variable of the module."""
    [found] = [one[name] for one in parsed(MODULE / "variables.tf")["variable"] if name in one]
    assert isinstance(found, dict)
    return found


def queries(metric_type: str | None = None) -> list[dict[str, Any]]:
    """The default queries, of one metric type or of all, with the type's defaults filled in."""
    types = variable("metric_types")["default"]
    return [
        {"dimensions": {}, "of": "host", "statistic": "Average", **query}
        for name, one in types.items()
        if metric_type in (None, name)
        for query in one["queries"]
    ]


def optional(variable_name: str, field: str) -> str:
    """The default of an attribute, as its `optional(…)` gives it, without quotation marks."""
    found = re.search(rf"\b{field}\s*=\s*optional\(\w+, (\"[^\"]*\"|[^,)]+)\)", variable(variable_name)["type"])
    assert found, f"{variable_name}.{field} has no default"
    return found[1].strip('"')
