"""Graphs and definitions for the tests of the diagram."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from headend.asl import model
from headend.asl.diagram.layout import Arc, Size

END = ("Succeed", "Fail")


def definition(value: Mapping[str, Any]) -> model.Definition:
    return model.parse(json.dumps(value), Path("work.asl.json"))


def graph(seed: int, count: int) -> tuple[dict[str, Size], list[Arc]]:
    """Nodes of several sizes, most arcs to a node nearby, some back, some far; a third of them with a label.

    No arc leads to the first node.
    """
    chance = random.Random(seed)
    nodes = [f"n{i}" for i in range(count)]
    sizes = {}
    for node in nodes:
        height = chance.choice([40.0, 40.0, 53.0, 260.0])
        stub = chance.random() < 0.2
        sizes[node] = Size(chance.uniform(100, 320), height + (23 if stub else 0), height, stub)
    arcs = []
    for i, node in enumerate(nodes if count > 1 else ()):
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            step = chance.choice([1, 1, 1, 1, 2, 3, -2, 0, chance.randint(-i, count)])
            label = (chance.uniform(40, 200), chance.choice([15.5, 28.0])) if chance.random() < 0.35 else None
            bundle = chance.choice([None, "a", "b"])
            arcs.append(Arc(node, nodes[max(1, min(count - 1, i + step))], label, bundle))
    return sizes, arcs


def machine(chance: random.Random, count: int, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """A machine of `count` states of all types, groups in groups, with choices, catchers and ways back."""
    names = [f"{prefix}State{i}" for i in range(count)]
    states: dict[str, Any] = {}
    for i, name in enumerate(names):
        target = names[max(0, min(count - 1, i + chance.choice([1, 1, 1, 2, -1])))]
        kind = chance.choice(["Task", "Task", "Pass", "Wait", "Choice", "Succeed", "Fail", "Map", "Parallel"])
        if kind in ("Map", "Parallel") and depth > 1:
            kind = "Pass"
        state: dict[str, Any] = {"Type": kind}
        if kind == "Choice":
            rules = [{"Variable": "$.a", "NumericEquals": n, "Next": chance.choice(names)} for n in range(3)]
            state |= {"Choices": rules, "Default": target}
        elif kind not in END:
            state |= {"End": True} if chance.random() < 0.15 else {"Next": target}
        if kind in ("Task", "Map", "Parallel") and chance.random() < 0.5:
            errors = chance.choice([["States.ALL"], ["States.Timeout", "Work.Failed"]])
            state["Catch"] = [{"ErrorEquals": errors, "Next": names[-1]}]
            state["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 4}]
        if kind == "Map":
            state["ItemProcessor"] = machine(chance, 3, f"{name}.", depth + 1)
        if kind == "Parallel":
            state["Branches"] = [machine(chance, 2, f"{name}.{branch}.", depth + 1) for branch in range(2)]
        states[name] = state
    return {"StartAt": names[0], "States": states}


@st.composite
def choices(draw: st.DrawFn) -> dict[str, Any]:
    """Any graph of Choice states: circles, states that no way reaches, and targets that do not exist included."""
    names = [f"S{n}" for n in range(draw(st.integers(1, 9)))]
    target = st.sampled_from([*names, "Nowhere"])
    states = {
        name: {
            "Type": "Choice",
            "Choices": [{"Next": n} for n in draw(st.lists(target, max_size=3))],
            "Default": draw(target),
        }
        for name in names
    }
    return {"StartAt": draw(target), "States": states}
