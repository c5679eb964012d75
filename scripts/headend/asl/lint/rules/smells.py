"""What runs into a quota, or costs money for nothing.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html,
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from headend.asl import integrations
from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules.cycles import loops, shortest_round
from headend.asl.lint.rules.graph import CHANGING
from headend.asl.model import Definition, Machine, State, Transition, expression

MOST_BYTES = 256 * 1024
"""Of the input, the output or a variable of a state."""
MOST_EVENTS = 25_000
EXPRESS_SECONDS = 300
DAY = 86_400
EVENTS = {"Task": 5, "Wait": 2, "Choice": 2, "Pass": 2}
"""History events that a state makes once: entered, exited; a task also scheduled, started, succeeded."""
TASK_SECONDS = 1
"""What a task takes at least, for the pace of a loop."""
LITERALS = ("Result", "Parameters", "Arguments", "Output", "ItemSelector", "ResultSelector", "Items")
_COUNTER = re.compile(r"States\.MathAdd|[+-] *[0-9]|\"Numeric")
_BEYOND_DOING_NOTHING = {"Type", "Comment", "QueryLanguage", "Next", "End"}


def check(definition: Definition) -> Iterator[Finding]:
    """Findings about quotas and cost."""
    for machine in definition.machines():
        kind = execution_type(definition, machine)
        for state in machine.states.values():
            yield from _payload(definition, state)
            yield from _wait(definition, state, kind)
            yield from _token(definition, machine, state, kind)
            yield from _one_branch(definition, state)
        yield from _idle(definition, machine)
        if kind != "EXPRESS":
            yield from _history(definition, machine)


def execution_type(definition: Definition, machine: Machine) -> str | None:
    """STANDARD or EXPRESS, as a distributed Map state says or the caller knows; None where nobody does."""
    inner: Machine | None = machine
    while inner is not None and inner.parent is not None:
        if inner.role == "processor" and inner.mode == "DISTRIBUTED":
            return inner.execution_type
        inner = inner.parent.machine
    return definition.execution_type


def _payload(definition: Definition, state: State) -> Iterator[Finding]:
    """Text that is written out and alone larger than a payload may be."""
    for name in LITERALS:
        size = _size(state.fields.get(name))
        if size > MOST_BYTES:
            message = (
                f"{name} has {size:,} bytes written out: input and output have at most {MOST_BYTES:,} (256 KiB); "
                "put it into S3 and hand on its address"
            )
            yield finding(definition, "smells-payload", (*state.pointer, name), message, state)


def _size(value: Any) -> int:
    """Bytes of a value as JSON, with all that a path or expression fills in counted as nothing."""
    if isinstance(value, dict):
        return 2 + sum(
            len(str(key)) + 4 + (0 if str(key).endswith(".$") else _size(item)) for key, item in value.items()
        )
    if isinstance(value, list):
        return 2 + sum(1 + _size(item) for item in value)
    if isinstance(value, str):
        return 0 if expression(value) is not None else 2 + len(value.encode("utf-8", "replace"))
    return 0 if value is None else len(json.dumps(value))


def _wait(definition: Definition, state: State, kind: str | None) -> Iterator[Finding]:
    seconds = _whole(state.fields.get("Seconds"))
    if state.type != "Wait" or seconds is None:
        return
    where = (*state.pointer, "Seconds")
    if seconds == 0:
        message = "waiting 0 seconds is a transition paid for nothing: remove the state, or wait at least a second"
        yield finding(definition, "smells-no-wait", where, message, state)
    elif seconds >= EXPRESS_SECONDS and kind == "EXPRESS":
        message = (
            f"an EXPRESS execution is ended after {EXPRESS_SECONDS} seconds, and this waits {seconds}: "
            "use a STANDARD one, or wait less"
        )
        yield finding(definition, "smells-express-wait", where, message, state)
    limit = _whole(definition.root.fields.get("TimeoutSeconds"))
    if limit is not None and seconds >= limit and _of_root(state.machine):
        message = f"the definition's TimeoutSeconds is {limit}, and this waits {seconds}: it always times out here"
        yield finding(definition, "smells-timeout-wait", where, message, state)


def _of_root(machine: Machine) -> bool:
    """Whether the machine runs in the definition's own execution, not in one of a distributed Map state."""
    while machine.parent is not None:
        if machine.role == "processor" and machine.mode == "DISTRIBUTED":
            return False
        machine = machine.parent.machine
    return True


