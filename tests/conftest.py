"""What holds for every test."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """A shell starts its background jobs deaf to Ctrl-C, and they hand that down: tests of Ctrl-C need to hear it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
