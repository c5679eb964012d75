"""What a drawing says of a state, of the ways out of it, and of what repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headend.asl import integrations
from headend.asl.diagram import conditions, text
from headend.asl.model import Machine, State, Transition, expression

DEFAULT_ATTEMPTS = 3
"""Retries of a retrier without MaxAttempts, https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
LABEL_LENGTH = 32
SUBLINE_LENGTH = 40
GROUP_LENGTH = 70
"""A group is wide enough for more text."""
NAME_LENGTH = 60
_CALLED = {"lambda": "FunctionName", "states": "StateMachineArn"}
_PATTERNS = {"sync": "sync", "sync:2": "sync", "waitForTaskToken": "waits for token"}


@dataclass(frozen=True)
class Way:
    """One line of the drawing: all transitions from one state to another that are, or are not, taken on an error.

    Attributes:
        source, target: names of states.
        catch: whether it is the way of an error.
        label: short lines of text, none for a plain Next.
        title: all of it, one line for each transition.
        transitions: what it stands for.
    """

    source: str
    target: str
    catch: bool
    label: tuple[str, ...]
    title: str
    transitions: tuple[Transition, ...]


def ways(machine: Machine) -> list[Way]:
    """The lines between a machine's states, in the order written."""
    together: dict[tuple[str, str, bool], list[Transition]] = {}
    for state in machine.states.values():
        for transition in state.transitions:
            key = (transition.source, transition.target, transition.kind == "catch")
            together.setdefault(key, []).append(transition)
    return [
        Way(source, target, catch, _label(machine, found, catch), _title(machine, found), tuple(found))
        for (source, target, catch), found in together.items()
    ]


def name(state: str) -> str:
    """A state's name, on one line and not too long."""
    return text.short(state, NAME_LENGTH) or "(no name)"


def kind(state: State) -> str:
    """The type in words."""
    if state.type == "Map" and any(machine.mode == "DISTRIBUTED" for machine in state.machines):
        return "Distributed Map"
    return text.short(state.type, 20) or "(no Type)"


def subline(state: State) -> str:
    """What it does, and its type unless it is a Task: `sqs:sendMessage`, `Wait · 30 s`."""
    detail = _DETAILS.get(state.type, _nothing)(state)
    words = detail if detail and state.type == "Task" else " · ".join(part for part in (kind(state), detail) if part)
    return text.short(words, GROUP_LENGTH if state.machines else SUBLINE_LENGTH)


def retry(state: State) -> str:
    """The marker of its retriers, with the most retries that any of them allows: `↻ 5`; "" without any."""
    numbers = [retrier.get("MaxAttempts", DEFAULT_ATTEMPTS) for _, retrier in state.objects("Retry")]
    known = [number for number in numbers if isinstance(number, int)]
    return f"↻ {max(known) if known else '?'}" if numbers else ""


def retriers(state: State) -> list[str]:
    """Each retrier in one line."""
    return [_retrier(retrier) for _, retrier in state.objects("Retry")]


def state_title(state: State) -> str:
    """All that is known of a state, in lines."""
    lines = [f"{state.name} ({kind(state)})"]
    lines += [text.plain(value) for key in ("Comment", "Resource") if isinstance(value := state.fields.get(key), str)]
    if state.type == "Fail":
        found = (state.fields.get(key) for key in ("Error", "ErrorPath", "Cause", "CausePath"))
        lines += [text.plain(value) for value in found if isinstance(value, str)]
    return "\n".join([*lines, *retriers(state)])


def _label(machine: Machine, transitions: list[Transition], catch: bool) -> tuple[str, ...]:
    if catch:
        names = dict.fromkeys(error for transition in transitions for error in _errors(machine, transition))
        return ("any error",) if "States.ALL" in names else text.lines(", ".join(names), LABEL_LENGTH, 2)
    rules = [t for t in transitions if t.kind == "choice"]
    label: list[str] = []
    for number, transition in enumerate(rules):
        words = conditions.brief(_part(machine, transition, "Choices"))
        label += text.lines(f"or {words}" if number else words, LABEL_LENGTH, 3 if len(rules) == 1 else 2)
    if len(label) > 6:
        label = [*label[:5], f"… {len(rules)} rules"]
    if any(transition.kind == "default" for transition in transitions):
        label.append("or otherwise" if label else "otherwise")
    return tuple(label)


