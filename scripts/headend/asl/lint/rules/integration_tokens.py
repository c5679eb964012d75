"""Task tokens: who waits for one has to hand it out.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headend.asl import source
from headend.asl.integrations import Integration
from headend.asl.lint.finding import Finding, finding
from headend.asl.model import PLACEHOLDER, Definition, State, expression

_JSONPATH = re.compile(r"\$\$(?!\.(?:Execution|State|StateMachine|Map)\b)")
_JSONATA = re.compile(r"\$states\.context\b(?!\.(?:Execution|State|StateMachine|Map)\b)")


def check(definition: Definition, state: State, integration: Integration) -> Iterator[Finding]:
    """A .waitForTaskToken whose arguments hold no token."""
    other = "Parameters" if state.jsonata else "Arguments"
    if other in state.fields:
        return  # the arguments of the other language: its own fault
    if integration.pattern == "waitForTaskToken" and not _hands_out(state):
        pointer = state.arguments_pointer
        where = '"$states.context.Task.Token"' if state.jsonata else '"$$.Task.Token"'
        message = f"waits for a task token that it gives to nobody: pass {where} in the {pointer[-1]}"
        yield finding(definition, "integrations-token", pointer, message, state)


def _hands_out(state: State) -> bool:
    arguments = state.arguments
    if isinstance(arguments, str) and PLACEHOLDER.search(arguments):
        return True
    pattern = _JSONATA if state.jsonata else _JSONPATH
    return any(
        isinstance(value, str) and _evaluated(state, inner, value) and pattern.search(value)
        for inner, value in source.walk(arguments)
    )


def _evaluated(state: State, pointer: source.Pointer, value: str) -> bool:
    if state.jsonata:
        return expression(value) is not None
    return any(isinstance(part, str) and part.endswith(".$") for part in pointer[-1:])
