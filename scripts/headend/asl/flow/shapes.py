"""What is known of a value: its shape.

A shape says what a value surely has, may have and surely lacks. What is not known is `Unknown`, never a guess. Shapes
are immutable and may be compared; `join` is what is true of both of two values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import is_
from typing import Any, Literal

from headend.asl.model import PLACEHOLDER
from headend.asl.result_shapes import ResultShape

Kind = Literal["string", "number", "boolean", "null", "scalar"]
Fact = tuple[str, Any, bool]
"""What a Choice has found: (comparison operator, what was compared with, whether it holds)."""
DEEPEST = 14
"""Levels below which nothing is known: a loop may nest its data ever deeper."""
LONGEST = 20
"""Items of an array that are known one by one."""
MOST_FIELDS = 100
"""Fields of an object that are put into it one by one; with more, nothing is known of it."""


@dataclass(frozen=True)
class Unknown:
    """Any value, of which a Choice may have found something."""

    facts: frozenset[Fact] = frozenset()
    depth = 0


@dataclass(frozen=True)
class Scalar:
    """A text, number, boolean or null ("scalar": one of them). `value`: a 1-tuple of what it surely is, or None."""

    kind: Kind
    value: tuple[Any, ...] | None = None
    facts: frozenset[Fact] = frozenset()
    depth = 0


@dataclass(frozen=True, eq=False)
class Modelled:
    """A part of a service's answer. `source`: what answered, such as "mediaconnect:describeFlow"."""

    result: ResultShape
    source: str
    depth = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Modelled) and other.result is self.result and other.source == self.source

    def __hash__(self) -> int:
        return hash((id(self.result), self.source))


@dataclass(frozen=True)
class Array:
    """An array: its first items, and what each of those after them is (None: there are none)."""

    items: tuple[Shape, ...] = ()
    rest: Shape | None = None

    @cached_property
    def depth(self) -> int:
        """Levels below."""
        return 1 + max((item.depth for item in self.members), default=0)

    @property
    def members(self) -> tuple[Shape, ...]:
        """All that it may hold."""
        return self.items if self.rest is None else (*self.items, self.rest)

    @cached_property
    def _hash(self) -> int:
        return hash((Array, self.items, self.rest))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Field:
    """A field of an object.

    Attributes:
        shape: None where there is no such field.
        sure: whether it is surely there (or surely not there, rather than where a Choice has not found it).
    """

    shape: Shape | None
    sure: bool = True

    @cached_property
    def _hash(self) -> int:
        return hash((self.shape, self.sure))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def plain(self) -> Field:
        """The same without constants and what a Choice has found."""
        known = self.shape and plain(self.shape)
        return self if known is self.shape else Field(known, self.sure)


@dataclass(frozen=True)
class Object:
    """An object.

    Attributes:
        by_name: what is known of its fields; never changed.
        base: a service's answer, which `by_name` have been put into.
        open: whether it may have other fields.
    """

    by_name: Mapping[str, Field] = field(default_factory=dict)
    base: Modelled | None = None
    open: bool = False

    @cached_property
    def depth(self) -> int:
        """Levels below."""
        return 1 + max((field.shape.depth for field in self.by_name.values() if field.shape), default=0)

    @cached_property
    def _hash(self) -> int:
        # The order of the fields must not count.
        return hash((frozenset(self.by_name.items()), self.base, self.open))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def plain(self) -> Object:
        """The same without constants and what a Choice has found."""
        fields = {name: field.plain for name, field in self.by_name.items()}
        same = all(map(is_, fields.values(), self.by_name.values()))
        return self if same else Object(fields, self.base, self.open)

    def field(self, name: str) -> Field:
        """What is known of one field."""
        found = self.by_name.get(name)
        if found is None and self.base:
            part = _member(self.base, name)
            found = Field(part, sure=False) if part else None
        if found is None:
            return _ANY_FIELD if self.open else _NO_FIELD
        return found

    def having(self, name: str, field: Field) -> Object:
        """The same with another field. Of an object with too many fields, no more is known than this one."""
        if len(self.by_name) >= MOST_FIELDS and name not in self.by_name:
            return Object({name: field}, None, True)
        return Object({**self.by_name, name: field}, self.base, self.open)


