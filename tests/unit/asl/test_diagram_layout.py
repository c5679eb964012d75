"""The geometry of a diagram: nothing lies over anything else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.asl.diagram import frames
from headend.asl.diagram.layout import Arc, Drawing, Piece, Size, layered
from unit.asl.diagram_graphs import choices, definition, graph, machine

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""
SLACK = 0.01
GRAPHS = [(seed, count) for count in (1, 2, 12, 40) for seed in range(4)] + [(7, 200)]


@cache
def drawn(seed: int, count: int) -> tuple[dict[str, Size], list[Arc], Drawing]:
    sizes, arcs = graph(seed, count)
    return sizes, arcs, layered(sizes, arcs)


def overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] + SLACK < b[2] and b[0] + SLACK < a[2] and a[1] + SLACK < b[3] and b[1] + SLACK < a[3]


def nodes(sizes: dict[str, Size], drawing: Drawing) -> dict[str, Rectangle]:
    return {
        node: (x - sizes[node].width / 2, y, x + sizes[node].width / 2, y + sizes[node].height)
        for node, (x, y) in drawing.tops.items()
    }


def labels(arcs: list[Arc], drawing: Drawing) -> list[Rectangle]:
    found = []
    for arc, route in zip(arcs, drawing.routes, strict=True):
        assert (arc.label is None) == (route.label is None)
        if arc.label and route.label:
            (x, y), (width, height) = route.label, arc.label
            found.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    return found


def along(piece: Piece) -> Iterator[tuple[float, float]]:
    """Points of a straight line or a Bézier curve, without its ends."""
    for step in range(1, 24):
        t = step / 24
        if len(piece) == 2:
            yield tuple(a + (b - a) * t for a, b in zip(*piece, strict=True))  # type: ignore[misc]
            continue
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        yield tuple(sum(w * point[axis] for w, point in zip(weights, piece, strict=True)) for axis in (0, 1))  # type: ignore[misc]


@pytest.mark.parametrize(("seed", "count"), GRAPHS)
def test_boxes_and_labels_do_not_overlap(seed: int, count: int) -> None:
    sizes, arcs, drawing = drawn(seed, count)
    everything = [*nodes(sizes, drawing).values(), *labels(arcs, drawing)]
    assert not [pair for pair in combinations(everything, 2) if overlap(*pair)]


@pytest.mark.parametrize(("seed", "count"), GRAPHS)
def test_no_line_crosses_a_box_or_the_label_of_another_line(seed: int, count: int) -> None:
    sizes, arcs, drawing = drawn(seed, count)
    boxes, texts = nodes(sizes, drawing), labels(arcs, drawing)
    owners = [index for index, arc in enumerate(arcs) if arc.label]
    for index, (arc, route) in enumerate(zip(arcs, drawing.routes, strict=True)):
        # Below its foot, a node has a place for its end mark, and lines start beside that.
        obstacles = [box for node, box in boxes.items() if node != arc.source]
        left, top, right, _ = boxes[arc.source]
        obstacles.append((left, top, right, top + sizes[arc.source].foot))
        obstacles += [text for owner, text in zip(owners, texts, strict=True) if owner != index]
        for piece in route.pieces:
            near = [box for box in obstacles if overlap(around(piece), box)]
            assert not [point for point in along(piece) for box in near if inside(*point, box)], (arc, piece)


def around(piece: Piece) -> Rectangle:
    xs, ys = zip(*piece, strict=True)
    return min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1


def inside(x: float, y: float, box: Rectangle) -> bool:
    return box[0] + SLACK < x < box[2] - SLACK and box[1] + SLACK < y < box[3] - SLACK


@pytest.mark.parametrize(("seed", "count"), GRAPHS)
def test_each_line_leads_without_a_gap_from_its_source_down_into_its_target(seed: int, count: int) -> None:
    sizes, arcs, drawing = drawn(seed, count)
    for arc, route in zip(arcs, drawing.routes, strict=True):
        (first, *_), (*_, before, last) = route.pieces[0], route.pieces[-1]
        x, y = drawing.tops[arc.source]
        assert abs(first[0] - x) <= sizes[arc.source].width / 2
        assert first[1] == pytest.approx(y + sizes[arc.source].foot)
        assert last == pytest.approx(drawing.tops[arc.target])
        assert before[1] < last[1]
        for one, other in zip(route.pieces, route.pieces[1:], strict=False):
            assert one[-1] == pytest.approx(other[0])


@pytest.mark.parametrize(("seed", "count"), GRAPHS)
def test_all_of_it_is_inside_the_drawing(seed: int, count: int) -> None:
    sizes, arcs, drawing = drawn(seed, count)
    for left, top, right, bottom in [*nodes(sizes, drawing).values(), *labels(arcs, drawing)]:
        assert left >= -SLACK
        assert top >= -SLACK
        assert right <= drawing.width + SLACK
        assert bottom <= drawing.height + SLACK


def test_a_chain_is_straight() -> None:
    sizes = {name: Size(100 + 20 * i, 40, 40) for i, name in enumerate("abcdef")}
    drawing = layered(sizes, [Arc(a, b) for a, b in zip("abcde", "bcdef", strict=True)])
    assert len({round(x, 3) for x, _ in drawing.tops.values()}) == 1
    assert all(len(piece) == 2 for route in drawing.routes for piece in route.pieces)


def test_lines_of_a_bundle_that_lead_to_the_same_node_join_below_their_labels() -> None:
    names = [f"n{i}" for i in range(9)]
    sizes = {name: Size(100, 40, 40) for name in names}
    chain = [Arc(a, b, None, "next") for a, b in pairwise(names[:-1])]
    catches = [Arc(name, "n8", (60, 15), "catch") for name in names[1:-2]]
    alone = [Arc(arc.source, arc.target, arc.label) for arc in catches]
    joined, apart = layered(sizes, [*chain, *catches]), layered(sizes, [*chain, *alone])
    assert joined.width < apart.width
    below = {route.pieces[-1][0][0] for route in joined.routes[len(chain) :]}
    assert len(below) < len(catches)


def test_the_two_ways_of_a_choice_do_not_cross() -> None:
    sizes = {name: Size(100, 40, 40) for name in "abcd"}
    drawing = layered(sizes, [Arc("a", "b", (60, 15)), Arc("a", "c", (60, 15)), Arc("b", "d"), Arc("c", "d")])
    left, right = drawing.routes[0].pieces, drawing.routes[1].pieces
    assert (left[0][0] < right[0][0]) == (left[-1][-1] < right[-1][-1])


@settings(max_examples=40, deadline=None)
@given(choices())
def test_every_graph_of_states_can_be_laid_out(value: dict[str, object]) -> None:
    found = definition(value)
    frame = frames.arrange(found.root)
    drawn = {box.state.name for box in frame.boxes if box.state}
    assert drawn == set(found.root.states)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_inner_states_are_inside_their_group_and_beside_each_other(seed: int) -> None:
    frame = frames.arrange(definition(machine(random.Random(seed), 10)).root)
    check(frame)


@pytest.mark.parametrize("count", [40, 200])
def test_a_large_definition_with_groups_in_groups_has_no_overlap(count: int) -> None:
    check(frames.arrange(definition(machine(random.Random(count), count)).root))


def check(frame: frames.Frame) -> None:
    boxes = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in frame.boxes]
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]
    for box in frame.boxes:
        panels = []
        for panel in box.panels:
            panels.append((panel.x, panel.y, panel.x + panel.frame.width, panel.y + panel.frame.height))
            assert panel.x > 0
            assert panel.y > frames.HEADER - SLACK
            assert panel.x + panel.frame.width < box.width
            assert panel.y + panel.frame.height < box.height
            check(panel.frame)
        assert not [pair for pair in combinations(panels, 2) if overlap(*pair)]
        if box.state and box.end is None and not box.panels:
            assert box.height == frames.BOX_HEIGHT
