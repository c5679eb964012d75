"""Results as GetQueryResults and the CSV file in the bucket show them.

Source: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
"""

from __future__ import annotations

import math
from typing import Any

from headend.localcloud.athena.query_engine import Result


def column_info(result: Result) -> list[dict[str, Any]]:
    """ColumnInfo of each column: https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html"""
    return [
        {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": name,
            "Label": name,
            "Type": kind.name,
            "Precision": kind.precision,
            "Scale": kind.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": kind.name == "varchar",
        }
        for name, kind in result.columns
    ]


def texts(result: Result) -> list[list[str | None]]:
    """The header and the rows; None for NULL."""
    header: list[str | None] = [name for name, _ in result.columns]
    return [header, *([None if value is None else text(value) for value in row] for row in result.rows)]


def csv(result: Result) -> str:
    """The result file: every value in quotes, NULL as nothing between two commas."""
    lines = [
        ",".join("" if one is None else '"' + one.replace('"', '""') + '"' for one in row) for row in texts(result)
    ]
    return "".join(f"{line}\n" for line in lines)


def text(value: Any) -> str:
    """A value as Trino prints it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(text(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(key)}={text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, bytes):
        return value.hex(" ")
    return str(value)


def _double(value: float) -> str:
    """Java's text of a double: an exponent below 0.001 and from ten million on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign = "-" if value < 0 else ""
    digits, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = digits.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    every = whole + fraction
    stripped = every.lstrip("0")
    if whole == "0":
        power = int(exponent or 0) - (len(every) - len(stripped))
    rest = stripped[1:].rstrip("0") or "0"
    return f"{sign}{stripped[0]}.{rest}E{power}"
