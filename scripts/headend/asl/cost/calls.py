"""What the states of a definition call, and what AWS charges for one call."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headend.asl import integrations
from headend.asl.model import PLACEHOLDER, Definition, State
from headend.errors import UsageError
from headend.prices import Prices

ARCHITECTURES = {"x86_64": "lambda_gb_second", "arm64": "lambda_gb_second_arm64"}
_FUNCTION_NAME = re.compile(r"(?:.*:function:)?([^:]+)(?::[^:]+)?")
_FUNCTION_OPTION = re.compile(r"(.+)=(\d+(?:\.\d+)?)\s*(?:ms)?,(\d+)\s*(?:MB)?(?:,(x86_64|arm64))?")
STATISTICS = 5
"""Statistics of one metric that GetMetricData charges as one:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""


@dataclass(frozen=True)
class Function:
    """How long a function runs and what it has: milliseconds, MB, architecture."""

    milliseconds: float
    megabytes: int
    architecture: str = "x86_64"

    @property
    def gb_seconds(self) -> float:
        """Of one request: https://aws.amazon.com/lambda/pricing/ rounds up to a whole millisecond."""
        return math.ceil(self.milliseconds) / 1000 * self.megabytes / 1024


@dataclass(frozen=True)
class Charges:
    """What one entry of a state is charged as, besides its transition.

    Attributes:
        units: by the name of a price.
        unpriced: what costs, or may cost, and has no price here: one text each.
        notes: what was assumed.
    """

    units: Mapping[str, float]
    unpriced: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def functions(given: Sequence[str]) -> dict[str, Function]:
    """`NAME=ms,MB[,arm64]` by the name. Raises UsageError for anything else."""
    found = {}
    for text in given:
        match = _FUNCTION_OPTION.fullmatch(text.strip())
        if match is None or not 1 <= int(match[3]) <= 10_240:
            raise UsageError(f"--function {text}: write NAME=milliseconds,MB[,arm64], such as report=350,256,arm64")
        found[match[1]] = Function(float(match[2]), int(match[3]), match[4] or "x86_64")
    return found


def check(definition: Definition, given: Mapping[str, Function]) -> None:
    """Raise UsageError, one line, for a function that the definition does not call."""
    known = {name for state in definition.states() for name in (function_name(state), state.name) if is_function(state)}
    for name in given:
        if name not in known:
            names = ", ".join(sorted(name for name in known if name)) or "none"
            raise UsageError(
                f"--function {name}: there is no such function, nor a state that calls one; there are: {names}"
            )


def is_function(state: State) -> bool:
    """Whether a state calls a function (or an activity: a Resource that is one placeholder may be either)."""
    kind = integrations.parse(state.resource) if state.resource else None
    if kind is None:
        return False
    return kind.kind in ("function", "placeholder") or (kind.service, kind.action) == ("lambda", "invoke")


def function_name(state: State) -> str:
    """The function's name as far as the definition tells: of an ARN its last part, of `${name}` the name."""
    given = state.arguments.get("FunctionName") if isinstance(state.arguments, dict) else None
    text = given if isinstance(given, str) else state.resource or ""
    if placeholder := PLACEHOLDER.fullmatch(text):
        return placeholder[1]
    if not isinstance(given, str) and ":function:" not in text:
        return ""
    match = _FUNCTION_NAME.fullmatch(text)
    return match[1] if match else ""


def charges(state: State, prices: Prices, known: Mapping[str, Function]) -> Charges:
    """What AWS charges for entering a state once, besides the transition. Nothing for states that call nothing."""
    if state.type == "Map":
        return Charges({}, tuple(_map_objects(state)))
    if state.resource is None:
        return Charges({})
    called = integrations.parse(state.resource)
    if is_function(state):
        notes = ("taken for a function",) if called.kind == "placeholder" else ()
        return _function(state, known, notes)
    if called.kind == "activity":
        return Charges({}, (f"{state.name}: the worker of the activity",))
    name = f"{called.service}:{called.action}"
    if called.service in ("states", "sfn") and str(called.action).startswith(("startExecution", "startSyncExecution")):
        return Charges({}, (f"{state.name}: the execution that it starts; run headend asl cost on that definition",))
    call = prices.calls.get(name)
    if call is None:
        return Charges({}, (f"{state.name}: {name}" if called.action else f"{state.name}: {state.resource}",))
    count, note = _units(state, call.count)
    return Charges({call.price: count}, (), (note,) if note else ())


def _function(state: State, known: Mapping[str, Function], notes: tuple[str, ...]) -> Charges:
    name = function_name(state)
    function = known.get(state.name) or known.get(name)
    if function is None:
        called = name or state.name
        return Charges(
            {"lambda_request": 1}, (f"{state.name}: GB-seconds of the function; give --function {called}=ms,MB",), notes
        )
    return Charges({"lambda_request": 1, ARCHITECTURES[function.architecture]: function.gb_seconds}, (), notes)


def _units(state: State, count: str) -> tuple[float, str]:
    """Units of one call, and a note where the list that decides is only known at run time."""
    if not count:
        return 1, ""
    field = "MetricDataQueries" if count == "metrics" else count
    given = state.arguments.get(field) if isinstance(state.arguments, dict) else None
    if not isinstance(given, list):
        return 1, f"{state.name}: counted as one; {field} is decided at run time"
    return (_metrics(given), "") if count == "metrics" else (max(1, len(given)), "")


def _metrics(queries: Sequence[object]) -> int:
    """Distinct metrics, each once for every five statistics; queries that are expressions cost nothing themselves."""
    statistics: dict[str, set[str]] = {}
    for query in queries:
        stat = query.get("MetricStat") if isinstance(query, dict) else None
        if isinstance(stat, dict):
            used = json.dumps(stat.get("Stat", stat.get("Stat.$")), sort_keys=True)
            statistics.setdefault(json.dumps(stat.get("Metric"), sort_keys=True), set()).add(used)
    return max(1, sum(-(-len(used) // STATISTICS) for used in statistics.values()))


def _map_objects(state: State) -> list[str]:
    """The requests of a Distributed Map to S3: they depend on how much there is to read and to write."""
    return [
        f"{state.name}: requests to Amazon S3 of its {field}"
        for field in ("ItemReader", "ResultWriter")
        if isinstance(state.fields.get(field), dict)
    ]
