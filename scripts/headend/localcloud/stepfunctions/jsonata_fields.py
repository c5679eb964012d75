"""Where in a state each JSONata expression stands, as errors name it: Output/total, Arguments/Entries[0]/Detail.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_EvaluationFailedEventDetails.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.component.component import Component
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

from headend.localcloud.stepfunctions import jsonata_bridge

FIELDS = {
    "AssignDecl": "Assign",
    "ArgumentsJSONataTemplateValueObject": "Arguments",
    "ArgumentsStringJSONata": "Arguments",
    "Cause": "Cause",
    "ConditionStringJSONata": "Condition",
    "Credentials": "Credentials",
    "Error": "Error",
    "HeartbeatSecondsJSONata": "HeartbeatSeconds",
    "ItemBatcher": "ItemBatcher",
    "ItemReader": "ItemReader",
    "ItemSelector": "ItemSelector",
    "ItemsArray": "Items",
    "ItemsJSONata": "Items",
    "MaxConcurrencyJSONata": "MaxConcurrency",
    "MaxInputBytesPerBatchStringJSONata": "MaxInputBytesPerBatch",
    "MaxItemsPerBatchStringJSONata": "MaxItemsPerBatch",
    "MaxItemsStringJSONata": "ReaderConfig/MaxItems",
    "Output": "Output",
    "ResultWriter": "ResultWriter",
    "SecondsJSONata": "Seconds",
    "TimeoutSecondsJSONata": "TimeoutSeconds",
    "Timestamp": "Timestamp",
    "ToleratedFailureCountStringJSONata": "ToleratedFailureCount",
    "ToleratedFailurePercentageStringJSONata": "ToleratedFailurePercentage",
}
"""Classes of moto's parsed definition, and the field of a state that each stands for."""

INSIDE = frozenset({"Branches", "ItemProcessor", "Iterator"})
"""Fields that hold states."""

NUMBERED = {"ChoicesDecl": ("rules", "Choices"), "CatchDecl": ("catchers", "Catch")}


def mark(program: Any) -> None:
    """Give every JSONata expression of a parsed definition its `location`."""
    for _, _ in expressions(program):
        pass


def expressions(component: Any, location: str = "") -> Iterator[tuple[str, Any]]:
    """Every JSONata expression below `component`: (location, expression)."""
    if isinstance(component, StringJSONata):
        component.location = location
        yield location, component
        return
    kind = type(component).__name__
    if isinstance(component, CommonStateField):
        location = ""
    elif kind in FIELDS:
        location = _join(location, FIELDS[kind])
    for name, value in vars(component).items():
        if kind in NUMBERED and name == NUMBERED[kind][0]:
            for index, member in enumerate(value):
                yield from expressions(member, f"{NUMBERED[kind][1]}[{index}]")
        elif isinstance(value, Component):
            yield from expressions(value, _named(component, location))
        elif isinstance(value, list):
            for index, member in enumerate(value):
                if isinstance(member, Component):
                    yield from expressions(member, f"{location}[{index}]" if name == "values" else location)
        elif isinstance(value, dict):
            for member in value.values():
                if isinstance(member, Component):
                    yield from expressions(member, location)


def syntax_problems(value: Any, at: str) -> Iterator[str]:
    """What is wrong with the expressions of a JSONata state, but for the states inside of it."""
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        problem = jsonata_bridge.check(value[2:-2])
        if problem:
            yield f"The JSONata expression '{value[2:-2].strip()}' is not valid: {problem} at {at}"
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from syntax_problems(member, f"{at}[{index}]")
    elif isinstance(value, dict):
        for name, member in value.items():
            if name not in INSIDE:
                yield from syntax_problems(member, f"{at}/{name}")


def _named(component: Any, location: str) -> str:
    """The location of what a binding of a template holds."""
    identifier = getattr(component, "identifier", None)
    return _join(location, identifier) if isinstance(identifier, str) else location


def _join(location: str, name: str) -> str:
    return f"{location}/{name}" if location else name
