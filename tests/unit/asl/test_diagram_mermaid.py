"""Diagrams as Mermaid flow charts."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.asl import diagram, model, source
from headend.asl.diagram import Visit
from unit.asl.diagram_graphs import choices, definition, machine
from unit.asl.test_diagram_svg import HOSTILE

NODE = re.compile(r'\s*(s\d+)(?:\[|\{\{|>|\(\[|\[/|\[\[)"')
GROUP = re.compile(r"\s*subgraph (s\d+)\[")
LINK = re.compile(r'\s*(\w+) (?:-->|-\.->)(?:\|"[^"|]*"\|)? (\w+)')


def links(chart: str) -> list[tuple[str, str]]:
    return [(m[1], m[2]) for line in chart.splitlines() if (m := LINK.fullmatch(line))]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_every_state_and_every_way_is_in_the_chart_once(seed: int) -> None:
    found = definition(machine(random.Random(seed), 12))
    chart = diagram.mermaid(found)
    nodes = [m[1] for line in chart.splitlines() if (m := NODE.match(line) or GROUP.match(line))]
    assert sorted(nodes) == sorted(f"s{n}" for n in range(1, len(list(found.states())) + 1))
    pairs = {(t.source, t.target, t.kind == "catch") for s in found.states() for t in s.transitions}
    assert len([pair for pair in links(chart) if pair[0][0] == pair[1][0] == "s"]) == len(pairs)
    assert chart.count("subgraph ") == len(re.findall(r"^\s*end$", chart, re.MULTILINE))


@settings(max_examples=40, deadline=None)
@given(choices())
def test_any_graph_is_a_chart(value: dict[str, Any]) -> None:
    assert diagram.mermaid(definition(value)).startswith("flowchart TD\n")


def test_groups_contain_their_states_and_catchers_are_dashed() -> None:
    each = {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}},
        "Catch": [{"ErrorEquals": ["Work.Broken"], "Next": "Out"}],
        "Next": "Out",
    }
    chart = diagram.mermaid(definition({"StartAt": "Each", "States": {"Each": each, "Out": {"Type": "Succeed"}}}))
    inside = chart.partition("subgraph ")[2].partition("\n  end\n")[0]
    assert '"In<br>Pass"' in inside
    assert "Out" not in inside
    assert 's1 -.->|"Work.Broken"| s2' in chart
    assert "s1 --> s2" in chart


@pytest.mark.parametrize("name", HOSTILE)
def test_names_cannot_be_syntax(name: str) -> None:
    rule = {"Variable": name, "StringEquals": name, "Next": name}
    value = {"StartAt": name, "States": {name: {"Type": "Choice", "Choices": [rule], "Default": f"no {name}"}}}
    chart = diagram.mermaid(model.read(source.Document(Path("work.asl.json"), value)))
    for line in chart.splitlines()[1:]:
        quoted = re.findall(r'"([^"]*)"', line)
        assert not re.search(r"[<>\"`|;\[\]{}]", re.sub(r"<br>|#\d+;", "", "".join(quoted)))
        assert not re.search("[\x00-\x1f\ud800-\udfff]", line)


def test_the_path_taken_is_marked() -> None:
    value = {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Fail"}, "C": {"Type": "Fail"}},
    }
    chart = diagram.mermaid(definition(value), diagram.in_order([Visit("A", seconds=1.5), Visit("B", seconds=0)]))
    assert '"A<br>Pass<br>1.5 s"' in chart
    assert "class s1 taken" in chart
    assert "class s2 failed" in chart
    assert "linkStyle 0,1 " in chart
