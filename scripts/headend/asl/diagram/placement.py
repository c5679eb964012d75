"""Where the nodes of ordered rows stand from left to right: near what they are joined to, and lines straight.

First each row in turn takes the places that are nearest to its neighbours (least squares; order and gaps are kept by
pooling adjacent violators), which makes the drawing narrow. Then lines are straightened: each string of nodes that
follow each other without a branch is moved onto as few x positions as what stands beside it allows.

Against Brandes and Köpf's alignment (2001), which dagre and ELK use, this makes charts of the kind here, with many long
lines to the same error handler, a third narrower.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

APPROACHES = 120
STRAIGHTENINGS = 12
BEND_WEIGHT, END_WEIGHT = 8.0, 2.0
"""How much more a line between two bends, and one between a bend and a box, pulls than one between two boxes."""

Node = TypeVar("Node", bound=Hashable)
Joined = Mapping[Node, tuple[Sequence[Node], Sequence[Node]]]
"""For each node the nodes that it is joined to in the row above and in the row below."""


def place(
    rows: Sequence[Sequence[Node]], joined: Joined[Node], widths: Mapping[Node, float], gap: float, points: set[Node]
) -> dict[Node, float]:
    """The centre of each node, in pixels; `points` are the nodes that are no boxes, but bends of lines."""
    x: dict[Node, float] = {}
    for row in rows:
        start = -(sum(widths[node] for node in row) + gap * (len(row) - 1)) / 2
        for node in row:
            x[node] = start + widths[node] / 2
            start += widths[node] + gap
    for turn in range(APPROACHES):
        for row in filter(None, rows if turn % 2 == 0 else reversed(rows)):
            _approach(row, x, joined, widths, gap, points)
    beside = _beside(rows, widths, gap)
    strings = sorted(_strings(rows, joined, points), key=len, reverse=True)
    for _ in range(STRAIGHTENINGS):
        before = dict(x)
        for string in strings:
            _straighten(string, x, joined, beside)
        if all(abs(x[node] - before[node]) < 1 for node in x):
            break
    return x


def _approach(
    row: Sequence[Node],
    x: dict[Node, float],
    joined: Joined[Node],
    widths: Mapping[Node, float],
    gap: float,
    points: set[Node],
) -> None:
    """Move a row to the places nearest to the weighted means of its neighbours."""
    pools: list[tuple[float, float, int]] = []
    offsets = [0.0]
    for a, b in pairwise(row):
        offsets.append(offsets[-1] + (widths[a] + widths[b]) / 2 + gap)
    for node, offset in zip(row, offsets, strict=True):
        pulls = [(x[n], _weight(node, n, points)) for side in joined[node] for n in side]
        weight = sum(w for _, w in pulls)
        wish = sum(at * w for at, w in pulls) / weight if pulls else x[node]
        pool = (wish - offset, weight or 0.1, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, heavy, count = pools.pop()
            both = heavy + pool[1]
            pool = ((mean * heavy + pool[0] * pool[1]) / both, both, count + pool[2])
        pools.append(pool)
    places = [mean for mean, _, count in pools for _ in range(count)]
    for node, base, offset in zip(row, places, offsets, strict=True):
        x[node] = base + offset


def _weight(a: Node, b: Node, points: set[Node]) -> float:
    return (1.0, END_WEIGHT, BEND_WEIGHT)[(a in points) + (b in points)]


def _strings(rows: Sequence[Sequence[Node]], joined: Joined[Node], points: set[Node]) -> list[list[Node]]:
    """Nodes that follow each other downwards, each the only one below the one before and that the only one above it.

    Where lines join in a bend, the string of the longest of them goes on.
    """
    found: list[list[Node]] = []
    of: dict[Node, list[Node]] = {}
    for row in rows:
        for node in row:
            above = [n for n in joined[node][0] if len(joined[n][1]) == 1]
            alone = len(joined[node][0]) == 1 or node in points
            string = max((of[n] for n in above), key=len, default=[]) if alone else []
            if not string:
                found.append(string)
            string.append(node)
            of[node] = string
    return found


_Beside = Mapping[Node, tuple[tuple[Node, float] | None, tuple[Node, float] | None]]
"""For each node its left and right neighbours in the row, and how far away their centres must be."""


def _beside(rows: Sequence[Sequence[Node]], widths: Mapping[Node, float], gap: float) -> _Beside[Node]:
    found: dict[Node, tuple[tuple[Node, float] | None, tuple[Node, float] | None]] = {}
    for row in rows:
        padded = [None, *row, None]
        for left, node, right in zip(padded, row, padded[2:], strict=False):
            found[node] = (
                (left, (widths[left] + widths[node]) / 2 + gap) if left is not None else None,
                (right, (widths[right] + widths[node]) / 2 + gap) if right is not None else None,
            )
    return found


def _straighten(string: Sequence[Node], x: dict[Node, float], joined: Joined[Node], beside: _Beside[Node]) -> None:
    """Put a string on one x position, or on as few as there is room for, each near what it is joined to."""
    run: list[Node] = []
    low, high = float("-inf"), float("inf")
    for node in [*string, None]:
        if node is not None:
            left, right = beside[node]
            least = x[left[0]] + left[1] if left else float("-inf")
            most = x[right[0]] - right[1] if right else float("inf")
            if not run or max(low, least) <= min(high, most):
                run.append(node)
                low, high = max(low, least), min(high, most)
                continue
        if run and low <= high:
            wish = _wish(run, x, joined)
            for member in run:
                x[member] = max(low, min(high, wish))
        if node is not None:
            run, low, high = [node], least, most


def _wish(run: Sequence[Node], x: Mapping[Node, float], joined: Joined[Node]) -> float:
    """The middle of the medians of what is above a run and of what is below; its own place without either."""
    ends = [sorted(x[n] for n in joined[node][side]) for node, side in ((run[0], 0), (run[-1], 1))]
    medians = [(near[(len(near) - 1) // 2] + near[len(near) // 2]) / 2 for near in ends if near]
    return sum(medians) / len(medians) if medians else x[run[0]]
