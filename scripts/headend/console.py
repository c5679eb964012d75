"""Where output goes: results on stdout, progress and errors on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def tell(line: str) -> None:
    """One line of progress."""
    err.print(Text(line, style="dim"))


def fail(message: str) -> None:
    """An error: each of its lines says what is wrong and what to do."""
    for line in message.splitlines():
        err.print(Text(f"headend: {line}", style="red"))
