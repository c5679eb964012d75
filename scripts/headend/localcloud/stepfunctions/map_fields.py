"""Fields of a Distributed Map that moto's grammar lacks, or has in part: ItemReader, ItemBatcher, ResultWriter.

They are taken out of a definition before moto parses it and attached to the parsed states. Sources:
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.asl.component.component import Component
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions import jsonata_fields

PARSER = f"{moto_patches.PARSER}.asl.parse.asl_parser:AmazonStateLanguageParser"
TAKEN = ("ItemReader", "ItemBatcher", "ResultWriter")
TYPE = "ExecutionType"
PERCENTAGE = "ToleratedFailurePercentage"
"""moto's grammar wants a fraction here."""
MARK = "headend-map-"


class Template:
    """A part of a state that holds paths or expressions, evaluated in the state's environment."""

    def __init__(self, value: dict[str, Any], language: str, location: str) -> None:
        self._jsonata = language == "JSONata"
        field = "Output" if self._jsonata else "Parameters"
        helper = {"Type": "Pass", "QueryLanguage": language, field: value, "End": True}
        state = _parse_one(helper)
        if self._jsonata:
            self._component = state.output.jsonata_template_value
            for _ in jsonata_fields.expressions(self._component, location):
                pass
        else:
            self._component = state.parameters

    def value(self, env: Any) -> dict[str, Any]:
        """The value at this moment."""
        if not self._jsonata:
            env.stack.append(env.states.get_input())
        self._component.eval(env)
        found: dict[str, Any] = env.stack.pop()
        if not self._jsonata:
            env.stack.pop()
        return found


@dataclass(frozen=True)
class Source:
    """An ItemReader or ResultWriter: which operation of S3, its parameters, and how the data looks."""

    action: str
    parameters: Template
    config: Template


@dataclass(frozen=True)
class MapFields:
    """What a Distributed Map has beyond moto."""

    reader: Source | None = None
    batcher: Template | None = None
    writer: Source | None = None
    express: bool = False
    """Whether the child executions are EXPRESS."""


def parse(definition: str) -> Any:
    """What moto's parser makes of a definition, with the fields attached to its Map states."""
    read = json.loads(definition)
    taken: dict[str, tuple[dict[str, Any], str]] = {}
    if isinstance(read, dict) and any(f'"{name}"' in definition for name in (*TAKEN, TYPE, PERCENTAGE)):
        read = copy.deepcopy(read)
        _take(read, "JSONPath", taken)
        definition = json.dumps(read)
    parsed = moto_patches.original(PARSER, "parse")(definition)
    if taken:
        for state in _maps(parsed[0]):
            text = state.comment.comment if state.comment else ""
            if text in taken:
                _attach(state, *taken[text])
    return parsed


def _take(machine: dict[str, Any], language: str, taken: dict[str, tuple[dict[str, Any], str]]) -> None:
    language = machine.get("QueryLanguage", language)
    states = machine.get("States")
    for state in (states if isinstance(states, dict) else {}).values():
        if not isinstance(state, dict):
            continue
        spoken = state.get("QueryLanguage", language)
        inside = [*(state.get("Branches") or []), state.get("ItemProcessor"), state.get("Iterator")]
        for inner in inside:
            if isinstance(inner, dict):
                _take(inner, language, taken)
        if state.get("Type") == "Map":
            if isinstance(state.get(PERCENTAGE), int):
                state[PERCENTAGE] = float(state[PERCENTAGE])
            fields = {name: state.pop(name) for name in TAKEN if name in state}
            processor = state.get("ItemProcessor") or state.get("Iterator") or {}
            kind = (processor.get("ProcessorConfig") or {}).pop(TYPE, None)
            if not fields and kind is None:
                continue
            fields[TYPE] = kind
            state["Comment"] = f"{MARK}{len(taken)}"
            taken[state["Comment"]] = (fields, spoken)


def _maps(component: Any) -> Iterator[Any]:
    """The Map states of a parsed definition."""
    if isinstance(component, StateMap):
        yield component
    for value in vars(component).values():
        members = value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]
        for member in members:
            if isinstance(member, Component):
                yield from _maps(member)


def _attach(state: Any, fields: dict[str, Any], language: str) -> None:
    batcher = fields.get("ItemBatcher")
    for _, expression in jsonata_fields.expressions(state.items) if state.items else ():
        expression.takes_objects = True
    state.iteration_component.fields = MapFields(
        reader=_source(fields.get("ItemReader"), language, "ItemReader", "ReaderConfig"),
        batcher=Template(_plain_names(batcher, language), language, "ItemBatcher") if batcher else None,
        writer=_source(fields.get("ResultWriter"), language, "ResultWriter", "WriterConfig"),
        express=fields[TYPE] == "EXPRESS",
    )


def _source(value: dict[str, Any] | None, language: str, name: str, config: str) -> Source | None:
    if value is None:
        return None
    field = "Arguments" if language == "JSONata" else "Parameters"
    settings = _plain_names(value.get(config) or {}, language)
    return Source(
        action=str(value.get("Resource", "")).rpartition(":")[2],
        parameters=Template(value.get(field) or {}, language, f"{name}/{field}"),
        config=Template(settings, language, f"{name}/{config}"),
    )


def _plain_names(value: dict[str, Any], language: str) -> dict[str, Any]:
    """`MaxItemsPath: $.n` as `MaxItems.$: $.n`."""
    if language == "JSONata":
        return value
    return {
        f"{name.removesuffix('Path')}.$" if name.endswith("Path") else name: member for name, member in value.items()
    }


def _parse_one(state: dict[str, Any]) -> Any:
    definition = json.dumps({"StartAt": "Only", "States": {"Only": state}})
    return moto_patches.original(PARSER, "parse")(definition)[0].states.states["Only"]


def apply() -> None:
    """Put the parser in place."""
    moto_patches.replace(PARSER, "parse", staticmethod(parse))
