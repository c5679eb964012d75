"""The codes that findings have: `catalogue/<family>.yaml`, one entry a code.

An entry of a family's file:

    graph-dangling:                 # <family>-<what>
      severity: error               # or warning
      title: A state that is not there
      why: One or two sentences: what happens on AWS, and what to do.
      source: https://docs.aws.amazon.com/…
      bad: |                        # a whole definition (JSON or YAML), in which lint finds this code and no other
      good: |                       # the same without the fault: lint finds nothing

`bad` and `good` may each be a list of definitions. The examples are the tests, and docs/lint.md is made of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

import yaml


@dataclass(frozen=True)
class Code:
    """What is known of one code. `bad` and `good` are the texts of definitions."""

    name: str
    severity: Literal["error", "warning"]
    title: str
    why: str
    source: str
    bad: tuple[str, ...]
    good: tuple[str, ...]

    @property
    def family(self) -> str:
        """The part before the first "-": the name of its file."""
        return self.name.partition("-")[0]


@cache
def _all() -> dict[str, Code]:
    found: dict[str, Code] = {}
    folder = files("headend.asl.lint") / "catalogue"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yaml"):
            for name, entry in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
                found[name] = _code(name, entry)
    return found


def _code(name: str, entry: dict[str, Any]) -> Code:
    examples = {key: entry[key] if isinstance(entry[key], list) else [entry[key]] for key in ("bad", "good")}
    severity = cast('Literal["error", "warning"]', entry["severity"])
    return Code(
        name, severity, entry["title"], entry["why"], entry["source"], tuple(examples["bad"]), tuple(examples["good"])
    )


CODES = _all()
