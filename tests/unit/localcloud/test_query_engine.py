"""DuckDB behind Athena: whatever a statement says, nothing of the machine is read or written, and it can be ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud.athena import query_engine
from headend.localcloud.athena.query_engine import Result, TableRows
from headend.localcloud.athena.query_failure import QueryFailedError
from running_cloud import until

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Interrupt = Callable[[], None]


@contextmanager
def undisturbed(_: Interrupt) -> Iterator[None]:
    yield


def run(sql: str, *rows: Mapping[str, Any], running: Any = undisturbed) -> Result:
    """A query over the table db.t, which has the columns a (string) and n (int)."""
    return query_engine.run(sql, "db", [TableRows("db", "t", (("a", "string"), ("n", "int")), rows)], NOW, running)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text("a secret\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{}')",
        "SELECT * FROM read_csv('{}')",
        "SELECT * FROM '{}'",
        "SELECT * FROM glob('{}')",
        "SELECT a FROM t WHERE a = (SELECT content FROM read_text('{}'))",
    ],
)
def test_no_file_is_read(secret: Path, sql: str) -> None:
    with pytest.raises(QueryFailedError) as failed:
        run(sql.format(secret), {"a": "one"})
    assert "a secret" not in str(failed.value)


def test_no_file_is_read_while_partitions_are_chosen(secret: Path) -> None:
    select = f"SELECT * FROM keys WHERE day <> (SELECT content FROM read_text('{secret}'))"
    with pytest.raises(QueryFailedError):
        query_engine.chosen([{"day": "2026-01-01"}], [("day", "string")], select, NOW)


def test_variables_of_this_process_are_no_tables() -> None:
    with pytest.raises(QueryFailedError):
        run("SELECT * FROM tables")
    with pytest.raises(QueryFailedError):
        run("SELECT * FROM lines")


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run("SELECT count(*) AS n FROM t", {"a": "one"}, {"a": "two"}).rows == [(2,)]
    with pytest.raises(QueryFailedError, match="HIVE_BAD_DATA"):
        run("SELECT n FROM t", {"n": "many"})
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_is_not_of_its_column_s_type_is_told_without_a_file_of_this_machine() -> None:
    with pytest.raises(QueryFailedError) as failed:
        run("SELECT n FROM t", {"n": "many"})
    assert "many" in str(failed.value)
    assert "/" not in str(failed.value)


def test_a_query_that_needs_too_much_memory_fails_as_on_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(query_engine.SETTINGS, "memory_limit", "150MB")
    rows = [{"a": f"{number:08}" * 8, "n": number} for number in range(2000)]
    with pytest.raises(QueryFailedError, match="Query exhausted resources at this scale factor"):
        run("SELECT x.a, y.a, count(*) FROM t x, t y GROUP BY x.a, y.a", *rows)


def test_a_query_that_runs_is_ended_from_another_thread() -> None:
    interrupts: list[Interrupt] = []
    failures: list[str] = []

    @contextmanager
    def running(interrupt: Interrupt) -> Iterator[None]:
        interrupts.append(interrupt)
        yield

    def query() -> None:
        try:
            run(
                f"SELECT count(*) FROM {', '.join(f't t{number}' for number in range(40))}",
                *({"n": 1},) * 9,
                running=running,
            )
        except QueryFailedError as failure:
            failures.append(str(failure))

    thread = threading.Thread(target=query, daemon=True)
    thread.start()

    def ended() -> bool:
        for interrupt in interrupts:
            interrupt()
        return not thread.is_alive()

    until(ended, 60)
    assert len(failures) == 1
