"""Arguments of a Task state against what the API operation takes: names, required ones, types, values.

What is known only when an execution comes there is not judged: `"Name.$"`, `{% … %}`, `${…}`.

Sources: botocore's models, https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html and
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.model import Shape

from headend.asl import integrations, java_names, optimized
from headend.asl.integrations import Integration
from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules.integration_names import did_you_mean, nearest, shown
from headend.asl.model import PLACEHOLDER, Definition, State, expression
from headend.asl.source import Pointer

MANY = 30
"""Enums with more values than this grow from week to week (runtimes, Regions): one that botocore
does not list may be new."""
_NAMES = ("Arn", "Name", "Id", "Url", "Bucket", "Key", "Role")
"""What ends so is a plain text; Step Functions makes a text of an object in some others."""
_TEXTS = ("string", "character")
_WHOLE = ("integer", "long", "short", "byte")
_OBJECT = "an object"
_TYPES = {"structure": _OBJECT, "map": _OBJECT, "object": _OBJECT, "list": "a list", "boolean": "true or false"}
_OWN: dict[str, type] = {"text": str, "object": dict, "boolean": bool}
"""The types in optimized.yaml; "any" is everything else."""


def check(definition: Definition, state: State, integration: Integration) -> Iterator[Finding]:
    """All faults in the arguments of a call that is known."""
    arguments = state.arguments
    if not isinstance(arguments, dict):
        return
    call = integrations.call(integration)
    special = optimized.action(integration.service, integration.action) if integration.kind == "optimized" else None
    name = f"{integration.service}:{integration.action}"
    checker = _Checker(definition, state, special, name, state.arguments_pointer)
    if special is not None and special.parameters is not None:
        yield from checker.own(special.parameters, special.required or (), arguments, special.enums)
    elif call is not None:
        yield from checker.structure(call.model.input_shape, arguments, state.arguments_pointer)


def check_names(
    definition: Definition,
    state: State,
    call: str,
    pointer: Pointer,
    written: Mapping[str, Any],
    names: Mapping[str, str],
    required: tuple[str, ...],
) -> Iterator[Finding]:
    """The same for arguments elsewhere (`pointer`) that have no model: names with their types, and those required."""
    return _Checker(definition, state, None, call, pointer).own(names, required, written, {})


@dataclass
class _Checker:
    definition: Definition
    state: State
    special: optimized.Action | None
    call: str
    top: Pointer

    @cached_property
    def java(self) -> bool:
        return self.special is None

    def found(self, code: str, pointer: Pointer, message: str, *, value: bool = False) -> Finding:
        return finding(self.definition, f"integrations-{code}", pointer, message, self.state, value=value)

    def own(
        self,
        names: Mapping[str, str],
        required: tuple[str, ...],
        written: Mapping[str, Any],
        enums: Mapping[str, tuple[str, ...]],
    ) -> Iterator[Finding]:
        """The parameters of an integration with no API operation behind it."""
        given: set[str] = set()
        for key, value in written.items():
            name = _bare(key)
            if PLACEHOLDER.search(name):
                given |= set(names)
                continue
            given.add(nearest(name, names) or name)  # a misspelt one is one fault, not two
            if name not in names:
                yield from self.unknown(name, names, (*self.top, key))
            elif value is None or key.endswith(".$") or _decided_later(value):
                continue
            elif not isinstance(value, _OWN.get(names[name], object)):
                message = f'"{name}" must be {_TYPES.get(names[name], "a text")}, not {_called(value)}'
                yield self.found("type", (*self.top, key), message, value=True)
            elif isinstance(value, str) and name in enums and value not in enums[name]:
                yield self.enum(name, value, enums[name], (*self.top, key))
        yield from self.missing(required, given, self.top)

    def structure(self, shape: Shape | None, written: Any, pointer: Pointer) -> Iterator[Finding]:
        """An object's names, and what each holds."""
        top = pointer == self.top
        members: Mapping[str, Shape] = getattr(shape, "members", {})
        known = {spelling: name for name in members for spelling in self.spellings(name)}
        extra = self.special.extra if self.special and top else ()
        given: set[str] = set()
        for key, value in written.items():
            name = _bare(key)
            if PLACEHOLDER.search(name):
                given |= set(members)
            elif name in known:
                given.add(known[name])
                if name not in (self.special.json if self.special else ()):
                    yield from self.value(members[known[name]], key, value, (*pointer, key))
                elif isinstance(value, bool | int | float):  # AWS: "must be a STRING", though objects are not refused
                    message = f'"{name}" must be an object or a text, not {_called(value)}'
                    yield self.found("type", (*pointer, key), message, value=True)
            elif name not in extra:
                near = nearest(name, [self.spelled(member) for member in members])
                given |= {member for member in members if self.spelled(member) == near}  # one fault, not two
                yield from self.unknown(name, [self.spelled(member) for member in members], (*pointer, key))
        required = [name for name in getattr(shape, "required_members", ()) if not _made(members.get(name))]
        names = [self.spelled(name) for name in required]
        if self.special and top and self.special.required is not None:
            names = list(self.special.required)
        yield from self.missing(names, {self.spelled(name) for name in given}, pointer)

    def spelled(self, member: str) -> str:
        return java_names.member_name(member) if self.java else member[:1].upper() + member[1:]

    def spellings(self, member: str) -> frozenset[str]:
        """Those that may be right: both where nobody says which (`ACL` and `Acl`)."""
        found = java_names.spellings(member)
        return found if self.java and not member.isupper() else found | {member[:1].upper() + member[1:]}

    def unknown(self, name: str, names: Any, pointer: Pointer) -> Iterator[Finding]:
        near = nearest(name, names)
        if near and near.lower() == name.lower():
            yield self.found("parameter-case", pointer, f'"{shown(name)}" of {self.call} is written "{near}" here')
        else:
            few = f": it has {', '.join(sorted(names)[:8])}{' …' if len(names) > 8 else ''}" if names else ""
            ending = did_you_mean(name, names) or few
            yield self.found("parameter", pointer, f'{self.call} has no parameter "{shown(name)}" here{ending}')

    def missing(self, required: Any, given: set[str], pointer: Pointer) -> Iterator[Finding]:
        top = pointer == self.top
        for name in required:
            if name not in given:
                place = "" if top else f' in "{shown(str(pointer[-1]))}"'
                yield self.found("required", pointer, f'{self.call} needs "{name}"{place}')
        choice = self.special.one_of if self.special and top else ()
        if choice and not given.intersection(choice):
            yield self.found("required", pointer, f"{self.call} needs one of {', '.join(choice)}")

    def enum(self, name: str, value: str, values: Any, pointer: Pointer) -> Finding:
        ending = did_you_mean(value, values) or f": write one of {', '.join(list(values)[:12])}"
        return self.found("enum", pointer, f'"{shown(name)}" cannot be "{shown(value)}"{ending}', value=True)

    def value(self, shape: Shape, key: str, written: Any, pointer: Pointer) -> Iterator[Finding]:
        """A value, with all in it."""
        if written is None or key.endswith(".$") or _decided_later(written):
            return
        kind = shape.type_name
        if shape.metadata.get("document") or kind == "blob" or getattr(shape, "eventstream", False):
            return
        name = _bare(key)
        if shape.name == "AttributeValue" and not self.java and isinstance(written, str):
            return  # the optimized integration of DynamoDB takes "one" for {"S": "one"}
        several = isinstance(written, dict | list) and bool(shape.metadata.get("enum"))
        if several or not _fits(kind, name, written):
            wanted = _TYPES.get(kind) or ("a text" if kind in (*_TEXTS, "timestamp") else "a number")
            if kind in _WHOLE:
                wanted = "a whole number"
            yield self.found("type", pointer, f'"{shown(name)}" must be {wanted}, not {_called(written)}', value=True)
        elif kind == "structure" and isinstance(written, dict):
            yield from self.structure(shape, written, pointer)
        elif kind == "list" and isinstance(written, list):
            yield from self.range(shape, name, len(written), "entries", pointer)
            for index, item in enumerate(written):
                yield from self.value(getattr(shape, "member"), name, item, (*pointer, index))  # noqa: B009
        elif kind == "map" and isinstance(written, dict):
            for inner, item in written.items():
                yield from self.value(getattr(shape, "value"), inner, item, (*pointer, inner))  # noqa: B009
        elif kind in _TEXTS and isinstance(written, str):
            yield from self.text(shape, name, written, pointer)
        elif kind in (*_WHOLE, "float", "double") and not isinstance(written, bool):
            yield from self.range(shape, name, written, "", pointer)

    def text(self, shape: Shape, name: str, written: str, pointer: Pointer) -> Iterator[Finding]:
        values: list[str] = shape.metadata.get("enum") or []
        if values and written not in values:
            near = nearest(written, values)
            if len(values) <= MANY or (near and near.lower() == written.lower()):
                yield self.enum(name, written, values, pointer)
            else:
                ending = did_you_mean(written, values) or ": if it is not new, look for its spelling"
                message = (
                    f'"{shown(name)}" has no "{shown(written)}" among the {len(values)} values of botocore{ending}'
                )
                yield self.found("enum-new", pointer, message, value=True)
        elif not written and shape.metadata.get("min"):
            yield self.found("range", pointer, f'"{name}" must not be empty', value=True)

    def range(self, shape: Shape, name: str, size: float, unit: str, pointer: Pointer) -> Iterator[Finding]:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and size < least) or (most is not None and size > most):
            limits = (
                f"{least:,} to {most:,}"
                if None not in (least, most)
                else (f"at least {least:,}" if most is None else f"at most {most:,}")
            )
            said = f"has {size:,} {unit}: it may have {limits}" if unit else f"is {size:,}: it may be {limits}"
            yield self.found("range", pointer, f'"{name}" {said}', value=True)


def _bare(key: str) -> str:
    return key.removesuffix(".$")


def _decided_later(value: Any) -> bool:
    """An expression, a placeholder, or a function of CloudFormation."""
    if isinstance(value, str):
        return expression(value) is not None or PLACEHOLDER.search(value) is not None
    if isinstance(value, dict) and len(value) == 1:
        key = next(iter(value))
        return bool(key == "Ref" or key.startswith("Fn::"))
    return False


def _made(shape: Shape | None) -> bool:
    """Whether the SDK makes a required member itself, as it does with tokens for idempotency."""
    return shape is None or bool(shape.metadata.get("idempotencyToken"))


def _fits(kind: str, name: str, value: Any) -> bool:
    if kind in ("structure", "map"):
        return isinstance(value, dict)
    if kind == "list":
        return isinstance(value, list)
    if kind == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if kind in _WHOLE:
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if kind in ("float", "double"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in _TEXTS and isinstance(value, dict | list):
        return not name.endswith(_NAMES)
    if kind == "timestamp":
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    return isinstance(value, str | dict | list)


def _called(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'the text "{shown(value)}"' if isinstance(value, str) else f"the number {value}"
