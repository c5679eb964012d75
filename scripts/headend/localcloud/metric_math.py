"""CloudWatch metric math: the functions and operators that Headend's alarms use, over time series.

A series maps a period's start (epoch seconds) to a value; a scalar is a float. An operator works on the moments that
all of its series have. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

Series = dict[float, float]
Value = float | Series | list[Series] | str

TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>"[^"]*"|'[^']*')"""
    r"""|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]!]))"""
)
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
LEVELS: tuple[tuple[str, ...], ...] = (
    ("OR", "||"),
    ("AND", "&&"),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/"),
)
"""Binary operators, loosest first."""


class MetricMathError(ValueError):
    """The expression is malformed or uses something that is not supported; the message says what."""


@dataclass(frozen=True)
class Request:
    """What an expression is evaluated on: values by id, and every period start of the range, oldest first."""

    values: Mapping[str, Value]
    moments: Sequence[float]
    metrics: Sequence[str] = ()
    """Ids of the plain metrics, for METRICS()."""


def evaluate(expression: str, request: Request) -> Value:
    """The value of `expression`. Raises MetricMathError."""
    parser = _Parser(_tokens(expression), request, expression)
    value = parser.level(0)
    parser.finish()
    return value


def references(expression: str) -> set[str]:
    """The ids an expression may refer to: every lower-case name in it."""
    return {token for token in _tokens(expression) if re.fullmatch(r"[a-z]\w*", token)}


def uses_all_metrics(expression: str) -> bool:
    """Whether METRICS() is in the expression."""
    return "METRICS" in _tokens(expression)


def fills_by_repeating(expression: str) -> bool:
    """Whether FILL(…, REPEAT) is in the expression: such an alarm looks further back."""
    tokens = _tokens(expression)
    return "FILL" in tokens and "REPEAT" in tokens


