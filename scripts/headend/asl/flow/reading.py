"""Paths into shapes: what a path leads to, and shapes with something put at a path.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://github.com/json-path/JsonPath, https://docs.jsonata.org/2.0.0/path-operators
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headend.asl.flow.shapes import (
    NUMBER,
    UNKNOWN,
    Array,
    Field,
    Modelled,
    Object,
    Scalar,
    Shape,
    Unknown,
    join_all,
    opened,
)
from headend.localcloud.stepfunctions.asl_path_syntax import Step

Name = str | int


@dataclass(frozen=True)
class Found:
    """Where a path leads. `sure`: whether it surely leads there."""

    shape: Shape
    sure: bool = True


@dataclass(frozen=True)
class Missing:
    """A path that leads nowhere.

    Attributes:
        step: the first step that cannot be taken, counted from 0.
        name: its name or index.
        within: what has no such part.
        definite: whether this fails; else the path gives an empty list.
        guessed: whether it is missing only because a Choice has not found it.
    """

    step: int
    name: Name
    within: Shape
    definite: bool = True
    guessed: bool = False


def child(shape: Shape, name: Name) -> Field:
    """What is known of one part of a value."""
    if isinstance(shape, Modelled):
        shape = opened(shape)
    if isinstance(shape, Unknown):
        return Field(UNKNOWN, sure=False)
    if isinstance(shape, Object):
        if isinstance(name, str):
            return shape.field(name)
        return Field(UNKNOWN, sure=False) if shape.open else Field(None)
    if isinstance(shape, Array) and isinstance(name, int):
        if -len(shape.items) <= name < len(shape.items) and (shape.rest is None or name >= 0):
            return Field(shape.items[name])
        return Field(join_all(shape.members) if name < 0 else shape.rest, sure=False) if shape.rest else Field(None)
    return Field(None)


def is_open(shape: Shape, name: Name) -> bool:
    """Whether nothing is known of one part of a value: neither that it may be there nor that it is not."""
    return isinstance(shape, Unknown) or (isinstance(shape, Object) and shape.open and name not in shape.by_name)


def find(shape: Shape, steps: Sequence[Step]) -> Found | Missing:
    """Where a JSONPath leads."""
    many, sure = False, True
    for index, step in enumerate(steps):
        if step.kind in ("name", "index") and len(step.values) == 1:
            name: Name = step.values[0]
            part = child(shape, name)
            if part.shape is None:
                return Missing(index, name, shape, definite=not many, guessed=not part.sure)
            shape, sure = part.shape, sure and part.sure
        elif step.kind == "length":
            return Found(NUMBER, sure)
        elif step.kind in ("wildcard", "slice", "filter"):
            members = _members(shape)
            if not members:
                return Found(Array() if isinstance(shape, Array) else Array((), UNKNOWN), sure)
            shape, many = join_all(members), True
        else:
            return Found(Array((), UNKNOWN), sure)
    return Found(Array((), shape) if many else shape, sure)


def _members(shape: Shape) -> tuple[Shape, ...]:
    """What may stand in an array; () where that is not known, and of an empty one."""
    if isinstance(shape, Modelled):
        shape = opened(shape)
    return shape.members if isinstance(shape, Array) else ()


def find_jsonata(shape: Shape, names: Sequence[Name]) -> Found | Missing:
    """Where a path of an expression leads: names go into each item of an array, an index is of a list."""
    mapped, sure = False, True
    for index, name in enumerate(names):
        if isinstance(shape, Modelled):
            shape = opened(shape)
        if isinstance(name, int):
            if not isinstance(shape, Array):
                return Found(UNKNOWN, sure=False)
            part = child(shape, name)
        else:
            if isinstance(shape, Array):
                if not shape.members:
                    return Found(UNKNOWN, sure=False)
                shape, mapped = join_all(shape.members), True
            part = child(shape, name)
        if part.shape is None:
            return Missing(index, name, shape, guessed=not part.sure)
        shape, sure = part.shape, sure and part.sure
    return Found(UNKNOWN if mapped else shape, sure)


def changed(shape: Shape, names: Sequence[Name], change: Callable[[Field], Field], *, force: bool = False) -> Shape:
    """The same with one part changed; what is on the way to it is then surely there.

    Without `force`, a shape that has no room for the part stays as it is; with it, the part takes its place.
    """
    if not names:
        return change(Field(shape)).shape or UNKNOWN
    name, rest = names[0], names[1:]
    if isinstance(shape, Modelled):
        shape = opened(shape)
    if isinstance(name, int):
        if isinstance(shape, Array) and shape.rest is None and -len(shape.items) <= name < len(shape.items):
            items = list(shape.items)
            items[name] = changed(items[name], rest, change, force=force)
            return Array(tuple(items))
        return UNKNOWN if force and not isinstance(shape, Unknown) else shape
    if isinstance(shape, Unknown):
        shape = Object(open=True)
    if not isinstance(shape, Object):
        return changed(Object(open=True), names, change) if force else shape
    field = shape.field(name)
    if not rest:
        return shape.having(name, change(field))
    inner = field.shape if field.shape is not None else Object(open=force)
    return shape.having(name, Field(changed(inner, rest, change, force=force)))


def put(shape: Shape, names: Sequence[Name], value: Shape) -> Shape:
    """`value` put into a shape as ResultPath does."""
    return changed(shape, names, lambda _: Field(value))


def present(shape: Shape, names: Sequence[Name], *, force: bool = False) -> Shape:
    """The same where a path surely leads somewhere."""
    return changed(shape, names, lambda field: Field(field.shape or UNKNOWN), force=force)


def absent(shape: Shape, names: Sequence[Name]) -> Shape:
    """The same where a Choice has not found a path. What is on the way to it may be missing too."""
    if not names or isinstance(names[-1], int):
        return shape
    part: Shape = shape
    for name in names[:-1]:
        field = child(part, name)
        if field.shape is None or isinstance(field.shape, Scalar):
            return shape
        part = field.shape
    return changed(shape, names, lambda _: Field(None, sure=False))


def room_for(shape: Shape, names: Sequence[Name]) -> Missing | None:
    """Why ResultPath cannot put something at a path: what is on the way is surely no object."""
    for index, name in enumerate(names):
        if isinstance(shape, Modelled):
            shape = opened(shape)
        if isinstance(name, str) and (isinstance(shape, Array) or (isinstance(shape, Scalar) and shape.kind != "null")):
            return Missing(index, name, shape)
        if isinstance(name, int):
            return None
        part = child(shape, name).shape
        if part is None:
            return None
        shape = part
    return None
