"""The fields of an object that an expression makes: `{'id': $states.input.id}`.

Source: https://docs.jsonata.org/2.0.0/construction
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonata import jexception, parser

from headend.asl.flow.shapes import UNKNOWN, Field, Object, Shape, constant

_DEEPEST = 20


@lru_cache(maxsize=2048)
def constructed(text: str) -> Shape:
    """The object that an expression makes, by the names of its fields; Unknown for every other expression.

    A field is left out where its value is undefined: only constants are surely there.
    """
    if "{" not in text:
        return UNKNOWN
    try:
        return _shape(parser.Parser().parse(text), 0)
    except (jexception.JException, RecursionError, ArithmeticError, LookupError, AttributeError, TypeError, ValueError):
        return UNKNOWN


def _shape(node: Any, depth: int) -> Shape:
    if node is None or depth > _DEEPEST or node.predicate or node.stages or node.group is not None:
        return UNKNOWN
    if node.type == "block" and node.expressions:
        return _shape(node.expressions[-1], depth + 1)
    if node.type in ("string", "number", "value"):
        return constant(node.value)
    if node.type != "unary" or str(node.value) != "{":
        return UNKNOWN
    fields = {}
    for key, value in node.lhs_object or []:
        if key.type != "string":
            return UNKNOWN
        sure = value.type in ("string", "number", "value")
        fields[str(key.value)] = Field(_shape(value, depth + 1), sure or value.type == "unary")
    return Object(fields)
