"""A state machine as an SVG drawing, with the path that one execution took.

The layout is the usual layered one (Sugiyama, Tagawa, Toda 1981): states are put in rows by their longest distance from
the start, rows are ordered so that few lines cross, and lines that span several rows are led through invisible points.
The states inside a Map or Parallel state are not drawn: the state itself is one box.

The drawing has no colours of its own: it uses the classes below, so that the page it stands in (or `STYLE`) decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Any

BOX_HEIGHT = 40
ROW_GAP = 58
COLUMN_GAP = 26
MARGIN = 14
POINT_WIDTH = 10
CHARACTER_WIDTH = 7.4

STYLE = """
.asl text { font: 12.5px ui-sans-serif, system-ui, sans-serif; fill: var(--ink); }
.asl .kind { font-size: 10px; fill: var(--soft); }
.asl .box { fill: var(--card); stroke: var(--line); stroke-width: 1.2; }
.asl .taken .box { stroke: var(--good); stroke-width: 2.2; }
.asl .failed .box { stroke: var(--bad); stroke-width: 2.2; }
.asl .idle text { fill: var(--soft); }
.asl .edge { fill: none; stroke: var(--line); stroke-width: 1.2; }
.asl .edge.catch { stroke-dasharray: 4 4; }
.asl .edge.taken { stroke: var(--good); stroke-width: 2.4; }
.asl .edge.catch.taken { stroke: var(--bad); }
.asl .tip { fill: var(--line); }
.asl .tip.taken { fill: var(--good); }
.asl .tip.catch.taken { fill: var(--bad); }
"""


@dataclass(frozen=True)
class Visit:
    """One state that an execution entered. `note` is a short text for the box, for example the time it took."""

    name: str
    note: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Edge:
    """A way from one state to another. `kind` is "next" or "catch"."""

    source: str
    target: str
    kind: str


@dataclass
class _Layout:
    """Rows of nodes; a node is a state's name or an invisible point `(edge index, row)`."""

    rows: list[list[Any]]
    chains: list[list[Any]]
    centre: dict[Any, float] = field(default_factory=dict)
    widths: dict[Any, float] = field(default_factory=dict)


def edges(definition: Mapping[str, Any]) -> list[Edge]:
    """All ways between the states of `definition` (Amazon States Language), each once, in the order written."""
    found: dict[Edge, None] = {}
    for name, state in definition["States"].items():
        choices = state.get("Choices", [])
        targets = [(rule["Next"], "next") for rule in choices if "Next" in rule]
        targets += [(state[key], "next") for key in ("Default", "Next") if key in state]
        targets += [(catcher["Next"], "catch") for catcher in state.get("Catch", [])]
        for target, kind in targets:
            found.setdefault(Edge(name, target, kind))
    return list(found)


def svg(definition: Mapping[str, Any], path: Sequence[Visit] = (), title: str = "State machine") -> str:
    """Return `definition` as one `<svg>` element of class "asl"; `path` holds the states entered, in order."""
    ways = edges(definition)
    layout = _arrange(definition, ways)
    visits = {visit.name: visit for visit in path}
    times = Counter(visit.name for visit in path)
    steps = {(a.name, b.name) for a, b in pairwise(path)}
    width = max(layout.centre[n] + layout.widths[n] / 2 for row in layout.rows for n in row) + MARGIN
    height = len(layout.rows) * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + 2 * MARGIN
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg class="asl" xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    order = sorted(range(len(ways)), key=lambda i: (ways[i].source, ways[i].target) in steps)
    parts += [_edge(layout, ways[i], i, (ways[i].source, ways[i].target) in steps, visits) for i in order]
    for name, state in definition["States"].items():
        parts.append(_box(layout, name, state, visits.get(name), times[name]))
    return "\n".join([*parts, "</svg>"])


