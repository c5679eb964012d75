"""A definition as a Mermaid flow chart, which GitHub and others draw. https://mermaid.js.org/syntax/flowchart.html

Names and labels are text in double quotes with Mermaid's entity codes, so that none of their characters is syntax;
the nodes' ids are our own.
"""

from __future__ import annotations

from collections.abc import Iterator

from headend.asl.diagram import labels, text
from headend.asl.diagram.execution import Run
from headend.asl.model import Definition, Machine, State

_FORMS = {
    "Pass": ("[/", "/]"),
    "Choice": ("{{", "}}"),
    "Wait": (">", "]"),
    "Succeed": ("([", "])"),
    "Fail": ("[[", "]]"),
}
_SAFE = frozenset(" .,:=+*?!()$_-/'≤≥…→↻«»·")
INDENT = "  "


def mermaid(definition: Definition, run: Run | None = None) -> str:
    """Draw `definition`, with what one execution did in it. The text ends in a line feed."""
    chart = _Chart(definition, run)
    return "\n".join(["flowchart TD", *chart.machine(definition.root, INDENT), *chart.looks()]) + "\n"


class _Chart:
    """Gives ids out, and remembers which nodes and links look how."""

    def __init__(self, definition: Definition, run: Run | None) -> None:
        self.run = run
        self.ids = {id(state): f"s{number}" for number, state in enumerate(definition.states(), 1)}
        self.marks = 0
        self.links = 0
        self.classes: dict[str, list[str]] = {}
        self.taken: list[int] = []

    def machine(self, machine: Machine, indent: str) -> Iterator[str]:
        for state in machine.states.values():
            yield from self.state(state, indent)
        ghosts: dict[str, str] = {}
        if machine.start_at is not None:
            start = self.mark()
            yield f'{indent}{start}(("start"))'
            target = self.target(machine, machine.start_at, ghosts)
            yield from self.link(indent, f"{start} --> {target}", self.steps(None, machine.start_at, catch=False))
        for way in labels.ways(machine):
            source, target = self.ids[id(machine.states[way.source])], self.target(machine, way.target, ghosts)
            arrow = "-.->" if way.catch else "-->"
            label = f'|"{"<br>".join(map(escaped, way.label))}"|' if way.label else ""
            yield from self.link(
                indent, f"{source} {arrow}{label} {target}", self.steps(way.source, way.target, catch=way.catch)
            )
        for name, ghost in ghosts.items():
            yield f'{indent}{ghost}["{escaped(labels.name(name))}<br>missing"]'
            self.classes.setdefault("missing", []).append(ghost)
        for state in machine.states.values():
            if state.ends and state.type != "Succeed":
                end = self.mark()
                yield f'{indent}{end}((("end")))'
                yield from self.link(indent, f"{self.ids[id(state)]} --> {end}", 0)

    def state(self, state: State, indent: str) -> Iterator[str]:
        own = self.ids[id(state)]
        words = [labels.name(state.name), labels.subline(state)]
        words[1] += f" {labels.retry(state)}" if labels.retry(state) else ""
        if self.run and (note := self.run.note(state.name)):
            words.append(text.short(note, labels.SUBLINE_LENGTH))
            visit = self.run.by_name[state.name][-1]
            look = "failed" if visit.failed or state.type == "Fail" else "taken"
            self.classes.setdefault(look, []).append(own)
        if not state.machines:
            label = "<br>".join(map(escaped, words))
            before, after = _FORMS.get(state.type, ("[", "]"))
            yield f'{indent}{own}{before}"{label}"{after}'
            return
        # A title of several lines would lie over what is inside.
        yield f'{indent}subgraph {own}["{escaped(" · ".join(words))}"]'
        yield f"{indent}{INDENT}direction TB"
        for number, machine in enumerate(state.machines, 1):
            if len(state.machines) == 1:
                yield from self.machine(machine, indent + INDENT)
                continue
            yield f'{indent}{INDENT}subgraph {own}b{number}["branch {number}"]'
            yield f"{indent}{2 * INDENT}direction TB"
            yield from self.machine(machine, indent + 2 * INDENT)
            yield f"{indent}{INDENT}end"
        yield f"{indent}end"

    def target(self, machine: Machine, name: str, ghosts: dict[str, str]) -> str:
        if name in machine.states:
            return self.ids[id(machine.states[name])]
        return ghosts.setdefault(name, self.mark() if name not in ghosts else "")

    def mark(self) -> str:
        self.marks += 1
        return f"m{self.marks}"

    def steps(self, source: str | None, target: str, *, catch: bool) -> int:
        return self.run.steps[source, target, catch] if self.run else 0

    def link(self, indent: str, line: str, taken: int) -> Iterator[str]:
        if taken:
            self.taken.append(self.links)
        self.links += 1
        yield indent + line

    def looks(self) -> Iterator[str]:
        """The styles of what was taken, failed or is missing; only strokes, which suit light and dark."""
        forms = {"taken": "stroke:#14804a,stroke-width:3px", "failed": "stroke:#c8322b,stroke-width:3px"}
        forms["missing"] = "stroke:#c8322b,stroke-dasharray:3 3"
        for name, found in self.classes.items():
            yield f"{INDENT}classDef {name} {forms[name]}"
            yield f"{INDENT}class {','.join(found)} {name}"
        if self.taken:
            yield f"{INDENT}linkStyle {','.join(map(str, self.taken))} stroke:#14804a,stroke-width:3px"


def escaped(words: str) -> str:
    """For a text in double quotes: all but letters, digits and harmless signs by their code."""
    return "".join(c if c.isalnum() or c in _SAFE else f"#{ord(c)};" for c in text.plain(words))
