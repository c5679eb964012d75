"""Whether a Task state's Resource names something that there is, in a pattern that it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from headend.asl import integrations, optimized
from headend.asl.integrations import PATTERNS, Integration
from headend.asl.lint.finding import Finding, finding
from headend.asl.model import PLACEHOLDER, Definition, Machine, State

_SPECIFICATION = "arn:aws:swf:"
"""Resources in the examples of the States Language's specification: shown, never run."""
_OTHER_PLACEHOLDER = re.compile(r"#\{|\{\{|%\w+%|<.+>|@@?\w+@")
"""Of other tools that fill in names before AWS sees them."""
LONGEST = 120
"""Characters of a name or value that a message repeats."""
Problem = tuple[str, str]
"""A code and its message."""


def check(definition: Definition, state: State, integration: Integration) -> Iterator[Finding]:
    """The first fault of the Resource, then whether its workflow may wait."""
    pointer = (*state.pointer, "Resource")
    for code, message in (*_first(integration), *_express(definition, state, integration)):
        yield finding(definition, code, pointer, message, state, value=True)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that somebody meant: the same in another case, or the nearest."""
    known = list(names)
    same = next((other for other in known if other.lower() == name.lower()), None)
    return same or next(iter(get_close_matches(name, known, 1, 0.7)), None)


def shown(text: str) -> str:
    """What somebody wrote, as part of a message: one line, and not a long one."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`, did you mean "x"?`, or nothing where no name is near."""
    near = nearest(name, names)
    return f', did you mean "{near}"?' if near else ""


