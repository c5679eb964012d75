"""JSONata expressions, evaluated as Step Functions does: with variables only, without an input document.

`evaluate` knows nothing of state machines. Source:
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections import OrderedDict
from typing import Any

from jsonata import jexception, jsonata, parser, utils

from headend.localcloud.stepfunctions.jsonata_functions import FUNCTIONS, NULL, with_nulls

COMPILED = 1024
"""Compiled expressions kept."""
NAME = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
PLACE = re.compile(r"\{\{\{?(\w+)\}?\}\}")

UNDEFINED = "returned nothing (undefined)."
UNSUPPORTED = "returned an unsupported result type."


class JsonataError(Exception):
    """An expression that fails. The text goes on after "The JSONata expression '…' specified for the field '…' "."""


class _Compiled:
    """Compiled expressions: evaluating one leaves it as it was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Any] = OrderedDict()

    def get(self, text: str) -> Any:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
        made = jsonata.Jsonata(text)
        made.set_output_convert_nulls(False)
        made.set_validate_input(False)
        if made.errors:
            raise made.errors[0]
        with self._lock:
            self._known[text] = made
            while len(self._known) > COMPILED:
                self._known.popitem(last=False)
        return made


_compiled = _Compiled()


def check(text: str) -> str | None:
    """What is wrong with the syntax of an expression; None when nothing is."""
    try:
        _compiled.get(text)
    except Exception as error:  # noqa: BLE001 - the parser raises its own kind, and Python's for what it did not expect
        return text_of(error)
    return None


def names_in(text: str) -> set[str]:
    """The variables that an expression may use, without the dollar sign."""
    return set(NAME.findall(text))


def evaluate(text: str, variables: dict[str, Any]) -> Any:
    """The value of an expression as JSON. Raises JsonataError for errors, no value, and values that are not JSON."""
    used = names_in(text)
    bindings = {name: function for name, function in FUNCTIONS.items() if name in used}
    bindings.update({name: with_nulls(value) for name, value in variables.items() if name in used})
    try:
        found = _compiled.get(text).evaluate(None, bindings)
    except RecursionError as error:
        message = "D1011: Stack overflow. Check for non-terminating recursive function."
        raise JsonataError(f"threw an error during evaluation. {message}") from error
    except Exception as error:
        raise JsonataError(f"threw an error during evaluation. {text_of(error)}") from error
    if found is None:
        raise JsonataError(UNDEFINED)
    return _plain(found)


def _plain(value: Any) -> Any:
    """A result as JSON."""
    if value is NULL:
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise JsonataError(UNSUPPORTED)
        return int(value) if value.is_integer() and abs(value) < 2**63 else value
    if isinstance(value, utils.Utils.RangeList):
        return list(range(value.a, value.b + 1))
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, dict) and not isinstance(value, parser.Parser.Symbol):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    raise JsonataError(UNSUPPORTED)


def text_of(error: Exception) -> str:
    """JSONata's own words for an error: jsonata-python's say Object where they mean function, and quote nothing."""
    if not isinstance(error, jexception.JException):
        return f"{type(error).__name__}: {error}"
    template = jexception.JException.error_codes.get(error.error)
    if template is None:
        return str(error.error)
    inserts = iter((error.current, error.expected, error.extra))

    def insert(found: re.Match[str]) -> str:
        value = next(inserts, None)
        if found.group().startswith("{{{") or (found[1] == "index" and isinstance(value, int)):
            return str(value)
        return json.dumps(value, default=str)

    return f"{error.error}: {PLACE.sub(insert, template.replace('Object', 'function'))}"
