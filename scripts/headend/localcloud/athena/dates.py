"""Dates stay dates: in Trino a date plus or minus days is a date, in DuckDB it is a timestamp.

Source: https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html (Trino's date and time operators)
"""

from __future__ import annotations

import copy
import json
from typing import Any

import duckdb

Node = dict[str, Any]
DATES = frozenset({"current_date", "date", "from_iso8601_date", "today"})
ADDED = frozenset({"+", "-", "date_add"})
KEPT = frozenset({"date_trunc"})
OF_DAYS = frozenset({"to_days", "to_months", "to_years", "to_weeks"})


def keep(tree: Node, sql: str) -> str:
    """Cast what has to stay a date to one, in the tree and in the text, which is returned.

    Known by the statement alone: a column of type date that is moved by an interval becomes a timestamp.
    """
    with duckdb.connect() as connection:
        row = connection.execute("SELECT json_serialize_sql('SELECT CAST(a AS DATE)')").fetchone()
        cast = json.loads(row[0])["statements"][0]["node"]["select_list"][0] if row else {}
        if not _cast(tree, cast):
            return sql
        row = connection.execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(tree)]).fetchone()
    return str(row[0]) if row else sql


def _cast(value: Any, cast: Node) -> bool:
    """Put casts around the dates below; whether there was one."""
    found = False
    for key, one in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if not isinstance(one, dict | list):
            continue
        if isinstance(one, dict) and _moved(one):
            value[key] = {**copy.deepcopy(cast), "child": one, "alias": one.get("alias", "")}
            one["alias"] = ""
            found = True
        found = _cast(one, cast) or found
    return found


def _moved(node: Node) -> bool:
    """Whether it is a date that a function or an interval moves."""
    if node.get("class") != "FUNCTION":
        return False
    name = str(node.get("function_name", "")).lower()
    arguments = [one["expression"] for one in node.get("arguments", [])]
    if name in KEPT or name == "date_add":
        return bool(arguments) and _is_date(arguments[-1])
    if name not in ADDED or len(arguments) != 2:
        return False
    dates = [one for one in arguments if _is_date(one)]
    intervals = [one for one in arguments if _is_days(one)]
    return len(dates) == 1 and len(intervals) == 1


def _is_date(node: Node) -> bool:
    if node.get("class") == "COLUMN_REF":
        return str(node["column_names"][-1]).lower() == "current_date"
    if node.get("class") == "CAST":
        return str((node.get("type_expr") or {}).get("type_name", "")).lower() == "date"
    if node.get("class") == "FUNCTION":
        return str(node.get("function_name", "")).lower() in DATES or _moved(node)
    return False


def _is_days(node: Node) -> bool:
    return node.get("class") == "FUNCTION" and str(node.get("function_name", "")).lower() in OF_DAYS
