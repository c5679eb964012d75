"""What is wrong with the call of an intrinsic function, as far as its text says.

The local cloud's parser and functions decide: what runs there is right here.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from headend.asl.model import PLACEHOLDER
from headend.asl.near_names import near
from headend.localcloud.stepfunctions import asl_intrinsic_syntax
from headend.localcloud.stepfunctions.asl_intrinsic_syntax import ArgumentCountError, Call, IntrinsicSyntaxError
from headend.localcloud.stepfunctions.asl_intrinsic_syntax import Literal as Constant
from headend.localcloud.stepfunctions.asl_intrinsics import INTRINSICS, Intrinsic, IntrinsicError
from headend.localcloud.stepfunctions.asl_path_syntax import PathError

PREFIX = "States."
NAMES = frozenset(INTRINSICS)
TEXTS = frozenset({"Format", "JsonToString", "ArrayGetItem", "Base64Encode", "Base64Decode", "Hash", "UUID"})
"""The functions that ErrorPath and CausePath take: https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html"""
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)
_NAME = re.compile(r"\bStates\.(\w*)\s*\(")
_FILTER = re.compile(r"\[\s*[?(]")
_CHANCE = frozenset({"States.MathRandom", "States.UUID"})
_LARGEST = 20_000
"""Characters of a call that is read."""

Kind = Literal["string", "number", "boolean", "null", "array", "object"]

_TAKES: dict[str, tuple[Kind | None, ...]] = {
    "States.Format": ("string",),
    "States.StringToJson": ("string",),
    "States.ArrayPartition": ("array", "number"),
    "States.ArrayContains": ("array", None),
    "States.ArrayRange": ("number", "number", "number"),
    "States.ArrayGetItem": ("array", "number"),
    "States.ArrayLength": ("array",),
    "States.ArrayUnique": ("array",),
    "States.Base64Encode": ("string",),
    "States.Base64Decode": ("string",),
    "States.Hash": (None, "string"),
    "States.JsonMerge": ("object", "object", "boolean"),
    "States.MathRandom": ("number", "number", "number"),
    "States.MathAdd": ("number", "number"),
    "States.StringSplit": ("string", "string"),
}
"""What the arguments have to be; None for anything."""

_GIVES: dict[str, Kind] = {
    "States.Format": "string",
    "States.JsonToString": "string",
    "States.Array": "array",
    "States.ArrayPartition": "array",
    "States.ArrayContains": "boolean",
    "States.ArrayRange": "array",
    "States.ArrayLength": "number",
    "States.ArrayUnique": "array",
    "States.Base64Encode": "string",
    "States.Base64Decode": "string",
    "States.Hash": "string",
    "States.JsonMerge": "object",
    "States.MathRandom": "number",
    "States.MathAdd": "number",
    "States.StringSplit": "array",
    "States.UUID": "string",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong: the syntax, the name of a function, how many arguments it has, or what they are. One line."""

    kind: Literal["syntax", "name", "count", "argument"]
    message: str


def is_call(text: str) -> bool:
    """Whether a text is meant as the call of an intrinsic function."""
    return text.strip().startswith(PREFIX)


def filled_in(text: str) -> str | None:
    """A call whose `${placeholders}` all stand inside quotes, with some text for each; None for any other text."""
    filled = _QUOTED.sub(lambda quoted: PLACEHOLDER.sub("x", quoted[0]), text)
    return filled if is_call(filled) and not PLACEHOLDER.search(filled) else None


def problems(text: str) -> Iterator[Problem]:
    """What is wrong with a call; the first fault only where a second may follow from it."""
    if len(text) > _LARGEST:
        return
    unknown = [name for name in _NAME.findall(_QUOTED.sub("''", text)) if PREFIX + name not in INTRINSICS]
    if unknown:
        yield from (Problem("name", _unknown(name)) for name in dict.fromkeys(unknown))
        return
    try:
        call = asl_intrinsic_syntax.parse(text.strip())
    except ArgumentCountError as error:
        name, _, rest = str(error).partition(" does not take ")
        given = rest.partition(" ")[0]
        yield Problem("count", f"{name} takes {_how_many(INTRINSICS[name])}, not {given}")
        return
    except IntrinsicSyntaxError as error:
        wrong = str(error).rpartition(" at '")[2][:-1]
        yield Problem("syntax", _reason(str(error)) + (f" at '{_short(wrong)}'" if wrong else ""))
        return
    except PathError as error:
        if not _FILTER.search(_QUOTED.sub("''", text)) and "\\" not in _QUOTED.sub("''", text):
            yield Problem("syntax", str(error)[:1].lower() + str(error)[1:])
        return
    except RecursionError:
        return
    yield from _arguments(call)


