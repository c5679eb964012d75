"""The functions that Step Functions adds to JSONata, and the one that it takes away.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import uuid
from typing import Any

from jsonata import jexception, jsonata, utils

HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
RANGE_ITEMS = 10_000_000
NULL = utils.Utils.NULL_VALUE


def _refuse(number: int, name: str) -> jexception.JException:
    return jexception.JException("T0410", -1, number, name)


def partition(items: Any, size: Any) -> Any:
    """The items in lists of `size`, the last perhaps shorter."""
    if items is None:
        return None
    step = math.floor(_number(size, 2, "partition"))
    if step < 1:
        raise _refuse(2, "partition")
    listed = list(items) if isinstance(items, list) else [items]
    return [listed[start : start + step] for start in range(0, len(listed), step)]


def number_range(first: Any, last: Any, step: Any) -> list[Any]:
    """The numbers from `first` to `last`, both included, in steps that may go down."""
    start, end, delta = (_number(value, place, "range") for place, value in enumerate((first, last, step), 1))
    if delta == 0:
        raise _refuse(3, "range")
    count = math.floor((end - start) / delta) + 1
    if count > RANGE_ITEMS:
        raise jexception.JException("D2014", -1, count)
    return [start + place * delta for place in range(max(0, count))]


def digest(value: Any, algorithm: Any) -> Any:
    """The hash of a text, in hexadecimal digits."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise _refuse(1, "hash")
    if algorithm not in HASHES:
        raise _refuse(2, "hash")
    return hashlib.new(HASHES[algorithm], value.encode(), usedforsecurity=False).hexdigest()


def seeded_random(seed: Any = None) -> float:
    """A number n with 0 ≤ n < 1; the same seed gives the same number."""
    if seed is None:
        return random.random()  # noqa: S311 - no secret
    return random.Random(_number(seed, 1, "random")).random()  # noqa: S311 - no secret


def new_uuid() -> str:
    """A random UUID, version 4."""
    return str(uuid.uuid4())


def parse(text: Any) -> Any:
    """The value of a JSON text: takes the place of $eval."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise _refuse(1, "parse")
    try:
        return with_nulls(json.loads(text))
    except ValueError as error:
        raise jexception.JException("D3137", -1, f"Unable to parse the JSON text: {error}") from error


def with_nulls(value: Any) -> Any:
    """A copy of a JSON value in which null is JSONata's null: None is its undefined."""
    if value is None:
        return NULL
    if isinstance(value, dict):
        return {name: with_nulls(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [with_nulls(member) for member in value]
    return value


def _number(value: Any, place: int, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(place, name)
    return value


FUNCTIONS: dict[str, Any] = {
    "partition": jsonata.Jsonata.JLambda(partition),
    "range": jsonata.Jsonata.JLambda(number_range),
    "hash": jsonata.Jsonata.JLambda(digest),
    "random": jsonata.Jsonata.JLambda(seeded_random),
    "uuid": jsonata.Jsonata.JLambda(new_uuid),
    "parse": jsonata.Jsonata.JLambda(parse),
    "eval": None,
}
"""By their names without the dollar sign. $eval is bound to nothing, so that calling it is calling no function."""
