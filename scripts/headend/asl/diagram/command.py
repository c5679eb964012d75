"""What `headend asl diagram` does."""

from __future__ import annotations

from pathlib import Path

from headend.asl import model
from headend.asl.diagram import execution
from headend.asl.diagram.fetch import fetch
from headend.asl.diagram.mermaid import mermaid
from headend.asl.diagram.svg import svg
from headend.errors import HeadendError, UsageError

STYLES = {"svg": svg, "mermaid": mermaid}
SUFFIXES = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid"}


def style(asked: str, out: Path | None) -> str:
    """The format that was asked for, or that the file's name says. Raises UsageError for an unknown one."""
    if asked and asked not in STYLES:
        raise UsageError(f"--format {asked}: use one of {', '.join(STYLES)}")
    return asked or SUFFIXES.get(out.suffix if out else "", "mermaid")


def drawing(file: Path, style: str, told: str | None = None) -> str:
    """Draw the definition in `file`, with the execution `told`: a file with its history, or its ARN.

    Raises HeadendError, one line, where one of them cannot be read.
    """
    definition = model.load(file)
    run = None
    if told is not None:
        run = fetch(told) if told.startswith("arn:") else execution.load(Path(told))
        strange = sorted(set(run.by_name) - {state.name for state in definition.states()})
        if strange:
            raise HeadendError(
                f"{file}: has no state {strange[0]!r}, which the execution entered: is it of another one?"
            )
    return STYLES[style](definition, run)


def write(text: str, out: Path) -> Path:
    """Write a drawing. Raises HeadendError where that is not possible."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HeadendError(f"{out}: cannot be written ({error.strerror})") from None
    return out