def _tokens(expression: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        matched = TOKEN.match(text, position)
        if not matched:
            raise MetricMathError(f"cannot read {text[position:]!r} in the expression {expression!r}")
        tokens.append(matched[0].strip())
        position = matched.end()
    return tokens


class _Parser:
    """Reads and evaluates in one pass: expressions are short and evaluated on few moments."""

    def __init__(self, tokens: list[str], request: Request, expression: str) -> None:
        self._tokens = tokens
        self._position = 0
        self._request = request
        self._expression = expression

    def level(self, depth: int) -> Value:
        if depth == len(LEVELS):
            return self._unary()
        left = self.level(depth + 1)
        while self._peek() in LEVELS[depth]:
            sign = self._next()
            left = _binary(sign, left, self.level(depth + 1))
        return left

    def finish(self) -> None:
        if self._position < len(self._tokens):
            raise MetricMathError(f"unexpected {self._peek()!r} in the expression {self._expression!r}")

    def _peek(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise MetricMathError(f"the expression {self._expression!r} ends too early")
        self._position += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._next() != sign:
            raise MetricMathError(f"{sign!r} expected in the expression {self._expression!r}")

    def _unary(self) -> Value:
        if self._peek() == "-":
            self._next()
            return _each(operator.neg, self._unary())
        if self._peek() in ("NOT", "!"):
            self._next()
            return _each(lambda value: float(not value), self._unary())
        return self._power()

    def _power(self) -> Value:
        base = self._atom()
        if self._peek() == "^":
            self._next()
            return _binary("^", base, self._unary())
        return base

    def _atom(self) -> Value:
        word = self._next()
        if word == "(":
            value = self.level(0)
            self._expect(")")
            return value
        if word == "[":
            return _as_list(self._arguments("]"))
        if word[0] in "\"'":
            return word[1:-1]
        if word[0].isdigit():
            return float(word)
        if self._peek() == "(":
            self._next()
            return self._call(word, self._arguments(")"))
        if word in self._request.values:
            return self._request.values[word]
        if word in ("TRUE", "FALSE"):
            return float(word == "TRUE")
        if word in ("REPEAT", "LINEAR"):
            return word
        raise MetricMathError(f"{word!r} in the expression {self._expression!r} is neither an id nor a function")

    def _arguments(self, closing: str) -> list[Value]:
        arguments: list[Value] = []
        if self._peek() != closing:
            arguments.append(self.level(0))
            while self._peek() == ",":
                self._next()
                arguments.append(self.level(0))
        self._expect(closing)
        return arguments

    def _call(self, name: str, arguments: list[Value]) -> Value:
        if name == "METRICS":
            wanted = arguments[0] if arguments else ""
            ids = [known for known in self._request.metrics if not wanted or str(wanted) in known]
            return _as_list([self._request.values[known] for known in ids])
        if name == "IF":
            return _if(*_count(name, arguments, 3))
        if name == "FILL":
            series, filler = _count(name, arguments, 2)
            return _fill(series, filler, self._request.moments)
        if name == "RATE":
            return _rate(_series(_count(name, arguments, 1)[0], name))
        if name in REDUCTIONS:
            return _reduce(REDUCTIONS[name], arguments)
        if name in ROUNDINGS:
            return _each(ROUNDINGS[name], _count(name, arguments, 1)[0])
        raise MetricMathError(f"the function {name} is not supported by the local cloud")


REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {"MIN": min, "MAX": max, "SUM": sum, "AVG": fmean}
ROUNDINGS: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": lambda value: float(-(-value // 1)),
    "FLOOR": lambda value: float(value // 1),
}


def _count(name: str, arguments: list[Value], wanted: int) -> list[Value]:
    if len(arguments) != wanted:
        raise MetricMathError(f"{name} takes {wanted} arguments, not {len(arguments)}")
    return arguments


def _series(value: Value, name: str) -> Series:
    if not isinstance(value, dict):
        raise MetricMathError(f"{name} takes a time series")
    return value


def _as_list(values: Sequence[Value]) -> list[Series]:
    flat: list[Series] = []
    for value in values:
        if isinstance(value, list):
            flat.extend(value)
        else:
            flat.append(_series(value, "a list"))
    return flat


def _each(function: Callable[[float], float], value: Value) -> Value:
    if isinstance(value, str):
        raise MetricMathError(f"{value!r} is not a number")
    if isinstance(value, list):
        return [{moment: function(number) for moment, number in one.items()} for one in value]
    if isinstance(value, dict):
        return {moment: function(number) for moment, number in value.items()}
    return function(value)


def _binary(sign: str, left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return [_series(_binary(sign, one, right), sign) for one in left]
    if isinstance(right, list):
        return [_series(_binary(sign, left, one), sign) for one in right]
    if isinstance(left, str) or isinstance(right, str):
        raise MetricMathError(f"{sign} works on numbers, not on text")
    if isinstance(left, dict) and isinstance(right, dict):
        pairs = {moment: (left[moment], right[moment]) for moment in left if moment in right}
    elif isinstance(left, dict):
        pairs = {moment: (number, right) for moment, number in left.items()} if not isinstance(right, dict) else {}
    elif isinstance(right, dict):
        pairs = {moment: (left, number) for moment, number in right.items()}
    else:
        result = _compute(sign, left, right)
        if result is None:
            raise MetricMathError("division by zero")
        return result
    results = {moment: _compute(sign, *pair) for moment, pair in pairs.items()}
    return {moment: result for moment, result in results.items() if result is not None}


def _compute(sign: str, left: float, right: float) -> float | None:
    """One operation; None, which is a missing datapoint, for a division by zero."""
    if sign in COMPARISONS:
        return float(COMPARISONS[sign](left, right))
    match sign:
        case "AND" | "&&":
            return float(bool(left) and bool(right))
        case "OR" | "||":
            return float(bool(left) or bool(right))
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "^":
            return float(left**right)
    return left / right if right else None


def _if(condition: Value, yes: Value, no: Value) -> Value:
    """IF(condition, a, b): b or a may lack a moment, and then so does the result."""
    if isinstance(condition, float):
        return yes if condition else no
    result: Series = {}
    for moment, chosen in _series(condition, "IF").items():
        value = yes if chosen else no
        if isinstance(value, dict):
            if moment in value:
                result[moment] = value[moment]
        elif isinstance(value, float):
            result[moment] = value
        else:
            raise MetricMathError("IF chooses between numbers or time series")
    return result


def _fill(value: Value, filler: Value, moments: Sequence[float]) -> Value:
    """FILL(series, number | series | REPEAT): the periods without data get the number or repeat the last value.

    REPEAT has nothing to repeat before the first datapoint of the range, and leaves those periods missing.
    """
    if isinstance(value, list):
        return [_series(_fill(one, filler, moments), "FILL") for one in value]
    series = _series(value, "FILL")
    if filler == "LINEAR":
        raise MetricMathError("FILL(…, LINEAR) is not supported by the local cloud")
    result: Series = {}
    last: float | None = None
    for moment in moments:
        if moment in series:
            last = result[moment] = series[moment]
        elif filler == "REPEAT":
            if last is not None:
                result[moment] = last
        elif isinstance(filler, dict):
            if moment in filler:
                result[moment] = filler[moment]
        elif isinstance(filler, float):
            result[moment] = filler
        else:
            raise MetricMathError("FILL takes a number, a time series or REPEAT")
    return result


def _rate(series: Series) -> Series:
    """The change per second from one datapoint to the next."""
    ordered = sorted(series.items())
    return {later: (value - before) / (later - earlier) for (earlier, before), (later, value) in pairwise(ordered)}


def _reduce(function: Callable[[Sequence[float]], float], arguments: list[Value]) -> Value:
    """One series → a scalar; an array of series → one series, over the values each moment has."""
    if len(arguments) == 1 and isinstance(arguments[0], dict):
        numbers = list(arguments[0].values())
        if not numbers:
            return {}
        return float(function(numbers))
    if arguments and all(isinstance(argument, float) for argument in arguments):
        return float(function([argument for argument in arguments if isinstance(argument, float)]))
    series = _as_list(arguments)
    moments = sorted({moment for one in series for moment in one})
    return {moment: float(function([one[moment] for one in series if moment in one])) for moment in moments}
