"""One thing that is wrong, where, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headend.asl.lint.codes import CODES
from headend.asl.model import Definition, State
from headend.asl.source import Pointer

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What would break a line or move a terminal's cursor; names and texts of a definition may hold it."""
Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """What `lint` says.

    Attributes:
        code: a key of CODES, such as "graph-dangling".
        severity: "error" where AWS refuses the definition or an execution is sure to fail; "warning" otherwise.
        path, line, column: where, from 1.
        state: name of the state, None where it is about a machine or the file.
        pointer: where in the document.
        message: what is wrong, and what to do; one line.
    """

    code: str
    severity: Severity
    path: Path
    line: int
    column: int
    state: str | None
    pointer: Pointer
    message: str

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """By which findings are sorted."""
        return str(self.path), self.line, self.column, self.code, self.message


def finding(
    definition: Definition,
    code: str,
    pointer: Pointer,
    message: str,
    state: State | None = None,
    *,
    value: bool = False,
) -> Finding:
    """A finding at `pointer` (its key, or its value if asked). Its severity is the code's: see `codes`."""
    place = definition.position(pointer, value=value)
    return Finding(
        code,
        CODES[code].severity,
        definition.path,
        place.line,
        place.column,
        _CONTROL.sub(" ", state.name) if state else None,
        pointer,
        _CONTROL.sub(" ", message),
    )
