"""`headend bench`: ratios of what costs time, each pair measured in one run. It prints them and judges nothing."""

from __future__ import annotations

from headend.bench.suite import run

__all__ = ["run"]