def _arrange(definition: Mapping[str, Any], ways: Sequence[Edge]) -> _Layout:
    """Rows, order within rows and x positions for all states and edges."""
    row_of = _rows(definition, ways)
    chains: list[list[Any]] = []
    rows: list[list[Any]] = [[] for _ in range(max(row_of.values()) + 1)]
    for name, row in row_of.items():
        rows[row].append(name)
    for index, edge in enumerate(ways):
        low, high = sorted((row_of[edge.source], row_of[edge.target]))
        points = [(index, row) for row in range(low + 1, high)]
        for point in points:
            rows[point[1]].append(point)
        ends = [edge.source, *points, edge.target]
        chains.append(
            ends if row_of[edge.source] <= row_of[edge.target] else [edge.source, *reversed(points), edge.target]
        )
    layout = _Layout(rows, chains)
    layout.widths = {n: _width(n) for row in rows for n in row}
    neighbours = _neighbours(layout)
    _order(layout, neighbours)
    _place(layout, neighbours)
    return layout


def _width(node: Any) -> float:
    if not isinstance(node, str):
        return POINT_WIDTH
    return max(120.0, len(node) * CHARACTER_WIDTH + 28)


def _rows(definition: Mapping[str, Any], ways: Sequence[Edge]) -> dict[str, int]:
    """Row of each state: its longest distance from StartAt, ways that close a circle left out."""
    forward: dict[str, list[str]] = {name: [] for name in definition["States"]}
    for edge in ways:
        forward[edge.source].append(edge.target)
    finished: list[str] = []
    open_states: set[str] = set()
    circles: set[tuple[str, str]] = set()

    def walk(name: str) -> None:
        open_states.add(name)
        for target in forward[name]:
            if target in open_states:
                circles.add((name, target))
            elif target not in finished:
                walk(target)
        open_states.discard(name)
        finished.append(name)

    for start in [definition["StartAt"], *definition["States"]]:
        if start not in finished:
            walk(start)
    row = dict.fromkeys(reversed(finished), 0)
    for name in row:
        for target in forward[name]:
            if (name, target) not in circles:
                row[target] = max(row[target], row[name] + 1)
    return row


def _neighbours(layout: _Layout) -> dict[Any, tuple[list[Any], list[Any]]]:
    """For each node the nodes it is joined to in the row above and in the row below."""
    row_of = {node: i for i, row in enumerate(layout.rows) for node in row}
    joined: dict[Any, tuple[list[Any], list[Any]]] = {node: ([], []) for node in row_of}
    for chain in layout.chains:
        for a, b in pairwise(chain):
            upper, lower = (a, b) if row_of[a] < row_of[b] else (b, a)
            joined[upper][1].append(lower)
            joined[lower][0].append(upper)
    return joined


def _crossings(layout: _Layout, neighbours: Mapping[Any, tuple[list[Any], list[Any]]]) -> int:
    count = 0
    for upper, lower in pairwise(layout.rows):
        at = {node: i for i, node in enumerate(lower)}
        ends = [(i, at[n]) for i, node in enumerate(upper) for n in neighbours[node][1] if n in at]
        count += sum(a[0] < b[0] and a[1] > b[1] for a in ends for b in ends)
    return count


def _order(layout: _Layout, neighbours: Mapping[Any, tuple[list[Any], list[Any]]]) -> None:
    """Order each row by the mean place of its neighbours, down and up in turn; the fewest crossings win."""
    best, best_count = [list(row) for row in layout.rows], _crossings(layout, neighbours)
    for sweep in range(24):
        side = sweep % 2
        indices = range(1, len(layout.rows)) if side == 0 else range(len(layout.rows) - 2, -1, -1)
        for i in indices:
            at = {node: k for k, node in enumerate(layout.rows[i - 1 if side == 0 else i + 1])}
            here = {node: k for k, node in enumerate(layout.rows[i])}

            def mean(node: Any, at: dict[Any, int] = at, here: dict[Any, int] = here, side: int = side) -> float:
                places = [at[n] for n in neighbours[node][side] if n in at]
                return sum(places) / len(places) if places else float(here[node])

            layout.rows[i].sort(key=mean)
        count = _crossings(layout, neighbours)
        if count < best_count:
            best, best_count = [list(row) for row in layout.rows], count
    layout.rows[:] = best


