"""`headend asl …`: what is known about a state machine's definition before it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headend import console
from headend.errors import HeadendError, UsageError

app = typer.Typer(no_args_is_help=True, help="Know a state machine before it runs: lint, iam, diagram, cost.")

DefinitionFiles = Annotated[list[Path], typer.Argument(help="Definitions: JSON, or YAML (.yaml, .yml).")]
ExecutionType = Annotated[
    str | None, typer.Option("--type", help="STANDARD or EXPRESS, where you know: the definition does not say.")
]


@app.command()
def lint(
    files: DefinitionFiles,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    style: Annotated[str, typer.Option("--format", help="text, json, sarif or github.")] = "text",
    execution_type: ExecutionType = None,
) -> None:
    """Find what AWS will refuse, and what will fail when it runs. docs/lint.md explains every code."""
    from headend.asl.lint import formats
    from headend.asl.lint.linter import lint_file

    if style not in formats.FORMATS:
        raise UsageError(f"--format {style}: use one of {', '.join(formats.FORMATS)}")
    known = _execution_type(execution_type)
    findings = [finding for file in files for finding in lint_file(file, known)]
    if text := formats.written(findings, len(files), style):
        console.out.print(text, markup=False)
    failed = [finding for finding in findings if strict or finding.severity == "error"]
    summary = formats.summary(findings, len(files))
    if failed:
        raise HeadendError(f"{summary}: {formats.REFERENCE} explains each code")
    console.tell(summary)


def _execution_type(given: str | None) -> str | None:
    if given is None or given.upper() in ("STANDARD", "EXPRESS"):
        return given and given.upper()
    raise UsageError(f"--type {given}: use STANDARD or EXPRESS")
