"""What a Choice's conditions say of the data on the ways behind them.

A condition that can be judged sends a way on one side; the other side gets it as doubtful, so that what stands there is
looked at as well. One that cannot be judged sends it on both, with what the condition has found.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
https://docs.jsonata.org/2.0.0/comparison-operators
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from headend.asl import expressions, paths
from headend.asl.expressions import ExpressionError, Reference
from headend.asl.flow import reading
from headend.asl.flow.reading import Found, Missing, Name
from headend.asl.flow.shapes import (
    BOOLEAN,
    NUMBER,
    TEXT,
    UNKNOWN,
    Field,
    Modelled,
    Object,
    Scalar,
    Shape,
    Unknown,
    opened,
)
from headend.asl.flow.ways import Base, Said, Visit, Way
from headend.asl.model import PLACEHOLDER
from headend.asl.source import Pointer

MOST = 4
"""Ways that are kept apart behind one condition."""
_KINDS: dict[str, Shape] = {"IsString": TEXT, "IsNumeric": NUMBER, "IsBoolean": BOOLEAN}
_COMPARED = re.compile(
    r"(String|Numeric|Boolean|Timestamp)(Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)"
)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda left, right: bool(left == right),
    "LessThan": lambda left, right: bool(left < right),
    "GreaterThan": lambda left, right: bool(left > right),
    "LessThanEquals": lambda left, right: bool(left <= right),
    "GreaterThanEquals": lambda left, right: bool(left >= right),
}
_REFERENCE = r"(\$[A-Za-z_][\w.]*)"
_EXISTS = re.compile(rf"\$exists\(\s*{_REFERENCE}\s*\)")
_NOT = re.compile(r"\$not\((.*)\)", re.DOTALL)
_EQUALS = re.compile(rf"{_REFERENCE}\s*(!?=)\s*('[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?|true|false|null)")
_ALONE = re.compile(_REFERENCE)
_JOINED = re.compile(r"\s+(and|or)\s+")


@dataclass
class Judged:
    """The ways on which a condition holds, and those on which it does not."""

    holds: list[Way] = field(default_factory=list)
    fails: list[Way] = field(default_factory=list)

    def turned(self) -> Judged:
        """The opposite condition."""
        return Judged(self.fails, self.holds)


def few(ways: Iterable[Way], whole: Way) -> list[Way]:
    """The ways, each once; `whole` in place of those that would be too many."""
    found = dict.fromkeys(ways)
    kept: list[Way] = []
    for doubtful in (False, True):
        some = [way for way in found if way.doubtful is doubtful]
        kept += some if len(some) <= MOST else [replace(whole, doubtful=doubtful)]
    return kept


# JSONPath


def rule(visit: Visit, written: Mapping[str, Any], pointer: Pointer, base: Base) -> Judged:
    """A rule, or a part of it, on the way of the visit."""
    for name, every in (("And", True), ("Or", False)):
        parts = written.get(name)
        if isinstance(parts, list):
            inner = [(part, (*pointer, name, index)) for index, part in enumerate(parts) if isinstance(part, dict)]
            return _together(visit, every, [partial(_part, part, where, base) for part, where in inner])
    if isinstance(written.get("Not"), dict):
        return rule(visit, written["Not"], (*pointer, "Not"), base).turned()
    return _comparison(visit, written, pointer, _now(base, visit.way))


def _part(written: Mapping[str, Any], pointer: Pointer, base: Base, visit: Visit) -> Judged:
    return rule(visit, written, pointer, base)


def _conjunct(text: str, visit: Visit) -> Judged:
    return _condition(visit, text)


def _together(visit: Visit, every: bool, parts: Sequence[Callable[[Visit], Judged]]) -> Judged:
    """Conditions in their order: all of them (`every`) or one of them."""
    whole, open_ways, done = visit.way, [visit.way], list[Way]()
    for part in parts:
        following: list[Way] = []
        for way in open_ways:
            inner = replace(visit, way=way)
            judged = part(inner)
            following += judged.holds if every else judged.fails
            done += judged.fails if every else judged.holds
        open_ways = few(following, whole)
    return Judged(open_ways, few(done, whole)) if every else Judged(few(done, whole), open_ways)


def _now(base: Base, way: Way) -> Base:
    """What `$` means, with what earlier conditions have found."""
    if base.prefix is None:
        return base
    shape = way.data
    for name in base.prefix:
        shape = reading.child(shape, name).shape or UNKNOWN
    return replace(base, shape=shape)


def _comparison(visit: Visit, written: Mapping[str, Any], pointer: Pointer, base: Base) -> Judged:
    text = written.get("Variable")
    operator = next((name for name in written if name not in ("Variable", "Next", "Assign", "Output", "Comment")), None)
    both = Judged([visit.way], [visit.way])
    if not isinstance(text, str) or operator is None or PLACEHOLDER.search(text):
        return both
    try:
        path = paths.parse(text)
    except ValueError:
        return both
    wanted, where = written[operator], (*pointer, "Variable")
    if operator == "IsPresent":
        return _is_present(visit, path, base, bool(wanted)) if path.known and path.root != paths.CONTEXT else both
    shape = visit.read(path, where, base)
    if operator.endswith("Path") and isinstance(wanted, str):
        visit.path(wanted, (*pointer, operator), base)
    if not path.known or path.root == paths.CONTEXT or not path.definite:
        return Judged([visit.way], [visit.way])
    place = _place(path.root and f"${path.root}", base, (path.root, *path.names) if path.root else path.names)
    return _split(visit, place, shape, operator, wanted)


Place = tuple[str, tuple[Name, ...] | None]
"""Where a shape stands: ("", path into the data) or ("$name", path into the variables); None: nowhere to write to."""


def _place(root: str, base: Base, names: tuple[Name, ...]) -> Place:
    if root:
        return root, names
    return "", None if base.prefix is None else (*base.prefix, *names)


def _with(way: Way, place: Place, change: Callable[[Shape, tuple[Name, ...]], Shape]) -> Way:
    root, names = place
    if names is None:
        return way
    if not root:
        return replace(way, data=change(way.data, names))
    variables = change(way.variables, names)
    return replace(way, variables=variables) if isinstance(variables, Object) else way


def _is_present(visit: Visit, path: paths.Path, base: Base, wanted: bool) -> Judged:
    if path.root:
        names: tuple[Name, ...] = (path.root, *path.names)
        first = reading.child(visit.way.variables, path.root).shape
        found: Found | Missing
        found = reading.find(first, path.steps) if first else Missing(0, path.root, visit.way.variables)
        place = _place(f"${path.root}", base, names)
    else:
        found, place = reading.find(base.shape, path.steps), _place("", base, path.names)
    judged = _existence(visit, place if path.definite else ("", None), found)
    return judged if wanted else judged.turned()


def _existence(visit: Visit, place: Place, found: Found | Missing) -> Judged:
    """Whether a path leads somewhere."""
    way = visit.way if isinstance(found, Missing) or found.sure else _passing(visit)
    there = _with(way, place, lambda shape, names: reading.present(shape, names, force=isinstance(found, Missing)))
    if isinstance(found, Missing):
        return Judged([replace(there, doubtful=True)], [way])
    if found.sure:
        return Judged([way], [replace(way, doubtful=True)])
    return Judged([there], [_with(way, place, reading.absent)])


def _split(visit: Visit, place: Place, shape: Shape, operator: str, wanted: Any) -> Judged:
    """A comparison of one value with a constant."""
    way = visit.way
    key = json.dumps(wanted, sort_keys=True, default=str)
    verdict = decided(shape, operator, wanted, key)
    if verdict is not None:
        other = replace(way, doubtful=True)
        return Judged([way], [other]) if verdict else Judged([other], [way])
    way = _passing(visit)

    def side(holds: bool) -> Way:
        known = narrowed(shape, operator, wanted, key, holds)
        sure = holds or not visit.state.jsonata  # an expression may compare what is not there: it does not hold
        change = partial(_known, known, sure)
        return _with(way, place, lambda whole, names: reading.changed(whole, names, change))

    return Judged([side(True)], [side(False)])


def _passing(visit: Visit) -> Way:
    """The way, behind a condition that cannot be judged."""
    mixed = visit.state.pointer in visit.notes.mixed
    return replace(visit.way, vague=True) if mixed and not visit.way.doubtful else visit.way


def _known(shape: Shape, sure: bool, before: Field) -> Field:
    return Field(shape, sure or before.sure)


def decided(shape: Shape, operator: str, wanted: Any, key: str) -> bool | None:
    """Whether a comparison holds; None where that is not known. `key`: what it is compared with, as text."""
    if isinstance(shape, Modelled):
        shape = opened(shape)
    if isinstance(shape, Unknown | Scalar):
        known = next((holds for name, what, holds in shape.facts if (name, what) == (operator, key)), None)
        if known is not None:
            return known
    if isinstance(shape, Unknown) or operator.endswith("Path"):
        return None
    if operator in ("IsString", "IsNumeric", "IsBoolean", "IsNull") and isinstance(wanted, bool):
        return _of_kind(shape, operator, wanted)
    match = _COMPARED.fullmatch(operator)
    if match is None or not isinstance(shape, Scalar):
        return None
    if shape.value is None or match[1] == "Timestamp" or (isinstance(wanted, str) and PLACEHOLDER.search(wanted)):
        return None
    value = shape.value[0]
    if not _fits(value, match[1]) or not _fits(wanted, match[1]):
        return False
    return _ORDER[match[2]](value, wanted)


def _fits(value: Any, family: str) -> bool:
    if family == "String":
        return isinstance(value, str)
    return isinstance(value, bool) if family == "Boolean" else type(value) in (int, float)


def _of_kind(shape: Shape, operator: str, wanted: bool) -> bool | None:
    if isinstance(shape, Scalar):
        if shape.kind == "scalar":
            return None
        # What a service answers, or a state selects, may be null whatever its type.
        if shape.value is None and operator == "IsNull":
            return None
        fits = {"IsString": "string", "IsNumeric": "number", "IsBoolean": "boolean", "IsNull": "null"}[operator]
        return (shape.kind == fits) is wanted
    return None


def narrowed(shape: Shape, operator: str, wanted: Any, key: str, holds: bool) -> Shape:
    """What is known of a value behind a comparison that holds, or does not."""
    if not isinstance(shape, Unknown | Scalar):
        return shape
    if operator in _KINDS and wanted is holds and isinstance(shape, Unknown):
        return _KINDS[operator]
    if operator == "IsNull" and wanted is holds:
        return Scalar("null", (None,))
    if holds and not (isinstance(wanted, str) and PLACEHOLDER.search(wanted)):
        for name, kind in (("StringEquals", "string"), ("NumericEquals", "number"), ("BooleanEquals", "boolean")):
            if operator == name and _fits(wanted, name.removesuffix("Equals")):
                return Scalar(kind, (wanted,))  # type: ignore[arg-type]
    if operator.endswith("Path"):
        return shape
    return replace(shape, facts=shape.facts | {(operator, key, holds)})


# JSONata


def condition(visit: Visit, text: str, pointer: Pointer) -> Judged:
    """A condition, given without `{%` and `%}`, on the way of the visit."""
    if PLACEHOLDER.search(text):
        return Judged([visit.way], [visit.way])
    visit.expression(text, pointer)
    return _condition(visit, text)


def _condition(visit: Visit, text: str) -> Judged:
    text = text.strip()
    words = set(_JOINED.findall(text))
    if len(words) == 1 and not re.search(r"[\[{?:]", text):
        parts = _JOINED.split(text)[::2]
        if all(part.count("(") == part.count(")") and _parsed(part) is not None for part in parts):
            judges = [partial(_conjunct, part) for part in parts]
            return _together(visit, words == {"and"}, judges)
    if (match := _NOT.fullmatch(text)) and match[1].count("(") == match[1].count(")") and _parsed(match[1]) is not None:
        return _condition(visit, match[1]).turned()
    for form in (_EXISTS, _ALONE, _EQUALS):
        if match := form.fullmatch(text):
            found = _simple(visit, match, form)
            if found is not None:
                return found
    return _opaque(visit, text)


def _parsed(text: str) -> tuple[Reference, ...] | None:
    try:
        return expressions.parse(text.strip()).references
    except ExpressionError:
        return None


def _simple(visit: Visit, match: re.Match[str], form: re.Pattern[str]) -> Judged | None:
    """`$exists(path)`, `path`, `path = constant` and `path != constant`."""
    references = _parsed(match[1]) or ()
    named = visit.reference(references[0]) if len(references) == 1 and references[0].whole else None
    if named is None or named[0] not in ("", *(f"${use.name}" for use in references)):
        return None
    root, base, names = named
    found, place = reading.find_jsonata(base, names), (root, names)
    if form is _EXISTS:
        return _existence(visit, place, found)
    if isinstance(found, Missing):
        return Judged([replace(visit.way, doubtful=True)], [visit.way])
    if form is _ALONE:
        return _split(visit, place, found.shape, "BooleanEquals", True)
    wanted = json.loads(f'"{match[3][1:-1]}"') if match[3][0] in "'\"" and "\\" not in match[3] else _json(match[3])
    kind = {str: "StringEquals", bool: "BooleanEquals", int: "NumericEquals", float: "NumericEquals"}.get(type(wanted))
    judged = _split(visit, place, found.shape, kind or "IsNull", True if kind is None else wanted)
    return judged if match[2] == "=" else judged.turned()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _opaque(visit: Visit, text: str) -> Judged:
    """A condition that cannot be judged, but for what it said before of the same values."""
    way = visit.way
    before = next((said for said in way.said if said.text == text), None)
    if before is not None:
        other = replace(way, doubtful=True)
        return Judged([way], [other]) if before.holds else Judged([other], [way])
    references = _parsed(text) or ()
    way = _passing(visit)
    variables = frozenset(use.name for use in references if use.name not in ("states", "", "$"))
    data = any(use.name == "states" for use in references)

    def side(holds: bool) -> Way:
        return replace(way, said=way.said | {Said(text, holds, variables, data)})

    return Judged([side(True)], [side(False)])
