"""Types of Glue's columns in DuckDB, and types of results as Athena names them.

Source: https://docs.aws.amazon.com/athena/latest/ug/data-types.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from headend.localcloud.athena.query_failure import QueryFailedError

PLAIN = {
    "bigint": "BIGINT",
    "binary": "BLOB",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "float": "FLOAT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "smallint": "SMALLINT",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "tinyint": "TINYINT",
}
SIZED = re.compile(r"(decimal|varchar|char)\s*(\([\d\s,]*\))?")


class Kind(NamedTuple):
    """A result's type as in ColumnInfo."""

    name: str
    precision: int = 0
    scale: int = 0


RESULTS = {
    "BIGINT": Kind("bigint", 19),
    "BLOB": Kind("varbinary", 1073741824),
    "BOOLEAN": Kind("boolean"),
    "DATE": Kind("date"),
    "DOUBLE": Kind("double", 17),
    "FLOAT": Kind("float", 17),
    "HUGEINT": Kind("bigint", 19),
    "INTEGER": Kind("integer", 10),
    "INTERVAL": Kind("interval day to second"),
    "SMALLINT": Kind("smallint", 5),
    "TIMESTAMP WITH TIME ZONE": Kind("timestamp with time zone", 3),
    "TIMESTAMP": Kind("timestamp", 3),
    "TINYINT": Kind("tinyint", 3),
    "VARCHAR": Kind("varchar", 2147483647),
}


def duckdb_type(hive: str) -> str:
    """DuckDB's type of a Glue column type. Raises QueryFailedError for one that Athena does not have."""
    text = hive.strip().lower()
    if text in PLAIN:
        return PLAIN[text]
    sized = SIZED.fullmatch(text)
    if sized:
        return f"DECIMAL{sized[2] or '(10,0)'}" if sized[1] == "decimal" else "VARCHAR"
    outer, _, inner = text.partition("<")
    if inner.endswith(">"):
        parts = _parts(inner[:-1])
        if outer == "array" and len(parts) == 1:
            return f"{duckdb_type(parts[0])}[]"
        if outer == "map" and len(parts) == 2:
            return f"MAP({duckdb_type(parts[0])}, {duckdb_type(parts[1])})"
        if outer == "struct":
            named = [part.partition(":") for part in parts]
            return f"STRUCT({', '.join(f'{quoted(name.strip())} {duckdb_type(kind)}' for name, _, kind in named)})"
    raise QueryFailedError(f"HIVE_INVALID_METADATA: Unsupported type: {hive}")


def result_kind(duckdb: str) -> Kind:
    """Athena's type of a result column."""
    if duckdb.endswith("[]"):
        return Kind("array")
    head, _, rest = duckdb.partition("(")
    if head == "DECIMAL":
        precision, scale = rest.rstrip(")").split(",")
        return Kind("decimal", int(precision), int(scale))
    return {"MAP": Kind("map"), "STRUCT": Kind("row")}.get(head) or RESULTS.get(duckdb, Kind("unknown"))


def quoted(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _parts(text: str) -> list[str]:
    """The parts between the commas that are in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
