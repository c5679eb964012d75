"""What a SELECT reads: its tables, with the conditions by which partitions can be left out, and its functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

from headend.localcloud.athena import dates

Node = dict[str, Any]
CLOCK = frozenset({"current_date", "current_timestamp", "localtimestamp"})
"""What looks like a column and is not one."""


class NotSelectError(ValueError):
    """The text is not one SELECT statement; says why."""


@dataclass
class Scan:
    """One table in a FROM. `conditions` hold for every row that is wanted: nodes of DuckDB's syntax tree."""

    database: str
    table: str
    names: tuple[str, ...]
    alone: bool
    conditions: list[Node] = field(default_factory=list)

    def about(self, columns: frozenset[str]) -> list[Node]:
        """The conditions that speak of nothing but these columns of the table."""
        return [one for one in self.conditions if self._speaks_of(one, columns)]

    def _speaks_of(self, condition: Node, columns: frozenset[str]) -> bool:
        every = [one["column_names"] for one in _nodes(condition) if one.get("class") == "COLUMN_REF"]
        referred = [names for names in every if names[-1].lower() not in CLOCK]
        if not referred or any(one.get("class") == "SUBQUERY" for one in _nodes(condition)):
            return False
        return all(self._owns([name.lower() for name in names], columns) for names in referred)

    def _owns(self, names: list[str], columns: frozenset[str]) -> bool:
        if len(names) == 1:
            return self.alone and names[0] in columns
        return names[-1] in columns and names[-2] in self.names


@dataclass
class Statement:
    """A SELECT statement: its text for DuckDB, the tables that it reads, and the functions that it calls.

    `unnamed` are the positions of the result's columns that are expressions without a name.
    """

    sql: str
    scans: list[Scan]
    functions: set[str]
    unnamed: frozenset[int] = frozenset()


def read(sql: str) -> Statement:
    """Read one SELECT. Raises NotSelectError for anything else."""
    with duckdb.connect() as connection:
        row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    tree: Node = json.loads(row[0]) if row else {"error": True, "error_message": "nothing"}
    if tree.get("error"):
        raise NotSelectError(str(tree.get("error_message", "")))
    if len(tree["statements"]) != 1:
        raise NotSelectError("Only one sql statement is allowed.")
    text = dates.keep(tree, sql)
    root = tree["statements"][0]["node"]
    local = {entry["key"].lower() for one in _nodes(root) for entry in (one.get("cte_map") or {}).get("map", [])}
    scans = [scan for one in _nodes(root) if one.get("type") == "SELECT_NODE" for scan in _scans(one, local)]
    functions = {
        one["function_name"].lower()
        for one in _nodes(root)
        if isinstance(one.get("function_name"), str) and any(letter.isalpha() for letter in one["function_name"])
    }
    return Statement(text, scans, functions, _unnamed(root))


def where(conditions: list[Node]) -> str:
    """The conditions as SQL, their columns by their own names."""
    with duckdb.connect() as connection:
        row = connection.execute("SELECT json_serialize_sql('SELECT * FROM keys WHERE a AND b')").fetchone()
        tree = json.loads(row[0]) if row else {}
        for one in conditions:
            for node in _nodes(one):
                if node.get("class") == "COLUMN_REF":
                    node["column_names"] = node["column_names"][-1:]
        select = tree["statements"][0]["node"]
        if len(conditions) == 1:
            select["where_clause"] = conditions[0]
        else:
            select["where_clause"]["children"] = conditions
        row = connection.execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(tree)]).fetchone()
    return str(row[0]) if row else ""


def equal_to(conditions: list[Node], column: str) -> bool:
    """Whether one of the conditions says with literals which values the column may have."""
    for one in conditions:
        if one.get("type") == "COMPARE_EQUAL":
            sides = [one["left"], one["right"]]
        elif one.get("type") == "COMPARE_IN":
            sides = one["children"]
        else:
            continue
        columns = [side for side in sides if side.get("class") == "COLUMN_REF"]
        constants = [side for side in sides if side.get("class") in ("CONSTANT", "CAST")]
        static = len(columns) == 1 and len(columns) + len(constants) == len(sides)
        if static and columns[0]["column_names"][-1].lower() == column:
            return True
    return False


def _unnamed(root: Node) -> frozenset[int]:
    while root.get("type") == "SET_OPERATION_NODE" and root.get("children"):
        root = root["children"][0]
    columns = root.get("select_list") or []
    if any(one.get("class") == "STAR" for one in columns):
        return frozenset()
    named = [bool(one.get("alias")) or one.get("class") == "COLUMN_REF" for one in columns]
    return frozenset(position for position, has in enumerate(named) if not has)


def _scans(select: Node, local: set[str]) -> Iterator[Scan]:
    tables: list[Node] = []
    inner = _tables(select.get("from_table") or {}, tables)
    conditions = list(_conjuncts(select.get("where_clause"))) if inner else []
    for one in tables:
        name, database = one["table_name"].lower(), one.get("schema_name", "").lower()
        if name in local and not database:
            continue
        names = (one["alias"].lower(),) if one.get("alias") else (name,)
        yield Scan(database, name, names, len(tables) == 1, conditions)


def _tables(source: Node, found: list[Node]) -> bool:
    """Add the tables of a FROM; whether a row that WHERE refuses can be left out before the join."""
    if source.get("type") == "BASE_TABLE":
        found.append(source)
        return True
    if source.get("type") != "JOIN":
        return True
    sides = [_tables(source["left"], found), _tables(source["right"], found)]
    return all(sides) and source.get("join_type") == "INNER"


def _conjuncts(condition: Node | None) -> Iterator[Node]:
    if condition and condition.get("type") == "CONJUNCTION_AND":
        for one in condition["children"]:
            yield from _conjuncts(one)
    elif condition:
        yield condition


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _nodes(one)
    elif isinstance(value, list):
        for one in value:
            yield from _nodes(one)
