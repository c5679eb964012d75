"""Runs every family of rules over a definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from headend.asl import model, source
from headend.asl.lint.codes import CODES
from headend.asl.lint.finding import Finding
from headend.asl.lint.rules import dataflow, errors, fields, graph, integrations, jsonata, jsonpath, smells
from headend.asl.model import Definition
from headend.asl.source import SourceError

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
UNREADABLE = "file-unreadable"
MEANT = frozenset({"jsonpath-missing-dollar", "jsonpath-template-value", "jsonata-text", "jsonata-delimiters"})
MISFITS = frozenset(
    {"fields-type", "fields-value", "fields-limit", "integrations-type", "integrations-enum", "integrations-range"}
)


def lint(definition: Definition) -> list[Finding]:
    """All findings, in the order of the file; none twice."""
    found = {finding: None for check in FAMILIES for finding in check(definition)}
    return sorted(_one_each(list(found)), key=lambda finding: finding.order)


def _one_each(found: list[Finding]) -> Iterator[Finding]:
    """One finding for a text that was meant to be evaluated: what was meant, not also that the text does not fit."""
    meant = {finding.pointer for finding in found if finding.code in MEANT}
    misfits = {finding.pointer for finding in found if finding.code in MISFITS and finding.pointer in meant}
    for finding in found:
        if finding.pointer not in misfits:
            yield finding
        elif finding.code in MEANT:
            yield replace(finding, severity="error")
        elif finding.code not in MISFITS:
            yield finding


def lint_file(path: Path, execution_type: str | None = None) -> list[Finding]:
    """The same for a file; one that is no JSON or YAML object, or no file at all, is one finding itself."""
    try:
        document = source.load(path)
    except SourceError as error:
        return [_unreadable(error)]
    return lint(model.read(document, execution_type))


def lint_text(text: str, path: Path, execution_type: str | None = None) -> list[Finding]:
    """The same for text; `path` names it in findings and, by its suffix, its syntax."""
    try:
        document = source.parse(text, path)
    except SourceError as error:
        return [_unreadable(error)]
    return lint(model.read(document, execution_type))


def _unreadable(error: SourceError) -> Finding:
    return Finding(
        UNREADABLE, CODES[UNREADABLE].severity, error.path, error.line, error.column, None, (), error.problem
    )