Shape = Unknown | Scalar | Modelled | Array | Object
UNKNOWN = Unknown()
TEXT = Scalar("string")
NUMBER = Scalar("number")
BOOLEAN = Scalar("boolean")
EMPTY = Object()
_NO_FIELD = Field(None)
_ANY_FIELD = Field(UNKNOWN, sure=False)
ERROR = Object({"Cause": Field(TEXT, sure=False), "Error": Field(TEXT)})
"""What a Catch gets: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""


def record(fields: Mapping[str, Shape | None], *, open: bool = False) -> Object:  # noqa: A002
    """An object that surely has these fields; None: it may have that one, as a text."""
    made = {name: Field(TEXT, sure=False) if shape is None else Field(shape) for name, shape in fields.items()}
    return Object(made, None, open)


def constant(value: Any) -> Shape:
    """The shape of a value as written. Of a text with a placeholder in it nothing is known."""
    if isinstance(value, dict):
        placeholder = any(PLACEHOLDER.search(name) for name in value)
        return record({name: constant(item) for name, item in value.items()}, open=placeholder)
    if isinstance(value, list):
        return array([constant(item) for item in value])
    if isinstance(value, str):
        return UNKNOWN if PLACEHOLDER.search(value) else Scalar("string", (value,))
    if isinstance(value, bool):
        return Scalar("boolean", (value,))
    if value is None:
        return Scalar("null", (None,))
    return Scalar("number", (value,)) if isinstance(value, int | float) else UNKNOWN


def array(items: Iterable[Shape]) -> Array:
    """An array of just these."""
    listed = tuple(items)
    return Array(listed) if len(listed) <= LONGEST else Array((), join_all(listed))


def opened(shape: Modelled) -> Shape:
    """The outermost level of a service's answer as a shape of the other kinds."""
    kind = shape.result.kind
    if kind in ("structure", "map"):
        return Object({}, shape)
    if kind == "list":
        item = shape.result.item
        return Array((), modelled(item, shape.source) if item else UNKNOWN)
    if kind == "string":
        return TEXT
    if kind == "boolean":
        return BOOLEAN
    return NUMBER if kind in ("integer", "float") else UNKNOWN


def modelled(result: ResultShape, source: str) -> Shape:
    """A service's answer."""
    made = Modelled(result, source)
    return made if result.kind in ("structure", "map", "list") else opened(made)


def _member(shape: Modelled, name: str) -> Shape | None:
    part = shape.result.member(name)
    return modelled(part, shape.source) if part else None


def join_all(shapes: Iterable[Shape]) -> Shape:
    """What is true of all; Unknown of none."""
    found: Shape | None = None
    for shape in shapes:
        found = shape if found is None else join(found, shape)
    return UNKNOWN if found is None else found


def join(one: Shape, other: Shape) -> Shape:
    """What is true of both."""
    if one is other or one == other:
        return one
    if isinstance(one, Modelled):
        one = opened(one)
    if isinstance(other, Modelled):
        other = opened(other)
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        kind: Kind = one.kind if one.kind == other.kind else "scalar"
        return Scalar(kind, one.value if one.value == other.value else None, one.facts & other.facts)
    if isinstance(one, Array) and isinstance(other, Array):
        return _join_arrays(one, other)
    if isinstance(one, Object) and isinstance(other, Object):
        return join_objects(one, other)
    if isinstance(one, Unknown) and isinstance(other, Unknown) and one.facts & other.facts:
        return Unknown(one.facts & other.facts)
    return UNKNOWN


def _join_arrays(one: Array, other: Array) -> Array:
    if one.rest is None and other.rest is None and len(one.items) == len(other.items):
        return Array(tuple(map(join, one.items, other.items)))
    members = (*one.members, *other.members)
    return Array((), join_all(members)) if members else one


def join_objects(one: Object, other: Object) -> Object:
    """What is true of both."""
    same = one.base == other.base
    fields = dict(one.by_name)
    for name in one.by_name.keys() | other.by_name.keys():
        left, right = one.field(name), other.field(name)
        if left is not right:
            fields[name] = _join_fields(left, right)
    return Object(fields, one.base if same else None, one.open or other.open or not same)


def _join_fields(left: Field, right: Field) -> Field:
    # Gives one of the two where it can: most fields of two objects are the same, and stay so.
    if left.shape is None and right.shape is None:
        return right if left.sure else left
    if left.shape is None or right.shape is None:
        known = left if right.shape is None else right
        return known if not known.sure else Field(known.shape, sure=False)
    shape, sure = join(left.shape, right.shape), left.sure and right.sure
    for known in (left, right):
        if shape is known.shape and sure is known.sure:
            return known
    return Field(shape, sure)


def plain(shape: Shape) -> Shape:
    """The same without constants and what a Choice has found: so that fewer shapes differ."""
    if isinstance(shape, Unknown):
        return UNKNOWN
    if isinstance(shape, Scalar):
        return Scalar(shape.kind) if shape.facts or shape.value else shape
    if isinstance(shape, Array):
        made = Array(tuple(map(plain, shape.items)), plain(shape.rest) if shape.rest else None)
        return shape if made == shape else made
    return shape.plain if isinstance(shape, Object) else shape


def shallow(shape: Shape, levels: int = DEEPEST) -> Shape:
    """The same with nothing known below so many levels."""
    if shape.depth <= levels:
        return shape
    if levels <= 0:
        return UNKNOWN
    if isinstance(shape, Array):
        items = tuple(shallow(item, levels - 1) for item in shape.items)
        return Array(items, shallow(shape.rest, levels - 1) if shape.rest else None)
    if isinstance(shape, Object):
        fields = {
            name: Field(field.shape and shallow(field.shape, levels - 1), field.sure)
            for name, field in shape.by_name.items()
        }
        return Object(fields, shape.base, shape.open)
    return shape


def names(shape: Shape) -> list[str]:
    """The names of the fields that a value may have, as far as known."""
    if isinstance(shape, Modelled):
        shape = opened(shape)
    if not isinstance(shape, Object):
        return []
    own = [name for name, field in shape.by_name.items() if field.shape is not None]
    return own + [name for name in (shape.base.result.members if shape.base else ()) if name not in shape.by_name]
