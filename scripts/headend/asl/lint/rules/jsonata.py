"""Not written yet."""

from __future__ import annotations

from collections.abc import Iterator

from headend.asl.lint.finding import Finding
from headend.asl.model import Definition


def check(definition: Definition) -> Iterator[Finding]:
    """Nothing yet."""
    return iter(())
