"""A graph drawn in rows, downwards: where its nodes, its lines and their labels stand. Pure geometry, in pixels.

Boxes, labels and lines cannot meet, by construction: nodes stand in even rows and labels in odd ones, a line passes a
row through a place of its own, straight down, and bends only between rows. A line that goes back leaves below its
source, turns, goes up at the side and turns into the top of its target: so all arrows point downwards.

A library was looked for: graphviz is a program that machines may not have; grandalf (pure Python) and igraph order and
place nodes of one connected graph, but know neither labels on lines nor groups in groups, which are most of this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from headend.asl.diagram import placement, rows

POINT_WIDTH = 10.0
COLUMN_GAP = 22.0
ROW_GAP = 15.0
PORT_GAP = 24.0
SLOPE = 0.05
"""A gap between rows grows by this for each pixel that a line goes sideways in it, up to `WIDEST`."""
WIDEST = 36.0

Point = tuple[float, float]
Piece = tuple[Point, ...]
"""Two points are a straight line, four a cubic Bézier curve."""
Node = str | tuple[int, int]
"""A node of the graph, or the place (number, row) in which a line passes a row. The number is that of the arc; where
arcs of a bundle go together it is negative, one for each bundle."""


@dataclass(frozen=True)
class Size:
    """A node. `foot` is how far below its top lines leave; `stub`: one more line leaves, which leads to no node."""

    width: float
    height: float
    foot: float
    stub: bool = False


@dataclass(frozen=True)
class Arc:
    """A line from one node to another, with its label's width and height if it has one.

    Lines of one `bundle` that lead down to the same target join below their labels: a handler of all errors has one
    long line and not forty.
    """

    source: str
    target: str
    label: tuple[float, float] | None = None
    bundle: str | None = None


@dataclass(frozen=True)
class Route:
    """A line: its pieces one after the other, the last one ending downwards, and its label's centre."""

    pieces: tuple[Piece, ...]
    label: Point | None


@dataclass(frozen=True)
class Drawing:
    """A finished layout: the centre of each node's top, the routes in the order of the arcs, the stubs' x."""

    width: float
    height: float
    tops: Mapping[str, Point]
    routes: Sequence[Route]
    stubs: Mapping[str, float]


@dataclass
class _Plan:
    """The arcs as chains of nodes in rows."""

    sizes: Mapping[str, Size]
    arcs: Sequence[Arc]
    row: dict[str, int]
    back: set[int]
    rows: list[list[Node]] = field(default_factory=list)
    joined: dict[Node, tuple[list[Node], list[Node]]] = field(default_factory=dict)
    bundles: dict[tuple[str, str], int] = field(default_factory=dict)
    labels: dict[int, int] = field(default_factory=dict)
    """The row of each arc's label, by the arc's index."""
    x: dict[Node, float] = field(default_factory=dict)
    ports: dict[int, float] = field(default_factory=dict)
    stubs: dict[str, float] = field(default_factory=dict)
    top: list[float] = field(default_factory=list)
    bottom: list[float] = field(default_factory=list)

    def width(self, node: Node) -> float:
        if isinstance(node, str):
            return self.sizes[node].width
        label = self.label(node)
        return label[0] if label else POINT_WIDTH

    def height(self, node: Node) -> float:
        if isinstance(node, str):
            return self.sizes[node].height
        label = self.label(node)
        return label[1] if label else 0.0

    def label(self, node: tuple[int, int]) -> tuple[float, float] | None:
        """The size of the label that stands in this place."""
        index, row = node
        return self.arcs[index].label if self.labels.get(index) == row else None

    def place(self, index: int, row: int) -> tuple[int, int]:
        """Where an arc passes a row: alone beside and just below its source, then with its bundle."""
        arc = self.arcs[index]
        if index in self.back or arc.bundle is None or row < self.row[arc.source] + 2:
            return index, row
        return -1 - self.bundles.setdefault((arc.target, arc.bundle), len(self.bundles)), row


