"""What holds for every test."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples in every run, and no time limit: how busy a machine is says nothing about the product. To look for
# more: pytest --hypothesis-profile=default.
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--contracts PATH` is how `headend docs` learns which behaviours of AWS are tested."""
    parser.addoption("--contracts", help="write the collected contract tests to this file, as JSON")


def pytest_configure() -> None:
    """A shell starts its background jobs deaf to Ctrl-C, and they hand that down: tests of Ctrl-C need to hear it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What deploys comes first: its files take minutes, and one that began last would be waited for alone."""
    items.sort(key=lambda item: "local" not in item.path.relative_to(Path(__file__).parent).parts[:1])


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


@pytest.fixture
def fault(cloud: Any) -> Iterator[Callable[..., Any]]:
    """Begins a fault of the test's local cloud: `fault("throttle", service="sqs", rate=0.5)`; it ends with the test.

    See headend.localcloud.faults.fault_model for the kinds and their settings. Returns the Fault, or what the server
    says of it where the local cloud is a process of its own.
    """
    from headend.localcloud.faults.faults import Faults

    begin = cloud.server.part(Faults).during if hasattr(cloud, "server") else cloud.fault
    with ExitStack() as ends:
        yield lambda kind, **settings: ends.enter_context(begin(kind, **settings))
