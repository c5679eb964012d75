"""Findings as people and programs read them: text, JSON, SARIF 2.1.0, GitHub's annotations."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import headend
from headend.asl.lint.codes import CODES
from headend.asl.lint.finding import Finding

FORMATS = ("text", "json", "sarif", "github")
REFERENCE = "docs/lint.md"


def written(findings: Sequence[Finding], files: int, style: str) -> str:
    """The findings of `files` files in one of FORMATS, without a newline at the end."""
    if style == "json":
        return _json(findings, files)
    if style == "sarif":
        return json.dumps(sarif(findings), indent=2, ensure_ascii=False)
    if style == "github":
        return "\n".join(_annotation(finding) for finding in findings)
    return "\n".join(_line(finding) for finding in findings)


def summary(findings: Sequence[Finding], files: int) -> str:
    """`3 errors, 1 warning in 2 files`."""
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(_count(counts[name], name) for name in ("error", "warning") if counts[name]) or "nothing found"
    return f"{told} in {_count(files, 'file')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line(finding: Finding) -> str:
    state = f"{finding.state}: " if finding.state is not None else ""
    return (
        f"{finding.path}:{finding.line}:{finding.column}: {finding.severity} {finding.code}: {state}{finding.message}"
    )


def _json(findings: Sequence[Finding], files: int) -> str:
    rows = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "file": str(finding.path),
            "line": finding.line,
            "column": finding.column,
            "state": finding.state,
            "pointer": list(finding.pointer),
            "message": finding.message,
        }
        for finding in findings
    ]
    counts = Counter(finding.severity for finding in findings)
    return json.dumps(
        {"files": files, "errors": counts["error"], "warnings": counts["warning"], "findings": rows},
        indent=2,
        ensure_ascii=False,
    )


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings as a SARIF log, for code scanning.

    Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    names = sorted({finding.code for finding in findings})
    rules = [
        {
            "id": name,
            "shortDescription": {"text": CODES[name].title},
            "fullDescription": {"text": CODES[name].why},
            "helpUri": CODES[name].source,
            "defaultConfiguration": {"level": CODES[name].severity},
        }
        for name in names
    ]
    results = [
        {
            "ruleId": finding.code,
            "ruleIndex": names.index(finding.code),
            "level": finding.severity,
            "message": {"text": f"{finding.state}: {finding.message}" if finding.state else finding.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": _artifact(finding.path),
                        "region": {"startLine": finding.line, "startColumn": finding.column},
                    }
                }
            ],
        }
        for finding in findings
    ]
    driver = {"name": "headend asl lint", "version": headend.__version__, "rules": rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _artifact(path: Path) -> dict[str, str]:
    """A relative path stays one: code scanning finds it in the repository."""
    return {"uri": path.as_uri() if path.is_absolute() else path.as_posix()}


def _annotation(finding: Finding) -> str:
    """A workflow command of GitHub Actions.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    where = {
        "file": finding.path.as_posix(),
        "line": finding.line,
        "col": finding.column,
        "title": f"{finding.code}: {finding.state}" if finding.state else finding.code,
    }
    told = ",".join(f"{key}={_escaped(str(value), property_=True)}" for key, value in where.items())
    return f"::{finding.severity} {told}::{_escaped(finding.message)}"


def _escaped(text: str, *, property_: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_ else text