@cache
def _sdk() -> dict[str, Any]:
    text = (files("headend.asl") / "sdk.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def without_model(service: str | None) -> bool:
    """Whether nothing is known of a service but that Step Functions has (or had) it."""
    return service in _sdk()["without_model"]


def _first(integration: Integration) -> Iterator[Problem]:
    for look in (_resource, _service, _action, _pattern):
        problem = look(integration)
        if problem:
            yield problem
            return


def _resource(integration: Integration) -> Problem | None:
    written = integration.resource
    if integration.kind != "unknown" or written.startswith(_SPECIFICATION):
        return None
    if PLACEHOLDER.search(written) or _OTHER_PLACEHOLDER.search(written):
        return None
    if not written.startswith("arn:"):
        help_ = "name a function by its ARN, or write arn:aws:states:::lambda:invoke with FunctionName"
    elif ":states:" in written:
        help_ = "write arn:aws:states:::<service>:<action> or arn:aws:states:::aws-sdk:<service>:<action>"
    elif ":lambda:" in written:
        help_ = "a function's ARN is arn:aws:lambda:<region>:<account>:function:<name>"
    else:
        help_ = "a task names an integration (arn:aws:states:::…), a function or an activity"
    return "integrations-resource", f'Resource "{shown(written)}" is nothing that a task can call: {help_}'


def _service(integration: Integration) -> Problem | None:
    service = integration.service or ""
    if integration.kind == "sdk" and service not in integrations.sdk_services() and not without_model(service):
        api = {name: known for known, name in integrations.sdk_services().items()}
        meant = api.get(service) or nearest(service, integrations.sdk_services())
        ending = f', did you mean "{meant}"?' if meant else ": it is that of the AWS SDK for Java 2.x, in lower case"
        return "integrations-service", f'the AWS SDK integrations have no service "{service}"{ending}'
    if integration.kind == "optimized" and service not in optimized.services():
        if integrations.operation(service, integration.action or ""):
            ending = f": write arn:aws:states:::aws-sdk:{service}:{integration.action}"
        else:
            ending = (
                did_you_mean(service, optimized.services()) or ": write arn:aws:states:::aws-sdk:<service>:<action>"
            )
        return "integrations-service", f'there is no optimized integration of "{service}"{ending}'
    return None


def _action(integration: Integration) -> Problem | None:
    service, action = integration.service or "", integration.action or ""
    if integration.kind == "sdk" and without_model(service) and action != integrations.camel_case(action):
        return "integrations-action", f'actions begin in lower case: write "{integrations.camel_case(action)}"'
    if integration.kind == "sdk" and not without_model(service):
        if action not in integrations.operations(service):
            named = did_you_mean(action, integrations.operations(service)) or ": see its API reference"
            return "integrations-action", f'"{service}" has no action "{action}"{named}'
        model = integrations.operation(service, action)
        streams = model is not None and (model.has_event_stream_output or model.has_event_stream_input)
        if streams or action in _sdk()["unsupported"].get(service, ()):
            twin = _optimized_twin(integration)
            instead = f"use the optimized integration arn:aws:states:::{twin}" if twin else "call it from a function"
            return "integrations-unsupported", f'the SDK integration of "{service}" has no "{action}": {instead}'
    if integration.kind == "optimized" and optimized.action(service, action) is None:
        known = optimized.services()[service]
        near = nearest(action, known)
        sdk = _sdk_twin(service)
        if action in integrations.operations(sdk):
            ending = f": write arn:aws:states:::aws-sdk:{sdk}:{action}"
        elif near:
            ending = f', did you mean "{near}"?'
        else:
            ending = f": it has {', '.join(known)}"
        return "integrations-action", f'the optimized integration of "{service}" has no action "{action}"{ending}'
    return None


def _sdk_twin(service: str) -> str:
    """The SDK integration's name of an optimized integration's service: `states` → `sfn`."""
    models = {action.model for action in optimized.services()[service].values()}
    return next((known for known, name in integrations.sdk_services().items() if name in models), service)


def _pattern(integration: Integration) -> Problem | None:
    pattern = integration.pattern
    if integration.kind not in ("sdk", "optimized") or not pattern or PLACEHOLDER.search(pattern):
        return None
    code = "integrations-pattern"
    if pattern not in PATTERNS:
        return code, f'there is no pattern ".{shown(pattern)}"{did_you_mean(pattern, PATTERNS)}'
    if integration.kind == "sdk":
        if pattern == "waitForTaskToken":
            return None
        return code, (
            f'an AWS SDK integration has no ".{pattern}": poll with a Wait state, or use the optimized integration'
            + (
                f" arn:aws:states:::{_optimized_twin(integration)}"
                if _optimized_twin(integration)
                else " if there is one"
            )
        )
    action = optimized.action(integration.service, integration.action)
    if action is None or pattern in action.patterns:
        return None
    legal = ", ".join(f'".{name}"' for name in sorted(action.patterns))
    return (
        code,
        f'{action.service}:{action.name} has no ".{pattern}": it has {legal or "no pattern but the plain call"}',
    )


def _optimized_twin(integration: Integration) -> str | None:
    called = integrations.call(integration)
    every = [action for known in optimized.services().values() for action in known.values()]
    for action in every if called else ():
        same = called is not None and (action.model, action.operation) == (called.service, called.operation)
        if same and not integration.pattern:
            return f"{action.service}:{action.name}"
        if same and integration.pattern in action.patterns:
            return f"{action.service}:{action.name}.{integration.pattern}"
    return None


def _express(definition: Definition, state: State, integration: Integration) -> Iterator[Problem]:
    if not is_express(definition, state.machine):
        return
    if integration.pattern in PATTERNS and not _pattern(integration):
        yield (
            "integrations-express",
            f'an EXPRESS workflow cannot wait: ".{integration.pattern}" needs a STANDARD one, or drop the pattern',
        )
    if integration.kind == "activity":
        yield "integrations-express", "an EXPRESS workflow has no activities: make it STANDARD, or call a function"


def is_express(definition: Definition, machine: Machine) -> bool:
    """Whether a machine's states run in an EXPRESS workflow, as far as the definition or the caller says so."""
    if machine.role == "processor" and machine.mode == "DISTRIBUTED":
        return machine.execution_type == "EXPRESS"
    if machine.parent is not None:
        return is_express(definition, machine.parent.machine)
    return definition.execution_type == "EXPRESS"