def _unknown(name: str) -> str:
    meant = near(name, (known[len(PREFIX) :] for known in INTRINSICS), cutoff=0.6)
    return f"there is no intrinsic function {PREFIX}{name}" + (f": did you mean {PREFIX}{meant}?" if meant else "")


def _how_many(known: Intrinsic) -> str:
    if known.most is None:
        return f"at least {known.fewest}"
    if known.fewest == known.most:
        return "no argument" if not known.most else f"{known.most} argument{'s' if known.most > 1 else ''}"
    return f"{known.fewest} to {known.most} arguments"


def _reason(message: str) -> str:
    for part, reason in (
        ("nests more", f"more than {asl_intrinsic_syntax.DEEPEST} intrinsic functions are nested"),
        ("open quote", "a quote is not closed"),
        ("open escape", "it ends with a backslash"),
    ):
        if part in message:
            return reason
    return "the call of an intrinsic function cannot be read"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _kind(node: Any) -> Kind | None:
    """What kind of value an argument has; None where only the execution knows."""
    if isinstance(node, Call):
        return _GIVES.get(node.name)
    if not isinstance(node, Constant):
        return None
    if node.value is None:
        return "null"
    if isinstance(node.value, bool):
        return "boolean"
    return "string" if isinstance(node.value, str) else "number"


def _arguments(call: Call) -> Iterator[Problem]:
    found = False
    for argument in call.arguments:
        for problem in _arguments(argument) if isinstance(argument, Call) else ():
            found = True
            yield problem
    for place, (argument, wanted) in enumerate(zip(call.arguments, _TAKES.get(call.name, ()), strict=False), 1):
        kind = _kind(argument)
        lenient = call.name == "States.StringToJson" and kind == "null"
        if wanted and kind and kind != wanted and not lenient:
            found = True
            yield Problem("argument", f"argument {place} of {call.name} has to be {_a(wanted)}, not {_a(kind)}")
    if not found:
        yield from _values(call)


def _values(call: Call) -> Iterator[Problem]:
    """What the function itself says of its arguments, where they are literals."""
    function = INTRINSICS[call.name].call
    literals: list[Any] = [argument.value if isinstance(argument, Constant) else None for argument in call.arguments]
    known = [isinstance(argument, Constant) for argument in call.arguments]
    stand_ins: list[Any] | None = None
    if call.name == "States.Format" and known[0]:
        stand_ins = [literals[0], *("" for _ in literals[1:])]
    elif call.name == "States.Hash" and known[1]:
        stand_ins = ["", literals[1]]
    elif call.name == "States.MathRandom" and all(known[:2]):
        stand_ins = literals[:2]
    elif call.name == "States.ArrayPartition" and known[1]:
        stand_ins = [[], literals[1]]
    elif call.name == "States.JsonMerge" and known[2]:
        stand_ins = [{}, {}, literals[2]]
    elif call.name == "States.ArrayGetItem" and known[1] and literals[1] < 0:
        stand_ins = [[], literals[1]]
    elif all(known) and call.name not in _CHANCE:
        stand_ins = literals
    elif call.name == "States.ArrayRange" and known[2]:
        stand_ins = [0, 0, literals[2]]
    if stand_ins is None:
        return
    try:
        function(*stand_ins)
    except IntrinsicError as error:
        places = ""
        if call.name == "States.Format":
            places = f" ({len(literals) - 1} given)"
        yield Problem("argument", f"{call.name}: {error}{places}")
    except Exception:  # noqa: BLE001 - values that the function was not made for: nothing is known
        return


def _a(kind: Kind) -> str:
    article = "" if kind == "null" else "an " if kind[0] in "ao" else "a "
    return article + kind
