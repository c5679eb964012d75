"""What differs between a Cloud Control resource as it is configured and as it lives.

Both sides have the registry's shape, so they are compared as they are; the type's schema says what AWS decides itself
(`readOnlyProperties`), what it never shows (`writeOnlyProperties`) and what cannot be changed in place
(`createOnlyProperties`): https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Pointer = tuple[str, ...]

HIDDEN = "(sensitive)"
_ABSENT: Any = object()
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_IDENTITIES = ("Key", "Name", "MediaStreamName")
_SECRET = re.compile(r"(?i)(password|passphrase|secret|token|initializationvector|credential)(?!.*arn$)")
# AWS fills none of these in: what stands there has been set by somebody.
_ONLY_BY_HAND = frozenset(
    {
        "CidrAllowList",
        "Decryption",
        "Encryption",
        "MediaStreams",
        "Subscribers",
        "Tags",
        "VpcInterfaceAttachment",
        "VpcInterfaceName",
        "VpcInterfaces",
        "WhitelistCidr",
    }
)


@dataclass(frozen=True)
class Difference:
    """One difference. `kind` is changed, added (live only) or removed (configured only); the absent side is None."""

    path: str
    kind: str
    configured: Any
    live: Any
    in_place: bool


@dataclass(frozen=True)
class Rules:
    """What is known of one resource beside its two sides.

    `before` is the live model that Terraform last saw (`properties`): of what the configuration leaves out, it tells
    what AWS has filled in from what somebody has added. `elsewhere` are live list items that other resources of the
    same configuration manage, as (property, name). `sensitive` hides every value.
    """

    schema: Json
    type_name: str = ""
    before: Json = field(default_factory=dict)
    elsewhere: frozenset[tuple[str, str]] = frozenset()
    sensitive: bool = False

    def named(self, kind: str) -> frozenset[Pointer]:
        """The pointers of `readOnlyProperties` and its like."""
        return frozenset(tuple(text.split("/")[2:]) for text in self.schema.get(f"{kind}Properties") or [])

    def node(self, pointer: Pointer) -> Json:
        """The schema of one property; empty where the schema does not say."""
        node = self._resolved(self.schema)
        for key in pointer:
            node = self._resolved(node.get("items", {}) if key == "*" else node.get("properties", {}).get(key, {}))
        return node

    def ordered(self, pointer: Pointer) -> bool:
        """Whether the order of a list means something: never in MediaConnect."""
        return not self.type_name.startswith("AWS::MediaConnect::") and bool(
            self.node(pointer).get("insertionOrder", True)
        )

    def _resolved(self, node: Any) -> Json:
        while isinstance(node, dict) and "$ref" in node:
            node = self.schema.get("definitions", {}).get(str(node["$ref"]).rpartition("/")[2], {})
        return node if isinstance(node, dict) else {}


@dataclass
class Comparison:
    """The differences, and the live model with all of them put back that can be put back in place."""

    differences: list[Difference]
    restored: Json


def compare(configured: Json, live: Json, rules: Rules) -> Comparison:
    """Compare a `desired_state` with the model that Cloud Control's GetResource answers."""
    work = _Work(rules)
    restored = work.model("", (), configured, live)
    return Comparison(work.found, restored)


