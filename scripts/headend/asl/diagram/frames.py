"""Machines in machines: each Map and Parallel state is a box around the drawings of what is inside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headend.asl.diagram import labels, text
from headend.asl.diagram.execution import Run
from headend.asl.diagram.labels import Way
from headend.asl.diagram.layout import Arc, Drawing, Route, Size, layered
from headend.asl.model import Machine, State

NAME_SIZE, SMALL_SIZE = 12.5, 10.5
BOLD = 1.1
"""How much wider bold text is."""
LINE = 13.0
LABEL_LINE = 12.5
BOX_HEIGHT = 40.0
HEADER = 40.0
"""Height of a box, and of the head of a group, without an execution's note, which takes one `LINE`."""
LEAST_WIDTH = 112.0
PADDING = 14.0
MARK = 14.0
"""Diameter of the start and end marks."""
STUB = 9.0
"""Length of the line from a state to its end mark."""
SHEET = 5.0
"""How far the sheet behind a Map state is moved."""
ROW_WIDTH = 1150.0
"""Branches that together are wider than this stand in several rows."""
START = "start"


@dataclass(frozen=True)
class Panel:
    """A machine inside a group: its frame and where that stands in the group's box."""

    x: float
    y: float
    frame: Frame


@dataclass(frozen=True)
class Box:
    """A state, or (without one) the start mark or the name of a state that does not exist.

    `x`, `y` are of its upper left corner in its frame; `height` is without the end mark below and the sheet behind.
    """

    key: str
    x: float
    y: float
    width: float
    height: float
    state: State | None = None
    note: str = ""
    panels: tuple[Panel, ...] = ()
    end: float | None = None
    """x of its end mark, from the left of the frame."""


@dataclass(frozen=True)
class Line:
    """A way with its route; without a way it is the one from the start mark."""

    way: Way | None
    target: str
    route: Route


@dataclass(frozen=True)
class Frame:
    """A drawn machine. Coordinates are its own, in pixels."""

    machine: Machine
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    def all_boxes(self, x: float = 0.0, y: float = 0.0) -> Iterator[tuple[float, float, Box]]:
        """Every box with its place on the whole page: outer ones before inner ones."""
        for box in self.boxes:
            yield x + box.x, y + box.y, box
            for panel in box.panels:
                yield from panel.frame.all_boxes(x + box.x + panel.x, y + box.y + panel.y)


def arrange(machine: Machine, run: Run | None = None) -> Frame:
    """Lay a machine out, with everything inside it."""
    inner = {name: _panels(state, run) for name, state in machine.states.items()}
    found = labels.ways(machine)
    sizes = {START: Size(MARK, MARK, MARK)}
    for name, state in machine.states.items():
        sizes[_key(name)] = _size(state, inner[name], run)
    arcs = [Arc(START, _key(machine.start_at), None)] if machine.start_at is not None else []
    arcs += [
        Arc(_key(way.source), _key(way.target), _label_size(way), "catch" if way.catch else "next") for way in found
    ]
    for arc in arcs:
        if arc.target not in sizes:
            sizes[arc.target] = _missing(arc.target)
    drawing = layered(sizes, arcs)
    boxes = [_box(drawing, START, sizes[START], None, (), None)]
    for key, size in list(sizes.items())[1:]:
        member = machine.states.get(_name(key))
        panels = inner[member.name] if member else ()
        boxes.append(_box(drawing, key, size, member, panels, run))
    lines = [
        Line(way, arc.target, route)
        for way, arc, route in zip(_with_start(machine, found), arcs, drawing.routes, strict=True)
    ]
    return Frame(machine, drawing.width, drawing.height, tuple(boxes), tuple(lines))


def _with_start(machine: Machine, found: Sequence[Way]) -> list[Way | None]:
    return [None, *found] if machine.start_at is not None else list(found)


def _key(name: str | None) -> str:
    return f"state {name}"


def _name(key: str) -> str:
    return key.removeprefix("state ")


def _missing(key: str) -> Size:
    width = text.width(labels.name(_name(key)), NAME_SIZE) * BOLD + 28
    return Size(max(LEAST_WIDTH, width), BOX_HEIGHT, BOX_HEIGHT)


def _label_size(way: Way) -> tuple[float, float] | None:
    if not way.label:
        return None
    return max(text.width(line, SMALL_SIZE) for line in way.label) + 8, len(way.label) * LABEL_LINE + 3


def _size(state: State, panels: Sequence[Panel], run: Run | None) -> Size:
    """The place that a state takes, with its end mark and, for a Map, the sheet behind it."""
    note = run.note(state.name) if run else ""
    chip = chip_width(state)
    words = max(
        text.width(labels.name(state.name), NAME_SIZE) * BOLD + (chip + 10 if chip else 0),
        text.width(labels.subline(state), SMALL_SIZE),
        text.width(text.short(note, labels.SUBLINE_LENGTH), SMALL_SIZE),
    )
    width = max(LEAST_WIDTH, words + 28)
    height = BOX_HEIGHT + (LINE if note else 0)
    if panels:
        width = max(width, max(p.x + p.frame.width for p in panels) + 2 * PADDING)
        height = max(p.y + p.frame.height for p in panels) + 2 * PADDING
    sheet = SHEET if state.type == "Map" else 0.0
    end = STUB + MARK if state.ends and state.type != "Succeed" else 0.0
    return Size(width + 2 * sheet, height + sheet + end, height + sheet, stub=bool(end))


def chip_width(state: State) -> float:
    """Width of the marker of its retriers, 0 without any."""
    words = labels.retry(state)
    return text.width(words, SMALL_SIZE) + 10 if words else 0.0


def _panels(state: State, run: Run | None) -> tuple[Panel, ...]:
    """What is inside a state, side by side, in rows where that would be too wide. Each panel has padding around it."""
    note = bool(run and run.note(state.name))
    x, y, lowest = PADDING, HEADER + (LINE if note else 0), 0.0
    found: list[Panel] = []
    for machine in state.machines:
        frame = arrange(machine, run)
        if found and x + frame.width + 2 * PADDING > ROW_WIDTH:
            x, y = PADDING, lowest + PADDING
        found.append(Panel(x + PADDING, y + PADDING, frame))
        x += frame.width + 3 * PADDING
        lowest = max(lowest, y + frame.height + 2 * PADDING)
    return tuple(found)


def _box(
    drawing: Drawing, key: str, size: Size, state: State | None, panels: tuple[Panel, ...], run: Run | None
) -> Box:
    centre, top = drawing.tops[key]
    sheet = SHEET if state is not None and state.type == "Map" else 0.0
    note = text.short(run.note(state.name), labels.SUBLINE_LENGTH) if run and state else ""
    width = size.width - 2 * sheet
    if panels:
        spare = width - (max(p.x + p.frame.width for p in panels) + 2 * PADDING)
        panels = tuple(Panel(p.x + spare / 2, p.y, p.frame) for p in panels)
    return Box(key, centre - width / 2, top, width, size.foot - sheet, state, note, panels, drawing.stubs.get(key))