def _place(layout: _Layout, neighbours: Mapping[Any, tuple[list[Any], list[Any]]]) -> None:
    """Give each node an x position: near its neighbours, in order, without overlap."""
    for row in layout.rows:
        x = 0.0
        for node in row:
            layout.centre[node] = x + layout.widths[node] / 2
            x += layout.widths[node] + COLUMN_GAP
    for sweep in range(40):
        side = sweep % 2
        for row in layout.rows if side == 0 else reversed(layout.rows):
            wish = []
            for node in row:
                near = neighbours[node][side] or neighbours[node][1 - side]
                wish.append(sum(layout.centre[n] for n in near) / len(near) if near else layout.centre[node])
            for node, x in zip(row, _spread(row, wish, layout.widths), strict=True):
                layout.centre[node] = x
    left = min(layout.centre[n] - layout.widths[n] / 2 for row in layout.rows for n in row)
    for node in layout.centre:
        layout.centre[node] += MARGIN - left


def _spread(row: Sequence[Any], wish: Sequence[float], widths: Mapping[Any, float]) -> list[float]:
    """Positions nearest to `wish` (least squares) that keep order and gaps: pool adjacent violators."""
    offsets = [0.0]
    for a, b in pairwise(row):
        offsets.append(offsets[-1] + (widths[a] + widths[b]) / 2 + COLUMN_GAP)
    pools: list[tuple[float, int]] = []
    for target in (w - o for w, o in zip(wish, offsets, strict=True)):
        mean, size = target, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean = (mean * size + other * count) / (size + count)
            size += count
        pools.append((mean, size))
    bases = [mean for mean, size in pools for _ in range(size)]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


def _top(layout: _Layout, node: Any) -> float:
    row = next(i for i, nodes in enumerate(layout.rows) if node in nodes)
    return MARGIN + row * (BOX_HEIGHT + ROW_GAP)


def _edge(layout: _Layout, edge: Edge, index: int, taken: bool, visits: Mapping[str, Visit]) -> str:
    """One line with an arrow's tip. A way that leaves by a Catch is only taken when the state failed."""
    source = visits.get(edge.source)
    if source is not None:
        taken = taken and (edge.kind == "catch") == source.failed
    down = _top(layout, edge.source) <= _top(layout, edge.target)
    points = []
    for node in layout.chains[index]:
        top = _top(layout, node)
        if isinstance(node, str):
            leaves = node == edge.source
            points.append((layout.centre[node], top + BOX_HEIGHT if leaves == down else top))
        else:
            points += [(layout.centre[node], top if down else top + BOX_HEIGHT)]
            points += [(layout.centre[node], top + BOX_HEIGHT if down else top)]
    (x, y), line = points[0], f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for px, py in points[1:]:
        middle = (y + py) / 2
        line += f" C{x:.1f},{middle:.1f} {px:.1f},{middle:.1f} {px:.1f},{py:.1f}"
        x, y = px, py
    tip = 7 if down else -7
    kind = f"{edge.kind}{' taken' if taken else ''}"
    return f'<path class="edge {kind}" d="{line}"/><path class="tip {kind}" d="M{x:.1f},{y:.1f} l-4,{-tip} h8 z"/>'


def _box(layout: _Layout, name: str, state: Mapping[str, Any], visit: Visit | None, times: int) -> str:
    width, x, y = layout.widths[name], layout.centre[name], _top(layout, name)
    look = "idle" if visit is None else "failed" if visit.failed else "taken"
    last = state["Type"] in ("Succeed", "Fail") or state.get("End")
    radius = BOX_HEIGHT / 2 if last else 7
    notes = [state["Type"], f"{times} times" if times > 1 else "", visit.note if visit else ""]
    small = " · ".join(note for note in notes if note)
    return (
        f'<g class="{look}"><rect class="box" x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{BOX_HEIGHT}" rx="{radius:g}"/>'
        f'<text x="{x:.1f}" y="{y + 17:.1f}" text-anchor="middle">{escape(name)}</text>'
        f'<text class="kind" x="{x:.1f}" y="{y + 31:.1f}" text-anchor="middle">{escape(small)}</text></g>'
    )
