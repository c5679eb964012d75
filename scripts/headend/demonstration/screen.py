"""The demo on the terminal: one line a beat, readable without colours and when the output is a file."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from headend.demonstration.story import Beat

TONES = {"fault": "bold yellow", "bad": "bold red", "good": "bold green", "info": "cyan", "quiet": "dim"}
LABEL_WIDTH = 10
BODY_WIDTH = 96
BODY_INDENT = " " * 13 + "│ "


class Screen:
    """Prints the demo. With `plain`, or when the output is no terminal, there are no colours and no moving parts."""

    def __init__(self, console: Console | None = None, *, plain: bool = False) -> None:
        self.console = console or Console(no_color=plain or None, highlight=False, soft_wrap=True)
        self.moving = self.console.is_terminal and not plain

    def title(self, text: str) -> None:
        """A heading with an empty line above it."""
        self.console.print()
        self.console.print(Text(text, style="bold"))

    def line(self, text: str, style: str = "") -> None:
        """One line of plain text."""
        self.console.print(Text(text, style=style))

    @contextmanager
    def phase(self, name: str) -> Iterator[Callable[[str], None]]:
        """Show that `name` is going on, then how long it took. Yields a function that is told details."""
        started = monotonic()
        if not self.moving:
            self.line(f"  {name} …")
            yield lambda detail: self.line(f"      {detail}", "dim")
        else:
            with self.console.status(f"{escape(name)} …") as status:
                yield lambda detail: status.update(f"{escape(name)} … [dim]{escape(detail)}[/dim]")
        self.line(f"  {name}: {monotonic() - started:.1f} s")

    @contextmanager
    def waiting(self) -> Iterator[Callable[[str], None]]:
        """A line at the bottom of a terminal that says what is awaited; nothing elsewhere."""
        if not self.moving:
            yield lambda _: None
            return
        with self.console.status("") as status:
            yield lambda text: status.update(escape(text))

    def beat(self, beat: Beat) -> None:
        """One line of the story, and below it the text of a message."""
        tone = TONES[beat.tone]
        text = Text(f"{beat.at:+9.3f} s  ")
        text.append(f"{beat.label:<{LABEL_WIDTH}}", style=tone)
        text.append(f" {beat.text}", style="dim" if beat.tone == "quiet" else "")
        self.console.print(text)
        if beat.body:
            for line in beat.body.strip().splitlines():
                for part in _wrap(line):
                    self.console.print(Text(f"{BODY_INDENT}{part}".rstrip()))


def _wrap(line: str) -> list[str]:
    """A line of a message at a readable width; addresses stay in one piece."""
    return textwrap.wrap(line, BODY_WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