def layered(sizes: Mapping[str, Size], arcs: Sequence[Arc]) -> Drawing:
    """Draw the nodes `sizes`, of which the first is the top one, to which no arc leads, and the `arcs` between them."""
    plan = _plan(sizes, arcs)
    plan.rows = rows.ordered(plan.rows, plan.joined)
    widths = {node: plan.width(node) for node in plan.joined}
    points: set[Node] = {node for node in plan.joined if not isinstance(node, str)}
    plan.x = placement.place(plan.rows, plan.joined, widths, COLUMN_GAP, points)
    left = min(x - widths[node] / 2 for node, x in plan.x.items())
    plan.x = {node: x - left for node, x in plan.x.items()}
    _ports(plan)
    paths = [_path(plan, index) for index in range(len(arcs))]
    _heights(plan, paths)
    tops = {node: (plan.x[node], plan.top[plan.row[node]]) for node in sizes}
    routes = [_route(plan, index, path) for index, path in enumerate(paths)]
    width = max(x + widths[node] / 2 for node, x in plan.x.items())
    return Drawing(width, plan.bottom[-1], tops, routes, plan.stubs)


def _plan(sizes: Mapping[str, Size], arcs: Sequence[Arc]) -> _Plan:
    nodes, pairs = list(sizes), [(arc.source, arc.target) for arc in arcs]
    back = rows.backward(nodes, pairs)
    forward = [pair for index, pair in enumerate(pairs) if index not in back]
    entered = {target for _, target in forward}
    forward += [(nodes[0], node) for node in nodes[1:] if node not in entered]
    plan = _Plan(sizes, arcs, rows.ranks(nodes, forward, 2), back)
    last = max(plan.row.values())
    plan.rows = [[] for _ in range(last + 2)]
    for node in nodes:
        _add(plan, node, plan.row[node])
    for index, arc in enumerate(arcs):
        if index in back:
            _chain_back(plan, index, arc)
        else:
            _chain_down(plan, index, arc)
    if not plan.rows[-1]:
        plan.rows.pop()
    return plan


def _add(plan: _Plan, node: Node, row: int) -> None:
    plan.rows[row].append(node)
    plan.joined[node] = ([], [])


def _join(plan: _Plan, upper: Node, lower: Node) -> None:
    plan.joined[upper][1].append(lower)
    plan.joined[lower][0].append(upper)


def _chain_down(plan: _Plan, index: int, arc: Arc) -> None:
    first, last = plan.row[arc.source], plan.row[arc.target]
    chain: list[Node] = [arc.source, *(plan.place(index, row) for row in range(first + 1, last)), arc.target]
    for row, (upper, lower) in enumerate(pairwise(chain), first + 1):
        if lower not in plan.joined:
            _add(plan, lower, row)
        # What the bundle's other arcs have joined before is the same from here on.
        if upper != arc.source and lower in plan.joined[upper][1]:
            break
        _join(plan, upper, lower)
    if arc.label:
        plan.labels[index] = first + 1


def _chain_back(plan: _Plan, index: int, arc: Arc) -> None:
    """From the source down to a turning point, up to a turning point above the target, down to it."""
    low, high = plan.row[arc.source] + 1, plan.row[arc.target] - 1
    chain: list[Node] = [(index, row) for row in range(high, low + 1)]
    for row in range(high, low + 1):
        _add(plan, (index, row), row)
    for upper, lower in pairwise(chain):
        _join(plan, upper, lower)
    _join(plan, arc.source, chain[-1])
    _join(plan, chain[0], arc.target)
    if arc.label:
        plan.labels[index] = low - 1 if low - high == 2 else low - 2


def _ports(plan: _Plan) -> None:
    """Where each line leaves its source: side by side, in the order in which they go on, so that they do not cross."""
    leaving: dict[str, list[tuple[float, int]]] = {node: [] for node in plan.sizes}
    for index, arc in enumerate(plan.arcs):
        row = plan.row[arc.source]
        following: Node = (index, row) if index in plan.back else (index, row + 1)
        leaving[arc.source].append((plan.x[following], index))
    for node, found in leaving.items():
        size, centre = plan.sizes[node], plan.x[node]
        if size.stub:
            found.append((centre, -1))
        found.sort()
        gap = min(PORT_GAP, size.width * 0.8 / max(1, len(found) - 1))
        for place, (_, index) in enumerate(found):
            x = centre + (place - (len(found) - 1) / 2) * gap
            if index < 0:
                plan.stubs[node] = x
            else:
                plan.ports[index] = x


Stop = tuple[float, int]
"""A place (x, row) that a line passes from the top of the row to its bottom, or upwards from bottom to top."""


