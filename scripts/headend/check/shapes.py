"""Settings against a service's model in botocore: keys, kinds of values, enumerations, ranges, what is required.

The registry schema of AWS::MediaLive::Channel knows no enumeration and no range: `EPOCH_LOKING` passes it. The model
that botocore carries is the one that MediaLive's own API is made of.
Source: https://smithy.io/2.0/spec/constraint-traits.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, Shape, StringShape, StructureShape

from headend.strict_yaml import Place

_NAMED_RANGE = re.compile(
    r"__(?:double|integer|long|string)(?:Min(?P<sign>Negative)?(?P<min>\d+))?(?:Max(?P<max>\d+))?"
)
"""MediaLive's model carries ranges in the names of its shapes: `__integerMin0Max100`."""


@dataclass(frozen=True)
class Fault:
    """What is wrong at a place: (keys and positions from the top), and what with its remedy."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{where(self.place)}: {self.text}"


def where(place: Place) -> str:
    """A place as it is written: `OutputGroups[0].Outputs[1].OutputName`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.lstrip(".") or "the file"


@cache
def shape(service: str, name: str) -> Shape:
    """A shape of a service's model."""
    return botocore.session.get_session().get_service_model(service).shape_for(name)


def faults(value: Any, wanted: Shape, place: Place = ()) -> Iterator[Fault]:
    """What of a value does not fit a shape, in the order of the value."""
    if isinstance(wanted, StructureShape):
        yield from _structure(value, wanted, place)
    elif isinstance(wanted, ListShape):
        yield from _list(value, wanted, place)
    elif isinstance(wanted, StringShape):
        yield from _string(value, wanted, place)
    else:
        yield from _number(value, wanted, place)


def _structure(value: Any, wanted: StructureShape, place: Place) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(place, f"must be an object, not {_kind(value)}")
        return
    for key, held in value.items():
        if key in wanted.members:
            yield from faults(held, wanted.members[key], (*place, key))
            continue
        near = get_close_matches(key, wanted.members, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(wanted.members)) or 'none'}"
        yield Fault((*place, key), f"unknown key; {advice}")
    for key in wanted.required_members:
        if key not in value:
            yield Fault((*place, key), "missing; add it")


def _list(value: Any, wanted: ListShape, place: Place) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(place, f"must be a list, not {_kind(value)}")
        return
    for number, one in enumerate(value):
        yield from faults(one, wanted.member, (*place, number))


def _string(value: Any, wanted: StringShape, place: Place) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault(place, f"must be a string, not {_kind(value)}")
    elif wanted.enum and value not in wanted.enum:
        near = get_close_matches(value, wanted.enum, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(wanted.enum)}"
        yield Fault(place, f"{value!r} is not known; {advice}")
    else:
        yield from _range(len(value), wanted, place, "characters")


def _number(value: Any, wanted: Shape, place: Place) -> Iterator[Fault]:
    names = {"integer": "a whole number", "long": "a whole number", "boolean": "true or false"}
    named = names.get(wanted.type_name, "a number")
    fits = {
        "a whole number": isinstance(value, int) and not isinstance(value, bool),
        "true or false": isinstance(value, bool),
        "a number": isinstance(value, int | float) and not isinstance(value, bool),
    }[named]
    if not fits:
        yield Fault(place, f"must be {named}, not {_kind(value)}")
    elif named != "true or false":
        yield from _range(value, wanted, place)


def _range(value: float, wanted: Shape, place: Place, unit: str = "") -> Iterator[Fault]:
    least, most = wanted.metadata.get("min"), wanted.metadata.get("max")
    if named := _NAMED_RANGE.match(wanted.name):
        least = int(named["min"]) * (-1 if named["sign"] else 1) if named["min"] else least
        most = int(named["max"]) if named["max"] else most
    has = f"has {value} {unit}, it must have" if unit else f"{value} must be"
    if least is not None and value < least:
        yield Fault(place, f"{has} at least {least}")
    elif most is not None and value > most:
        yield Fault(place, f"{has} at most {most}")


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", str: f"the text {value!r}", dict: "an object", list: "a list", type(None): "null"}
    return kinds.get(type(value), f"{value!r}")
