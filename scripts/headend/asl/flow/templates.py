"""What payload templates, intrinsic functions and values with expressions give.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from headend.asl import paths
from headend.asl.flow import shapes
from headend.asl.flow.shapes import BOOLEAN, NUMBER, TEXT, UNKNOWN, Array, Field, Object, Scalar, Shape
from headend.asl.flow.ways import Base, Visit
from headend.asl.model import PLACEHOLDER, expression
from headend.asl.source import Pointer
from headend.localcloud.stepfunctions import asl_intrinsic_syntax

_GIVES: dict[str, Shape] = {
    "States.Format": TEXT,
    "States.JsonToString": TEXT,
    "States.Base64Encode": TEXT,
    "States.Base64Decode": TEXT,
    "States.Hash": TEXT,
    "States.UUID": TEXT,
    "States.ArrayLength": NUMBER,
    "States.MathRandom": NUMBER,
    "States.MathAdd": NUMBER,
    "States.ArrayContains": BOOLEAN,
    "States.ArrayRange": Array((), NUMBER),
    "States.StringSplit": Array((), TEXT),
    "States.ArrayPartition": Array((), Array((), UNKNOWN)),
}


def template(visit: Visit, value: Any, pointer: Pointer, base: Base) -> Shape:
    """What a payload template gives."""
    if isinstance(value, list):
        return shapes.array([template(visit, item, (*pointer, index), base) for index, item in enumerate(value)])
    if not isinstance(value, dict):
        return shapes.constant(value)
    fields: dict[str, Shape | None] = {}
    for name, item in value.items():
        where = (*pointer, name)
        if name.endswith(".$"):
            fields[name[:-2]] = selected(visit, item, where, base)
        else:
            fields[name] = template(visit, item, where, base)
    return shapes.record(fields, open=any(PLACEHOLDER.search(name) for name in value))


def selected(visit: Visit, text: Any, pointer: Pointer, base: Base) -> Shape:
    """What a path or an intrinsic function gives."""
    if not isinstance(text, str) or PLACEHOLDER.search(text):
        return UNKNOWN
    if not text.strip().startswith("States."):
        return visit.path(text.strip(), pointer, base)
    try:
        call = asl_intrinsic_syntax.parse(text.strip())
    except (ValueError, RecursionError):
        return UNKNOWN
    return _called(visit, call, pointer, base)


def _called(visit: Visit, call: asl_intrinsic_syntax.Call, pointer: Pointer, base: Base) -> Shape:
    given = [_argument(visit, argument, pointer, base) for argument in call.arguments]
    if call.name == "States.Array":
        return shapes.array(given)
    if call.name == "States.ArrayUnique" and given and isinstance(given[0], Array):
        return Array((), shapes.join_all(given[0].members))
    if call.name == "States.ArrayGetItem" and len(given) > 1:
        index = given[1].value if isinstance(given[1], Scalar) else None
        if isinstance(given[0], Array) and not given[0].rest and index and index[0] in range(len(given[0].items)):
            return given[0].items[int(index[0])]
        return UNKNOWN
    if call.name == "States.JsonMerge" and len(given) > 1:
        return _merged(given[0], given[1])
    return _GIVES.get(call.name, UNKNOWN)


def _merged(one: Shape, other: Shape) -> Shape:
    """Two objects put together: the second one's fields win."""
    if not isinstance(one, Object) or not isinstance(other, Object) or one.base or other.base:
        return UNKNOWN
    fields = dict(one.by_name)
    for name, field in other.by_name.items():
        before = fields.get(name, Field(None))
        if field.shape is not None:
            kept = field.shape if field.sure or before.shape is None else shapes.join(field.shape, before.shape)
            fields[name] = Field(kept, field.sure or (before.shape is not None and before.sure))
    return Object(fields, None, one.open or other.open)


def _argument(visit: Visit, argument: Any, pointer: Pointer, base: Base) -> Shape:
    if isinstance(argument, asl_intrinsic_syntax.Call):
        return _called(visit, argument, pointer, base)
    if isinstance(argument, asl_intrinsic_syntax.Path):
        return visit.path(argument.text, pointer, base)
    return shapes.constant(argument.value)


def value(visit: Visit, written: Any, pointer: Pointer) -> Shape:
    """What a value of a JSONata state gives."""
    if isinstance(written, list):
        return shapes.array([value(visit, item, (*pointer, index)) for index, item in enumerate(written)])
    if isinstance(written, dict):
        placeholder = any(PLACEHOLDER.search(name) for name in written)
        fields = {name: value(visit, item, (*pointer, name)) for name, item in written.items()}
        return shapes.record(fields, open=placeholder)
    text = _expression(written) if isinstance(written, str) else None
    if text is None:
        return shapes.constant(written)
    if PLACEHOLDER.search(text):
        return UNKNOWN
    return visit.expression(text, pointer) if "$" in text else _literal(text)


@lru_cache(maxsize=4096)
def _expression(text: str) -> str | None:
    return expression(text)


def _literal(text: str) -> Shape:
    """The value of an expression that is JSON."""
    try:
        return shapes.constant(json.loads(text))
    except ValueError:
        return UNKNOWN


def field(visit: Visit, name: str, base: Base) -> Shape | None:
    """What a field of a JSONPath state that holds a path gives; None where there is no such field."""
    written = visit.state.fields.get(name)
    return selected(visit, written, (*visit.state.pointer, name), base) if isinstance(written, str) else None


def steps(text: Any) -> tuple[str | int, ...] | None:
    """The names of a reference path into the input, such as a ResultPath; None where it is none."""
    if not isinstance(text, str) or PLACEHOLDER.search(text):
        return None
    try:
        path = paths.parse(text)
    except ValueError:
        return None
    return path.names if path.known and not path.root and path.definite else None