def _path(plan: _Plan, index: int) -> list[Stop]:
    """Where a line passes rows: its source, what is between, its target. Rows without height are no stops."""
    arc = plan.arcs[index]
    first, last = plan.row[arc.source], plan.row[arc.target]
    between = range(first, last - 1, -1) if index in plan.back else range(first + 1, last)
    stops = [(plan.x[plan.place(index, row)], row) for row in between if row % 2 == 0 or _tall(plan, row)]
    return [(plan.ports[index], first), *stops, (plan.x[arc.target], last)]


def _tall(plan: _Plan, row: int) -> bool:
    return any(plan.height(node) for node in plan.rows[row])


def _heights(plan: _Plan, paths: Sequence[Sequence[Stop]]) -> None:
    """Top and bottom of each row. Where lines go far sideways, there is more room between the rows."""
    sideways = [0.0] * (len(plan.rows) + 1)
    for index, path in enumerate(paths):
        steps = list(pairwise(path))
        if index in plan.back:
            (first, row), (second, _) = steps.pop(0)
            sideways[row] = max(sideways[row], abs(first - second))
            (first, row), (second, _) = steps.pop()
            sideways[row - 1] = max(sideways[row - 1], abs(first - second))
        for (x, row), (next_x, next_row) in steps:
            low, high = sorted((row, next_row))
            for gap in range(low, high):
                sideways[gap] = max(sideways[gap], abs(x - next_x) / (high - low))
    y = 0.0
    for row, nodes in enumerate(plan.rows):
        plan.top.append(y)
        plan.bottom.append(y + max((plan.height(node) for node in nodes), default=0.0))
        y = plan.bottom[-1] + ROW_GAP + min(WIDEST, sideways[row] * SLOPE)


def _route(plan: _Plan, index: int, path: Sequence[Stop]) -> Route:
    x, row = path[0]
    foot = plan.top[row] + plan.sizes[plan.arcs[index].source].foot
    pieces: list[Piece] = [((x, foot), (x, plan.bottom[row]))]
    pieces += _upwards(plan, path) if index in plan.back else _downwards(plan, path)
    return Route(_merged(pieces), _label(plan, index))


def _merged(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Without pieces of no length; straight pieces that go on as one."""
    found: list[Piece] = []
    for piece in pieces:
        if piece[0] == piece[-1]:
            continue
        if found and len(piece) == len(found[-1]) == 2:
            found[-1] = (found[-1][0], piece[1])
        else:
            found.append(piece)
    return tuple(found)


def _downwards(plan: _Plan, path: Sequence[Stop]) -> list[Piece]:
    pieces: list[Piece] = []
    for (x, row), (next_x, next_row) in pairwise(path):
        if row != path[0][1]:
            pieces.append(((x, plan.top[row]), (x, plan.bottom[row])))
        pieces.append(_bend((x, plan.bottom[row]), (next_x, plan.top[next_row])))
    return pieces


def _bend(start: Point, end: Point) -> Piece:
    """From one row to another: vertical at both ends."""
    if start[0] == end[0]:
        return start, end
    middle = (start[1] + end[1]) / 2
    return start, (start[0], middle), (end[0], middle), end


def _upwards(plan: _Plan, path: Sequence[Stop]) -> list[Piece]:
    """A line that goes back, from the bottom of its source's row."""
    (x, low), (side, _) = path[0], path[1]
    y, deep = plan.bottom[low], plan.top[low + 1]
    pieces: list[Piece] = [((x, y), (x, deep), (side, deep), (side, y))]
    for (x, row), (next_x, next_row) in pairwise(path[1:-1]):
        pieces.append(((x, plan.bottom[row]), (x, plan.top[row])))
        pieces.append(_bend((x, plan.top[row]), (next_x, plan.bottom[next_row])))
    (x, row), (target, _) = path[-2], path[-1]
    y, high = plan.top[row], plan.bottom[row - 1]
    pieces.append(((x, plan.bottom[row]), (x, y)))
    pieces.append(((x, y), (x, high), (target, high), (target, y)))
    return pieces


def _label(plan: _Plan, index: int) -> Point | None:
    row = plan.labels.get(index)
    if row is None:
        return None
    node = plan.place(index, row)
    return plan.x[node], plan.top[row] + plan.height(node) / 2
