"""Diagrams as SVG."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.asl import diagram, model, source
from headend.asl.diagram import Visit
from unit.asl.diagram_graphs import choices, definition, machine

SVG = "{http://www.w3.org/2000/svg}"
SNAPSHOT = Path(__file__).parent / "snapshots" / "diagram.svg"
WORK = SNAPSHOT.with_name("diagram.asl.json")


def one(**fields: Any) -> dict[str, Any]:
    """A machine of one state that ends."""
    return {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True, **fields}}}


def drawn(value: dict[str, Any], run: diagram.Run | None = None) -> Element:
    return ElementTree.fromstring(diagram.svg(definition(value), run))


def having(root: Element, kind: str) -> list[Element]:
    """The groups of a class."""
    return [g for g in root.iter(f"{SVG}g") if kind in g.get("class", "").split()]


def state(root: Element, name: str) -> Element:
    (found,) = [g for g in having(root, "state") if g.get("data-state") == name]
    return found


def words(element: Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def titles(element: Element) -> str:
    return "\n".join(title.text or "" for title in element.iter(f"{SVG}title"))


def ways(found: model.Definition) -> Counter[tuple[str, str]]:
    """Each pair of states once for its transitions without an error, and once for those with one."""
    pairs = {(t.source, t.target, t.kind == "catch") for s in found.states() for t in s.transitions}
    return Counter((source, target) for source, target, _ in pairs)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_every_state_and_every_way_is_drawn_once(seed: int) -> None:
    found = definition(machine(random.Random(seed), 12))
    root = ElementTree.fromstring(diagram.svg(found))
    assert Counter(g.get("data-state") for g in having(root, "state")) == Counter(s.name for s in found.states())
    assert Counter((g.get("data-from"), g.get("data-to")) for g in having(root, "way") if g.get("data-to")) == ways(
        found
    )


@settings(max_examples=40, deadline=None)
@given(choices())
def test_circles_unreachable_states_and_missing_ones_are_drawn_too(value: dict[str, Any]) -> None:
    found = definition(value)
    root = ElementTree.fromstring(diagram.svg(found))
    assert len(having(root, "state")) == len(value["States"])
    nowhere = "Nowhere" in {value["StartAt"], *(t.target for s in found.states() for t in s.transitions)}
    assert len(having(root, "missing")) == nowhere


@pytest.mark.parametrize(
    "value", [{}, {"StartAt": 3, "States": []}, {"States": {"A": None}}, {"StartAt": "A", "States": {"A": {}}}]
)
def test_a_definition_with_faults_is_drawn_as_far_as_it_goes(value: dict[str, Any]) -> None:
    assert len(having(drawn(value), "state")) == ("A" in value.get("States", {}))


def test_groups_contain_their_states() -> None:
    root = drawn(
        {
            "StartAt": "Both",
            "States": {
                "Both": {
                    "Type": "Parallel",
                    "Branches": [
                        {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}},
                        {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": one(), "End": True}}},
                    ],
                    "End": True,
                }
            },
        }
    )
    inside = {g.get("data-state") for g in having(state(root, "Both"), "state")}
    assert inside == {"Both", "Left", "Each", "Only"}
    assert {g.get("data-state") for g in having(state(root, "Each"), "state")} == {"Each", "Only"}
    assert words(state(root, "Both"))[1] == "Parallel · 2 branches at once"
    # The root's, two branches', the processor's.
    assert len([c for c in root.iter(f"{SVG}circle") if c.get("class") == "start"]) == 4


def test_a_distributed_map_is_marked() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    each = one(Type="Map", ItemsPath="$.rows", MaxConcurrency=9, ItemProcessor={**one(), "ProcessorConfig": config})
    each["States"]["Each"] = each["States"].pop("Only")
    each["StartAt"] = "Each"
    group = state(drawn(each), "Each")
    assert words(group)[1] == "Distributed Map · each of $.rows, 9 at a time, EXPRESS"
    assert [r.get("class") for r in group.findall(f"{SVG}rect")] == ["sheet", "box", "second", "panel"]


def test_each_type_has_its_shape() -> None:
    shapes = {}
    for kind in model.TYPES:
        only = state(drawn(one(Type=kind)), "Only")
        found = [e for e in only if e.get("class") in ("box", "second", "sheet")]
        shapes[kind] = str([(e.tag, e.get("class"), len(e.get("points", "").split())) for e in found])
    # A Parallel state without branches is a box, as a Task is.
    assert shapes.pop("Parallel") == shapes["Task"]
    assert len(set(shapes.values())) == len(shapes)


def test_a_state_says_what_it_does() -> None:
    task = one(
        Type="Task",
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"FunctionName": "${work_function}"},
    )
    assert words(state(drawn(task), "Only")) == ["Only", "lambda:invoke (waits for token) «work_f…"]
    assert words(state(drawn(one(Type="Wait", Seconds=30)), "Only"))[1] == "Wait · 30 s"
    assert words(state(drawn(one(Type="Fail", Error="No.Luck")), "Only"))[1] == "Fail · No.Luck"
    queue = one(Type="Task", Resource="arn:aws:states:::aws-sdk:sqs:sendMessage")
    assert words(state(drawn(queue), "Only"))[1] == "sqs:sendMessage"


def test_the_ways_of_a_choice_have_short_labels_and_full_titles() -> None:
    rule = {"And": [{"Variable": f"$.input.part{n}.value", "StringEquals": "x" * 20} for n in range(5)], "Next": "B"}
    root = drawn(
        {
            "StartAt": "A",
            "States": {
                "A": {"Type": "Choice", "Choices": [rule], "Default": "C"},
                "B": {"Type": "Succeed"},
                "C": {"Type": "Succeed"},
            },
        }
    )
    (label, other) = having(root, "label")
    assert len(words(label)) == 3
    assert all(len(line) <= 32 for line in words(label))
    assert words(label)[-1].endswith("…")
    assert '$.input.part4.value = "xxxxxxxxxxxxxxxxxxxx"' in titles(label)
    assert words(other) == ["otherwise"]


def test_retries_and_catchers_are_marked() -> None:
    clauses = {
        "Retry": [
            {"ErrorEquals": ["Work.Busy"], "MaxAttempts": 7, "IntervalSeconds": 2, "BackoffRate": 1.5},
            {"ErrorEquals": ["States.ALL"]},
        ],
        "Catch": [{"ErrorEquals": ["Work.Broken"], "Next": "B"}, {"ErrorEquals": ["States.ALL"], "Next": "C"}],
    }
    root = drawn(
        {
            "StartAt": "A",
            "States": {
                "A": {"Type": "Task", "Resource": "x", "Next": "B", **clauses},
                "B": {"Type": "Succeed"},
                "C": {"Type": "Succeed"},
            },
        }
    )
    (chip,) = having(root, "chip")
    assert words(chip) == ["↻ 7"]
    assert "on Work.Busy: 7 retries, the first after 2 s, then 1.5 times as long" in titles(chip)
    assert "on States.ALL: 3 retries, the first after 1 s, then 2 times as long" in titles(chip)
    assert sorted(words(g)[0] for g in having(root, "catch") if "label" in g.get("class", "")) == [
        "Work.Broken",
        "any error",
    ]
    assert len([g for g in having(root, "way") if "catch" in g.get("class", "")]) == 2


HOSTILE = [
    "</svg><script>alert(1)</script>",
    "\"quoted\" & 'so'",
    "nul\x00 and \x1b",
    "]]>",
    "a\nb",
    "\ud800",
    "x" * 5000,
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_and_never_markup(name: str) -> None:
    value = {
        "Comment": name,
        "StartAt": name,
        "States": {name: {"Type": "Choice", "Choices": [{"Variable": name, "StringEquals": name, "Next": name}]}},
    }
    found = model.read(source.Document(Path("work.asl.json"), value))
    drawing = diagram.svg(found, title=name)
    root = ElementTree.fromstring(drawing.encode("utf-8"))
    assert not list(root.iter(f"{SVG}script"))
    assert len(having(root, "state")) == 1
    assert all(len(line) <= 60 for line in words(root))


def test_a_drawing_needs_nothing_but_itself() -> None:
    drawing = diagram.svg(definition(machine(random.Random(1), 20)))
    without_names = drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"<script|<image|<foreignObject|\son\w+=|href|url\(|@import|https?://", without_names)
    assert "prefers-color-scheme: dark" in drawing


def test_a_drawing_can_be_listened_to() -> None:
    run = diagram.in_order([Visit("Only", seconds=0.5)])
    root = drawn({**one(), "Comment": "Does it."}, run)
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "work.asl.json"
    assert desc.text is not None
    assert desc.text.startswith("A state machine of 1 state. It begins with Only. Does it.")
    assert "Its path: Only" in desc.text


def test_two_drawings_on_one_page_have_different_ids() -> None:
    found = definition(one())
    ids = [re.findall(r' id="([^"]+)"', diagram.svg(found, title=title)) for title in ("one", "two")]
    assert len({*ids[0], *ids[1]}) == 4


def test_the_path_taken_is_marked_and_only_that() -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "B"}
    value = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Choice", "Choices": [rule], "Default": "C"},
            "B": {"Type": "Pass", "Next": "D"},
            "C": {"Type": "Pass", "Next": "D"},
            "D": {"Type": "Pass", "End": True},
        },
    }
    root = drawn(value, diagram.in_order([Visit("A", seconds=0.01), Visit("B", seconds=2), Visit("D")]))
    assert {g.get("data-state") for g in having(root, "taken")} - {None} == {"A", "B", "D"}
    assert {g.get("data-state") for g in having(root, "idle")} == {"C"}
    taken = [(g.get("data-from"), g.get("data-to")) for g in having(root, "taken") if "way" in g.get("class", "")]
    assert sorted(taken, key=str) == [("A", "B"), ("B", "D"), (None, None)]
    assert words(state(root, "B")) == ["B", "Pass", "2.0 s"]


def test_a_failed_state_is_left_by_its_catch_and_not_by_its_next() -> None:
    value = {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Task",
                "Resource": "x",
                "Next": "B",
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
            },
            "B": {"Type": "Succeed"},
        },
    }
    root = drawn(value, diagram.in_order([Visit("A", errors=("Bad", "Bad"), failed=True), Visit("B")]))
    taken = [g.get("class") for g in having(root, "taken") if "way" in g.get("class", "") and g.get("data-to") == "B"]
    assert taken == ["way catch taken"]
    assert "failed" in state(root, "A").get("class", "").split()
    assert words(state(root, "A"))[-1] == "not ended · 1 retry · failed: Bad"


def test_a_drawing_is_as_it_was_when_somebody_last_looked_at_it() -> None:
    now = diagram.svg(model.load(WORK))
    work, drawing = (path.relative_to(Path(__file__).parents[3]) for path in (WORK, SNAPSHOT))
    command = f"headend asl diagram {work} --out {drawing}"
    assert SNAPSHOT.is_file(), f"look at the new drawing: {command}"
    assert now == SNAPSHOT.read_text(encoding="utf-8"), f"the drawing has changed; if that is right: {command}"
