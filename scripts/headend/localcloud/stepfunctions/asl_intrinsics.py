"""The intrinsic functions of the Amazon States Language on plain values. IntrinsicError says why one fails.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from headend.localcloud.stepfunctions.asl_paths import same

LONGEST = 10_000
"""Characters that the functions for encoding and hashing take."""
LARGEST_RANGE = 1_000
INTEGERS = range(-(2**31), 2**31)
ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
ESCAPED = "\\"


class IntrinsicError(ValueError):
    """An intrinsic function cannot work with its arguments."""


class Intrinsic(NamedTuple):
    """A function and how many arguments it takes."""

    call: Callable[..., Any]
    fewest: int
    most: int | None


def shown(value: Any) -> str:
    """A value in the text that States.Format makes."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={shown(item)}" for name, item in value.items()) + "}"
    return json.dumps(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise IntrinsicError(f"expected a string, got {json.dumps(value)}")
    return value


def _short(value: Any) -> str:
    if len(_text(value)) > LONGEST:
        raise IntrinsicError(f"the string is longer than {LONGEST} characters")
    return str(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicError(f"expected an array, got {json.dumps(value)}")
    return value


def _whole(value: Any) -> int:
    """A number rounded to the nearest whole one, halves upwards as Java does."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise IntrinsicError(f"expected a number, got {json.dumps(value)}")
    number = value if isinstance(value, int) else math.floor(value + 0.5)
    if number not in INTEGERS:
        raise IntrinsicError(f"{number} is not between {INTEGERS.start} and {INTEGERS.stop - 1}")
    return number


def _format(template: Any, *values: Any) -> str:
    """`{}` stands for a value; a backslash before a brace or a backslash takes its meaning away."""
    waiting = list(values)
    made = []
    text = _text(template)
    at = 0
    while at < len(text):
        if text[at] == ESCAPED and at + 1 < len(text) and text[at + 1] in "{}\\'":
            made.append(text[at + 1])
            at += 2
        elif text.startswith("{}", at):
            if not waiting:
                raise IntrinsicError("there are more {} than values")
            made.append(shown(waiting.pop(0)))
            at += 2
        else:
            made.append(text[at])
            at += 1
    if waiting:
        raise IntrinsicError("there are more values than {}")
    return "".join(made)


def _string_to_json(text: Any) -> Any:
    if text is None or not _text(text).strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise IntrinsicError(f"not JSON: {error}") from error


def _json_to_string(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _partition(values: Any, size: Any) -> list[list[Any]]:
    length = _whole(size)
    if length <= 0:
        raise IntrinsicError("the size of a chunk is a positive number")
    return [_list(values)[start : start + length] for start in range(0, len(_list(values)), length)]


def _contains(values: Any, wanted: Any) -> bool:
    return any(same(value, wanted) for value in _list(values))


def _range(first: Any, last: Any, step: Any) -> list[int]:
    start, stop, pace = _whole(first), _whole(last), _whole(step)
    if pace == 0:
        raise IntrinsicError("the step of a range is not 0")
    values = range(start, stop + (1 if pace > 0 else -1), pace)
    if len(values) > LARGEST_RANGE:
        raise IntrinsicError(f"a range has at most {LARGEST_RANGE} elements")
    return list(values)


def _item(values: Any, index: Any) -> Any:
    position = _whole(index)
    if not 0 <= position < len(_list(values)):
        raise IntrinsicError(f"there is no element {position}")
    return values[position]


def _unique(values: Any) -> list[Any]:
    kept: list[Any] = []
    for value in _list(values):
        if not any(same(value, known) for known in kept):
            kept.append(value)
    return kept


def _decode(text: Any) -> str:
    try:
        return base64.b64decode(_short(text), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise IntrinsicError(f"not Base64 of a text: {error}") from error


def _hash(data: Any, algorithm: Any) -> str:
    if algorithm not in ALGORITHMS:
        raise IntrinsicError(f"the algorithm is one of {', '.join(ALGORITHMS)}")
    return hashlib.new(ALGORITHMS[algorithm], _short(data).encode()).hexdigest()


def _merge(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    if deep is not False:
        raise IntrinsicError("only the shallow mode is supported: the third argument is false")
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise IntrinsicError("only objects can be merged")
    return {**first, **second}


def _random(start: Any, end: Any, seed: Any = None) -> int:
    first, last = _whole(start), _whole(end)
    if last <= first:
        raise IntrinsicError("the range of a random number ends after its start")
    source = random.Random(None if seed is None else _whole(seed))  # noqa: S311 - not for secrets
    return source.randrange(first, last)


def _add(first: Any, second: Any) -> int:
    return _whole(_whole(first) + _whole(second))


def _split(text: Any, separators: Any) -> list[str]:
    marks = re.escape(_text(separators))
    parts = re.split(f"[{marks}]", _text(text)) if marks else [_text(text)]
    return [part for part in parts if part]


INTRINSICS: dict[str, Intrinsic] = {
    "States.Format": Intrinsic(_format, 1, None),
    "States.StringToJson": Intrinsic(_string_to_json, 1, 1),
    "States.JsonToString": Intrinsic(_json_to_string, 1, 1),
    "States.Array": Intrinsic(lambda *values: list(values), 0, None),
    "States.ArrayPartition": Intrinsic(_partition, 2, 2),
    "States.ArrayContains": Intrinsic(_contains, 2, 2),
    "States.ArrayRange": Intrinsic(_range, 3, 3),
    "States.ArrayGetItem": Intrinsic(_item, 2, 2),
    "States.ArrayLength": Intrinsic(lambda values: len(_list(values)), 1, 1),
    "States.ArrayUnique": Intrinsic(_unique, 1, 1),
    "States.Base64Encode": Intrinsic(lambda text: base64.b64encode(_short(text).encode()).decode(), 1, 1),
    "States.Base64Decode": Intrinsic(_decode, 1, 1),
    "States.Hash": Intrinsic(_hash, 2, 2),
    "States.JsonMerge": Intrinsic(_merge, 3, 3),
    "States.MathRandom": Intrinsic(_random, 2, 3),
    "States.MathAdd": Intrinsic(_add, 2, 2),
    "States.StringSplit": Intrinsic(_split, 2, 2),
    "States.UUID": Intrinsic(lambda: str(uuid.uuid4()), 0, 0),
}
