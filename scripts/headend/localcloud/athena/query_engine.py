"""DuckDB: runs a query over tables that are given as lines of JSON, on the cloud's clock, without a way outside.

No statement of a caller's runs before DuckDB is shut in: it can neither read nor write files, load extensions, nor see
this process's variables, and a query that asks for too much memory fails and leaves nothing on the disk.
Source: https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from headend.localcloud.athena import trino
from headend.localcloud.athena.hive_types import Kind, duckdb_type, quoted, result_kind
from headend.localcloud.athena.query_failure import QueryFailedError

CATALOG = "awsdatacatalog"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": "2GB",
    "python_enable_replacements": False,
    "temp_directory": "",
    "threads": 1,
}
MOMENT = "'%Y-%m-%d %H:%M:%S.%g'"


@dataclass(frozen=True)
class TableRows:
    """A table of a database: its columns with Glue's types, and its rows by column name."""

    database: str
    name: str
    columns: tuple[tuple[str, str], ...]
    rows: Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Result:
    """Columns by name and type, and rows of Python's values; moments are texts as Athena shows them."""

    columns: list[tuple[str, Kind]]
    rows: list[tuple[Any, ...]]


def run(
    sql: str,
    database: str,
    tables: Iterable[TableRows],
    now: datetime,
    running: Callable[[Callable[[], None]], AbstractContextManager[None]],
) -> Result:
    """The result of a SELECT. Raises QueryFailedError.

    `running` is entered while the query runs, and given what ends it from another thread.
    """
    with _connect(now) as connection:
        connection.execute(f"ATTACH ':memory:' AS {CATALOG}")
        schema = quoted(database or "default")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.{schema}")
        for table in tables:
            _load(connection, table)
        connection.execute("SET search_path = ?", [f"{CATALOG}.{schema},memory.main"])
        _shut_in(connection)
        with running(lambda: _interrupt(connection)):
            try:
                described = connection.execute(f"DESCRIBE {sql}").fetchall()
                shown = ", ".join(_shown(f"c{number}", row[1]) for number, row in enumerate(described))
                names = ", ".join(f"c{number}" for number in range(len(described)))
                rows = connection.execute(f"SELECT {shown} FROM ({sql}\n) AS q({names})").fetchall()  # noqa: S608 - it is a query's
            except duckdb.Error as error:
                raise QueryFailedError(_reason(error)) from error
    return Result([(str(row[0]).lower(), result_kind(str(row[1]))) for row in described], rows)


def chosen(
    values: list[dict[str, str]], columns: Iterable[tuple[str, str]], select: str, now: datetime
) -> list[dict[str, str]]:
    """The partition values that `SELECT * FROM keys WHERE …` leaves. Raises QueryFailedError."""
    declared = ", ".join(f"{quoted(name)} {duckdb_type(kind)}" for name, kind in columns)
    with _connect(now) as connection:
        connection.execute(f"CREATE TABLE all_keys (number INTEGER, {declared})")
        names = [name for name, _ in columns]
        for number, one in enumerate(values):
            marks = ", ".join("?" for _ in names)
            insert = f"INSERT INTO all_keys VALUES ({number}, {marks})"  # noqa: S608 - marks only
            connection.execute(insert, [one[name] for name in names])
        connection.execute("CREATE VIEW keys AS SELECT * FROM all_keys")
        _shut_in(connection)
        try:
            rows = connection.execute(select).fetchall()
        except duckdb.Error as error:
            raise QueryFailedError(_reason(error)) from error
    return [values[row[0]] for row in rows]


@contextmanager
def _connect(now: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own, in memory."""
    with closing(duckdb.connect(config=SETTINGS)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET integer_division = true")
        for text in trino.macros(now):
            connection.execute(text)
        yield connection


def _shut_in(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on nothing outside can be reached, and no statement can change that."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _interrupt(connection: duckdb.DuckDBPyConnection) -> None:
    """End the query that runs, if one does."""
    with suppress(duckdb.ConnectionException):
        connection.interrupt()


def _load(connection: duckdb.DuckDBPyConnection, table: TableRows) -> None:
    schema = f"{CATALOG}.{quoted(table.database)}"
    columns = [(name, duckdb_type(kind)) for name, kind in table.columns]
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    declared = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)
    connection.execute(f"CREATE TABLE {schema}.{quoted(table.name)} ({declared})")
    lines = [json.dumps(row) + "\n" for row in table.rows]
    if not lines:
        return
    listed = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': '{kind}'" for name, kind in columns)
    read = f"read_json(?, format = 'newline_delimited', columns = {{{listed}}})"
    insert = f"INSERT INTO {schema}.{quoted(table.name)} SELECT * FROM {read}"  # noqa: S608 - quoted names
    try:
        with TemporaryDirectory(prefix="athena-") as folder:
            path = Path(folder) / "rows.json"
            path.write_text("".join(lines), encoding="utf-8")
            connection.execute(insert, [str(path)])
    except duckdb.OutOfMemoryException as error:
        raise QueryFailedError(_reason(error)) from error
    except duckdb.Error as error:
        told = str(error).splitlines()[0].partition(", in line ")[2].partition(": ")[2]  # without the file's name
        raise QueryFailedError(f"HIVE_BAD_DATA: Error parsing a field's value: {told}") from error


def _shown(column: str, kind: str) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime(timezone('UTC', {column}), {MOMENT}) || ' UTC'"
    if kind == "TIMESTAMP":
        return f"strftime({column}, {MOMENT})"
    if kind == "HUGEINT":
        return f"CAST({column} AS BIGINT)"
    return f"CAST({column} AS VARCHAR)" if kind in ("DATE", "INTERVAL") else column


def _reason(error: duckdb.Error) -> str:
    """A failure with the name that Trino gives to its kind."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return "Query exhausted resources at this scale factor"
    first = str(error).splitlines()[0]
    kinds: dict[type[duckdb.Error], str] = {
        duckdb.BinderException: "COLUMN_NOT_FOUND" if "column" in first.lower() else "TYPE_MISMATCH",
        duckdb.CatalogException: "NOT_SUPPORTED",
        duckdb.ConversionException: "INVALID_CAST_ARGUMENT",
    }
    return f"{kinds.get(type(error), 'GENERIC_USER_ERROR')}: {first}"
