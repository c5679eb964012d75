"""Runs every family of rules over a definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from headend.asl import model
from headend.asl.lint.finding import Finding
from headend.asl.lint.rules import dataflow, errors, fields, graph, integrations, jsonata, jsonpath, smells
from headend.asl.model import Definition

FAMILIES: tuple[Callable[[Definition], Iterator[Finding]], ...] = (
    fields.check,
    graph.check,
    errors.check,
    jsonpath.check,
    jsonata.check,
    integrations.check,
    dataflow.check,
    smells.check,
)


def lint(definition: Definition) -> list[Finding]:
    """All findings, in the order of the file; none twice."""
    found = {finding: None for check in FAMILIES for finding in check(definition)}
    return sorted(found, key=lambda finding: finding.order)


def lint_file(path: Path, execution_type: str | None = None) -> list[Finding]:
    """The same for a file. Raises SourceError where it is no JSON or YAML object."""
    return lint(model.load(path, execution_type))
