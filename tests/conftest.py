"""What holds for every test."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--contracts PATH` is how `headend docs` learns which behaviours of AWS are tested."""
    parser.addoption("--contracts", help="write the collected contract tests to this file, as JSON")


def pytest_configure() -> None:
    """A shell starts its background jobs deaf to Ctrl-C, and they hand that down: tests of Ctrl-C need to hear it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write one line for each case: the test, and what its marker says."""
    path = session.config.getoption("--contracts")
    if not path:
        return
    rows = []
    for item in session.items:
        marker = item.get_closest_marker("contract")
        if marker is None:
            continue
        [behaviour] = marker.args
        rows.append(
            {
                "test": item.nodeid.partition("[")[0],
                "behaviour": behaviour,
                "source": marker.kwargs["source"],
                "limits": marker.kwargs.get("limits") or "",
            }
        )
    if session.testsfailed == 0:
        Path(path).write_text(json.dumps(rows), encoding="utf-8")