class _Work:
    """One walk over both sides; every step returns what should live there."""

    def __init__(self, rules: Rules) -> None:
        self.found: list[Difference] = []
        self._rules = rules
        self._create_only = rules.named("createOnly")
        self._not_compared = rules.named("readOnly") | rules.named("writeOnly")

    def model(self, path: str, pointer: Pointer, configured: Json, live: Json) -> Json:
        """An object on both sides."""
        restored = {}
        for key in sorted({*configured, *live}):
            name = f"{path}.{key}" if path else key
            value = self._value(name, (*pointer, key), configured.get(key, _ABSENT), live.get(key, _ABSENT))
            if value is not _ABSENT:
                restored[key] = value
        return restored

    def _value(self, path: str, pointer: Pointer, configured: Any, live: Any) -> Any:
        wanted, there = (_ABSENT if _empty(side) else side for side in (configured, live))
        if pointer in self._not_compared or (wanted is _ABSENT and there is _ABSENT):
            return live
        if wanted is _ABSENT:
            if self._filled_in(pointer, there):
                return live
            if isinstance(there, list):
                return self._list(path, pointer, [], there) or _ABSENT
            return self._differs(path, pointer, "added", _ABSENT, live)
        if there is _ABSENT:
            default = self._rules.node(pointer).get("default", _ABSENT)
            return live if _same(wanted, default) else self._differs(path, pointer, "removed", wanted, live)
        wanted, there = _documents(wanted, there)
        if isinstance(wanted, dict) and isinstance(there, dict) and not isinstance(live, str):
            return self.model(path, pointer, wanted, there)
        if isinstance(wanted, list) and isinstance(there, list):
            return self._list(path, pointer, wanted, there)
        return live if _same(wanted, there) else self._differs(path, pointer, "changed", configured, live)

    def _list(self, path: str, pointer: Pointer, configured: list[Any], live: list[Any]) -> list[Any]:
        identity = _identity(configured, live)
        if identity and not self._rules.ordered(pointer):
            return self._named_items(path, pointer, identity, configured, live)
        if self._rules.ordered(pointer) and _objects(configured, live):
            return self._items_in_order(path, pointer, configured, live)
        before = len(self.found)
        if self._rules.ordered(pointer):
            if not _same(configured, live):
                self._differs(path, pointer, "changed", configured, live)
        else:
            for item in _beyond(configured, live):
                self._differs(f"{path}[]", pointer, "removed", item, _ABSENT)
            for item in _beyond(live, configured):
                self._differs(f"{path}[]", pointer, "added", _ABSENT, item)
        changed = self.found[before:]
        return configured if changed and all(item.in_place for item in changed) else live

    def _named_items(
        self, path: str, pointer: Pointer, identity: str, configured: list[Any], live: list[Any]
    ) -> list[Any]:
        wanted = {item[identity]: item for item in configured}
        restored = []
        for item in live:
            name = item[identity]
            here = f"{path}[{name}]"
            if name in wanted:
                value: Any = self.model(here, (*pointer, "*"), wanted.pop(name), item)
            elif (pointer[-1], name) in self._rules.elsewhere or (identity == "Key" and name.startswith("aws:")):
                value = item
            else:
                value = self._differs(here, pointer, "added", _ABSENT, item)
            restored.append(value)
        restored += [
            self._differs(f"{path}[{name}]", pointer, "removed", item, _ABSENT) for name, item in wanted.items()
        ]
        return [item for item in restored if item is not _ABSENT]

    def _items_in_order(self, path: str, pointer: Pointer, configured: list[Any], live: list[Any]) -> list[Any]:
        """As many objects on both sides: each is compared with the one in its place."""
        return [
            self.model(f"{path}[{index}]", (*pointer, "*"), wanted, there)
            for index, (wanted, there) in enumerate(zip(configured, live, strict=True))
        ]

    def _filled_in(self, pointer: Pointer, value: Any) -> bool:
        """Whether AWS has put `value` where the configuration says nothing."""
        if pointer in self._not_compared or pointer in self._create_only or _empty(value):
            return True
        if pointer[-1] in _ONLY_BY_HAND:
            return False
        if isinstance(value, dict):
            return all(self._filled_in((*pointer, key), item) for key, item in value.items())
        return _same(value, self._rules.node(pointer).get("default", _ABSENT)) or _same(value, self._before(pointer))

    def _before(self, pointer: Pointer) -> Any:
        value: Any = self._rules.before
        for key in pointer:
            value = value.get(key, _ABSENT) if isinstance(value, dict) else _ABSENT
        return value

    def _differs(self, path: str, pointer: Pointer, kind: str, configured: Any, live: Any) -> Any:
        """Note a difference; returns what should live there."""
        fixed = any(pointer[: len(parent)] == parent for parent in self._create_only)
        key = pointer[-1]
        self.found.append(Difference(path, kind, self._shown(key, configured), self._shown(key, live), not fixed))
        return live if fixed else configured

    def _shown(self, key: str, value: Any) -> Any:
        """A value for people: without secrets."""
        if value is _ABSENT:
            return None
        if self._rules.sensitive or _SECRET.search(key):
            return HIDDEN
        value = _document(value)
        if isinstance(value, dict):
            return {name: self._shown(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._shown(key, item) for item in value]
        return value


def _empty(value: Any) -> bool:
    return value is _ABSENT or any(value is item or (type(value) is type(item) and value == item) for item in _EMPTY)


def _identity(*sides: list[Any]) -> str | None:
    """The property by which the objects of two lists are told apart; None where there is none, or a name twice."""
    for name in _IDENTITIES:
        if not all(isinstance(item, dict) and isinstance(item.get(name), str) for side in sides for item in side):
            continue
        if any(sides) and all(len({item[name] for item in side}) == len(side) for side in sides):
            return name
    return None


def _objects(*sides: list[Any]) -> bool:
    """Whether two lists are of the same length, and hold objects only."""
    return len({len(side) for side in sides}) == 1 and all(isinstance(item, dict) for side in sides for item in side)


def _documents(first: Any, second: Any) -> tuple[Any, Any]:
    """Policies and their like are JSON as text on one side, and an object or differently spaced text on the other."""
    return _document(first), _document(second)


def _document(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _canonical(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    """5000.0 is 5000 in JSON; True is not 1."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _same(first: Any, second: Any) -> bool:
    if first is _ABSENT or second is _ABSENT:
        return first is second
    return _canonical(first) == _canonical(second)


def _beyond(first: list[Any], second: list[Any]) -> list[Any]:
    """What `first` holds beyond `second`, each as often as it is too many."""
    rest = [_canonical(item) for item in second]
    found = []
    for item in first:
        text = _canonical(item)
        if text in rest:
            rest.remove(text)
        else:
            found.append(item)
    return found
