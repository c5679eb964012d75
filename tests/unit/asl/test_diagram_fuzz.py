"""A definition in which anything may stand anywhere is drawn all the same, or as much of it as can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headend.asl import diagram, model, source

FIELDS = [
    "Type",
    "Next",
    "End",
    "Choices",
    "Default",
    "Retry",
    "Catch",
    "ErrorEquals",
    "MaxAttempts",
    "IntervalSeconds",
    "BackoffRate",
    "MaxDelaySeconds",
    "Resource",
    "Parameters",
    "Arguments",
    "FunctionName",
    "Seconds",
    "SecondsPath",
    "Timestamp",
    "Error",
    "Cause",
    "Comment",
    "Condition",
    "And",
    "Or",
    "Not",
    "Variable",
    "StringEquals",
    "NumericLessThanPath",
    "IsPresent",
    "StringMatches",
    "ItemsPath",
    "Items",
    "ItemReader",
    "MaxConcurrency",
    "ItemProcessor",
    "Branches",
    "ProcessorConfig",
    "Mode",
    "ExecutionType",
    "StartAt",
    "States",
    "A",
    "B",
    "QueryLanguage",
]
TEXTS = st.sampled_from(
    [
        *model.TYPES,
        "A",
        "B",
        "JSONata",
        "{% $x %}",
        "$.a",
        "${name}",
        "DISTRIBUTED",
        "arn:aws:states:::lambda:invoke.sync",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=30,
)
STATES = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({"StartAt": TEXTS, "States": STATES}))
def test_anything_is_drawn(value: dict[str, Any]) -> None:
    definition = model.read(source.Document(Path("work.asl.json"), value))
    root = ElementTree.fromstring(diagram.svg(definition).encode("utf-8"))
    drawn = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("data-state") is not None]
    assert len(drawn) == len(list(definition.states()))
    assert diagram.mermaid(definition).startswith("flowchart")


def test_groups_in_groups_as_deep_as_a_file_may_be_are_drawn() -> None:
    value: dict[str, Any] = {"StartAt": "Last", "States": {"Last": {"Type": "Succeed"}}}
    for depth in range(20):
        each = {"Type": "Map", "ItemProcessor": value, "End": True}
        value = {"StartAt": f"Each{depth}", "States": {f"Each{depth}": each}}
    definition = model.read(source.Document(Path("work.asl.json"), value))
    assert diagram.svg(definition).count("data-state=") == 21