def _title(machine: Machine, transitions: list[Transition]) -> str:
    lines = [f"{transitions[0].source} → {transitions[0].target}"]
    for transition in transitions:
        if transition.kind == "choice":
            words = text.plain(conditions.full(_part(machine, transition, "Choices")))
            lines.append(f"rule {(transition.index or 0) + 1}: {words}")
        elif transition.kind == "catch":
            lines.append(f"on {', '.join(_errors(machine, transition)) or '?'}")
        elif transition.kind == "default":
            lines.append("otherwise")
    return "\n".join(lines)


def _part(machine: Machine, transition: Transition, field: str) -> Mapping[str, Any]:
    return dict(machine.states[transition.source].objects(field)).get(transition.index or 0, {})


def _errors(machine: Machine, transition: Transition) -> list[str]:
    return _names(_part(machine, transition, "Catch"))


def _names(clause: Mapping[str, Any]) -> list[str]:
    errors = clause.get("ErrorEquals")
    return [text.plain(error) for error in errors if isinstance(error, str)] if isinstance(errors, list) else []


def _attempts(retrier: Mapping[str, Any]) -> str:
    return text.short(str(retrier.get("MaxAttempts", DEFAULT_ATTEMPTS)), 12)


def _retrier(retrier: Mapping[str, Any]) -> str:
    errors = ", ".join(_names(retrier)) or "?"
    words = f"on {errors}: {_attempts(retrier)} retries, the first after {retrier.get('IntervalSeconds', 1)} s"
    words += f", then {retrier.get('BackoffRate', 2)} times as long"
    if "MaxDelaySeconds" in retrier:
        words += f", at most {retrier['MaxDelaySeconds']} s"
    return text.plain(words + (", with jitter" if retrier.get("JitterStrategy") == "FULL" else ""))


def _nothing(_state: State) -> str:
    return ""


def _task(state: State) -> str:
    resource = state.resource or ""
    found = integrations.parse(resource)
    if found.kind in ("function", "activity"):
        return f"{'lambda' if found.kind == 'function' else 'activity'} {_last(resource)}"
    if found.service is None:
        return _value(resource)
    called = _of(state.arguments, _CALLED.get(found.service, ""))
    pattern = f"({_PATTERNS.get(found.pattern, found.pattern)})" if found.pattern else ""
    words = [f"{found.service}:{found.action}", pattern, _last(called) if called else ""]
    return " ".join(word for word in words if word)


def _of(arguments: Any, field: str) -> str:
    """A field of a Task's arguments, as text, whether it is written or a path."""
    values = arguments if isinstance(arguments, dict) else {}
    value = values.get(field, values.get(f"{field}.$"))
    return value if isinstance(value, str) else ""


def _last(arn: str) -> str:
    """The name in an ARN. Paths and expressions stay whole."""
    if not arn.startswith("arn:"):
        return _value(arn)
    parts = text.plain(arn).split(":")
    return parts[6] if len(parts) > 6 else parts[-1]


def _wait(state: State) -> str:
    for key, words in (
        ("Seconds", "{} s"),
        ("SecondsPath", "{} s"),
        ("Timestamp", "until {}"),
        ("TimestampPath", "until {}"),
    ):
        if (value := state.fields.get(key)) is not None:
            return words.format(_value(value))
    return ""


def _fail(state: State) -> str:
    return _value(state.fields.get("Error", state.fields.get("ErrorPath", "")))


def _parallel(state: State) -> str:
    count = len(state.machines)
    return f"{count} branches at once" if count != 1 else "1 branch"


def _map(state: State) -> str:
    processor = state.machines[0] if state.machines else None
    words = [_items(state)]
    limit = state.fields.get("MaxConcurrency", state.fields.get("MaxConcurrencyPath"))
    if limit not in (None, 0):
        words.append(f"{_value(limit)} at a time" if limit != 1 else "one at a time")
    if processor is not None and processor.execution_type:
        words.append(_value(processor.execution_type))
    return ", ".join(word for word in words if word)


def _items(state: State) -> str:
    reader = state.fields.get("ItemReader")
    if isinstance(reader, dict):
        source = integrations.parse(str(reader.get("Resource", "")))
        return f"each from {source.service}:{source.action}" if source.service else "each item read"
    items = state.fields.get("ItemsPath", state.fields.get("Items"))
    return f"each of {_value(items)}" if isinstance(items, str) and items != "$" else "each item"


def _value(value: Any) -> str:
    """A field's value in few words: an expression without its `{% %}`."""
    return text.short(expression(value) or str(value), SUBLINE_LENGTH)


_DETAILS = {"Task": _task, "Wait": _wait, "Fail": _fail, "Parallel": _parallel, "Map": _map}