def _token(definition: Definition, machine: Machine, state: State, kind: str | None) -> Iterator[Finding]:
    """A state that waits for somebody to call back, a year if need be."""
    limits = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
    if state.resource is None or kind == "EXPRESS" or any(name in state.fields for name in limits):
        return
    if "TimeoutSeconds" in definition.root.fields and execution_type(definition, machine) == definition.execution_type:
        return
    if integrations.parse(state.resource).pattern == "waitForTaskToken":
        message = (
            "without a TimeoutSeconds or HeartbeatSeconds this waits up to a year for a token that got lost: "
            "add one, and a Catch for States.Timeout"
        )
        yield finding(definition, "smells-token-timeout", state.pointer, message, state)


def _one_branch(definition: Definition, state: State) -> Iterator[Finding]:
    """A Parallel state with one branch; with a Retry or Catch it stands for a try block, which is a use."""
    branches = state.fields.get("Branches")
    if state.type != "Parallel" or not isinstance(branches, list) or len(branches) != 1:
        return
    if not {"Retry", "Catch"} & set(state.fields):
        message = "one branch is not parallel to anything: put its states in this one's place, or add the other branch"
        yield finding(definition, "smells-one-branch", state.pointer, message, state)


def _idle(definition: Definition, machine: Machine) -> Iterator[Finding]:
    """A Pass state in the middle that only costs a transition. One that several ways lead to, or that a Choice or a
    comment names, has a use for readers."""
    incoming: dict[str, list[Transition]] = {}
    for state in machine.states.values():
        for way in state.transitions:
            incoming.setdefault(way.target, []).append(way)
    for state in machine.states.values():
        if state.type != "Pass" or set(state.fields) - _BEYOND_DOING_NOTHING or "Comment" in state.fields:
            continue
        ways = incoming.get(state.name, [])
        if state.name == machine.start_at or state.ends or len(ways) != 1 or ways[0].kind != "next":
            continue
        message = f'this Pass state does nothing: let "{ways[0].source}" lead to "{state.fields.get("Next")}" itself'
        yield finding(definition, "smells-idle-pass", state.pointer, message, state)


def _history(definition: Definition, machine: Machine) -> Iterator[Finding]:
    """Polling loops that fill the history before the timeout, or within a day where there is none."""
    graph = {
        name: [way.target for way in state.transitions if way.kind != "catch" and way.target in machine.states]
        for name, state in machine.states.items()
    }
    limit = _whole(definition.root.fields.get("TimeoutSeconds")) if machine is definition.root else None
    for group in loops(graph):
        states = [machine.states[name] for name in group]
        if _counted(states):
            continue
        for waiting in states:
            if waiting.type != "Wait":
                continue
            way = shortest_round(graph, waiting.name, set(group))
            pace = _pace([machine.states[name] for name in way]) if way else None
            if pace is None:
                continue
            events, seconds = pace
            full = MOST_EVENTS // events * seconds
            if full < (limit or DAY):
                message = (
                    f"a round of this loop makes {events} events in {seconds} s: after {_time(full)} the history of "
                    f"{MOST_EVENTS:,} events is full and the execution fails; wait longer, count the rounds, or set a "
                    f"TimeoutSeconds of at most {full}"
                )
                where = (*waiting.pointer, "Seconds")
                yield finding(definition, "smells-history", where, message, waiting)
                break


def _counted(states: list[State]) -> bool:
    """Whether something in the loop may count its rounds or look at the clock."""
    text = json.dumps([_own(state.fields) for state in states])
    return bool(_COUNTER.search(text) or CHANGING.search(json.dumps([state.fields.get("Choices") for state in states])))


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in fields.items() if name not in ("Branches", "ItemProcessor", "Iterator", "Retry")
    }


def _pace(states: list[State]) -> tuple[int, int] | None:
    """Events and seconds of one round at least; None where a state may take any time, or where nothing is done."""
    events = seconds = tasks = 0
    for state in states:
        wait = _whole(state.fields.get("Seconds"))
        if state.type not in EVENTS or (state.type == "Wait" and wait is None):
            return None
        if state.type == "Task":
            parsed = integrations.parse(state.resource or "")
            if parsed.pattern or parsed.kind in ("activity", "unknown"):
                return None
            tasks += 1
        events += EVENTS[state.type]
        seconds += (wait or 0) if state.type == "Wait" else TASK_SECONDS if state.type == "Task" else 0
    return (events, seconds) if tasks and seconds else None


def _time(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
