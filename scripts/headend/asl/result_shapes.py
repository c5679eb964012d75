"""What a call answers, with the names that Step Functions gives to its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from botocore.model import Shape

from headend.asl import java_names

Kind = Literal["structure", "list", "map", "string", "integer", "float", "boolean", "any"]
_KINDS: dict[str, Kind] = {
    "structure": "structure",
    "list": "list",
    "map": "map",
    "string": "string",
    "character": "string",
    "blob": "string",
    "timestamp": "string",
    "integer": "integer",
    "long": "integer",
    "short": "integer",
    "byte": "integer",
    "float": "float",
    "double": "float",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class ResultShape:
    """A part of a result.

    Attributes:
        kind: "any" is JSON of whatever shape: a path below it may or may not be there.
        shape: botocore's shape; None for a part that Step Functions makes.
        own: the members of such a part; or members besides the shape's.
        java: whether members have the Java SDK's names (SDK integrations) or the API's in Pascal case (optimized).
    """

    kind: Kind
    shape: Shape | None = None
    own: Mapping[str, ResultShape] = field(default_factory=dict)
    java: bool = True

    @cached_property
    def members(self) -> dict[str, ResultShape]:
        """The members of a structure by Step Functions' name; empty for all else."""
        found = dict(self.own)
        if self.kind == "structure":
            for name, shape in getattr(self.shape, "members", {}).items():
                found.setdefault(self._spelled(name), of(shape, java=self.java))
        return found

    @cached_property
    def item(self) -> ResultShape | None:
        """What a list or map holds; None for all else."""
        if self.shape is None or self.kind not in ("list", "map"):
            return None
        return of(getattr(self.shape, "member" if self.kind == "list" else "value"), java=self.java)

    def member(self, name: str) -> ResultShape | None:
        """The part called `name` of a structure (in any spelling that it may have), a map's value, or ANY of ANY."""
        if self.kind == "any":
            return ANY
        if self.kind == "map":
            return self.item
        if name in self.members:
            return self.members[name]
        return next((self.members[known] for known in self._spellings.get(name, ()) if known in self.members), None)

    @cached_property
    def _spellings(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in getattr(self.shape, "members", {}) if self.kind == "structure" else ():
            for other in (
                (*java_names.spellings(name), name[:1].upper() + name[1:])
                if not self.java
                else (java_names.spellings(name))
            ):
                found.setdefault(other, []).append(self._spelled(name))
        return found

    def _spelled(self, name: str) -> str:
        return java_names.member_name(name) if self.java else name[:1].upper() + name[1:]


ANY = ResultShape("any")
STRING = ResultShape("string")


def of(shape: Shape | None, *, java: bool = True, own: Mapping[str, ResultShape] | None = None) -> ResultShape:
    """A result of botocore's shape (None: an operation that answers nothing), with members of its own besides."""
    if shape is None:
        return ResultShape("structure", None, own or {}, java)
    if shape.metadata.get("document") or shape.type_name not in _KINDS:
        return ANY
    return ResultShape(_KINDS[shape.type_name], shape, own or {}, java)
