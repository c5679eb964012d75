"""In which row each node stands, and in which order: the first two steps of a layered drawing.

Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

from headend.asl.diagram.placement import Joined, Node

SWEEPS = 24
SWAPPED_ROW = 80
"""Rows with more nodes than this are ordered by means only: trying all swaps would take too long."""


def backward(nodes: Sequence[Node], arcs: Sequence[tuple[Node, Node]]) -> set[int]:
    """Indices of the arcs that close a circle, seen from the first node."""
    out: dict[Node, list[tuple[int, Node]]] = {node: [] for node in nodes}
    for index, (source, target) in enumerate(arcs):
        out[source].append((index, target))
    state: dict[Node, str] = {}
    found: set[int] = set()
    for first in nodes:
        if first in state:
            continue
        state[first] = "open"
        stack = [(first, iter(out[first]))]
        while stack:
            node, following = stack[-1]
            for index, target in following:
                if state.get(target) == "open":
                    found.add(index)
                elif target not in state:
                    state[target] = "open"
                    stack.append((target, iter(out[target])))
                    break
            else:
                state[node] = "done"
                stack.pop()
    return found


def ranks(nodes: Sequence[Node], arcs: Sequence[tuple[Node, Node]], length: int) -> dict[Node, int]:
    """Row of each node: its longest distance from a node without incoming arcs, every arc `length` rows long.

    `arcs` have no circles. A node that has more ways out than in then moves down to what follows it.
    """
    out: dict[Node, list[Node]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for source, target in arcs:
        out[source].append(target)
        waiting[target] += 1
    incoming = dict(waiting)
    order = [node for node in nodes if not waiting[node]]
    row = dict.fromkeys(nodes, 0)
    for node in order:
        for target in out[node]:
            row[target] = max(row[target], row[node] + length)
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    for node in reversed(order):
        if len(out[node]) > incoming[node] and node != nodes[0]:
            row[node] = min(row[target] for target in out[node]) - length
    return row


def ordered(rows: Sequence[Sequence[Node]], joined: Joined[Node]) -> list[list[Node]]:
    """The rows, each in an order in which few lines cross."""
    now = [list(row) for row in rows]
    best, fewest = [list(row) for row in now], crossings(now, joined)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        side = sweep % 2
        for i in range(1, len(now)) if side == 0 else range(len(now) - 2, -1, -1):
            _by_means(now, i, side, joined, last=(sweep // 2) % 2 == 1)
        for i in range(len(now)):
            _by_swaps(now, i, joined)
        count = crossings(now, joined)
        if count < fewest:
            best, fewest = [list(row) for row in now], count
    return best


def crossings(rows: Sequence[Sequence[Node]], joined: Joined[Node]) -> int:
    """How often the lines between neighbouring rows cross."""
    count = 0
    for upper, lower in pairwise(rows):
        at = {node: i for i, node in enumerate(lower)}
        seen: list[int] = []
        for node in upper:
            places = sorted(at[n] for n in joined[node][1] if n in at)
            count += sum(len(seen) - bisect_right(seen, place) for place in places)
            for place in places:
                insort(seen, place)
    return count


def _by_means(rows: list[list[Node]], i: int, side: int, joined: Joined[Node], last: bool) -> None:
    """Sort row `i` by the mean place of its neighbours. Equals keep their order, or turn it round with `last`."""
    at = {node: k for k, node in enumerate(rows[i - 1 if side == 0 else i + 1])}
    here = {node: k for k, node in enumerate(rows[i])}

    def mean(node: Node) -> tuple[float, int]:
        places = [at[n] for n in joined[node][side] if n in at]
        middle = sum(places) / len(places) if places else float(here[node])
        return middle, -here[node] if last else here[node]

    rows[i].sort(key=mean)


def _by_swaps(rows: list[list[Node]], i: int, joined: Joined[Node]) -> None:
    """Swap neighbours in row `i` as long as that leaves fewer crossings."""
    row = rows[i]
    if len(row) > SWAPPED_ROW:
        return
    places = [
        {node: k for k, node in enumerate(rows[i + step])} if 0 <= i + step < len(rows) else {} for step in (-1, 1)
    ]
    ends: Mapping[Node, list[list[int]]] = {
        node: [sorted(at[n] for n in joined[node][side] if n in at) for side, at in enumerate(places)] for node in row
    }

    def between(a: Node, b: Node) -> int:
        """Crossings of the lines of `a` and `b` when `a` stands left of `b`."""
        return sum(y < x for side in (0, 1) for x in ends[a][side] for y in ends[b][side])

    better = True
    while better:
        better = False
        for k in range(len(row) - 1):
            if between(row[k], row[k + 1]) > between(row[k + 1], row[k]):
                row[k], row[k + 1] = row[k + 1], row[k]
                better = True
