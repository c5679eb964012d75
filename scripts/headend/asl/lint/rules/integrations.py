"""What Task states call: the Resource, its pattern, its arguments, the names of its errors."""

from __future__ import annotations

from collections.abc import Iterator

from headend.asl import integrations
from headend.asl.integrations import Integration
from headend.asl.lint.finding import Finding, finding
from headend.asl.lint.rules import (
    integration_errors,
    integration_items,
    integration_names,
    integration_parameters,
    integration_tokens,
)
from headend.asl.model import Definition, State


def check(definition: Definition) -> Iterator[Finding]:
    """The faults of all Task states, and of what Distributed Maps read and write."""
    for state in definition.states():
        if state.resource:
            yield from _task(definition, state, integrations.parse(state.resource))
        if state.type == "Map":
            yield from integration_items.check(definition, state)
        for machine in state.machines:
            if machine.mode == "DISTRIBUTED" and integration_names.is_express(definition, state.machine):
                yield finding(
                    definition,
                    "integrations-express",
                    (*machine.pointer, "ProcessorConfig", "Mode"),
                    "an EXPRESS workflow has no Distributed Map: make the workflow STANDARD, or the Mode INLINE",
                    state,
                )


def _task(definition: Definition, state: State, integration: Integration) -> Iterator[Finding]:
    yield from integration_names.check(definition, state, integration)
    yield from integration_tokens.check(definition, state, integration)
    yield from integration_parameters.check(definition, state, integration)
    yield from integration_errors.check(definition, state, integration)
    if integration.kind == "function":
        yield from _function(definition, state)


def _function(definition: Definition, state: State) -> Iterator[Finding]:
    """A function named by its ARN gets the arguments as they are: it is no lambda:invoke."""
    arguments = state.arguments
    if not isinstance(arguments, dict):
        return
    names = {key.removesuffix(".$") for key in arguments}
    if "FunctionName" in names and "Payload" in names:
        yield finding(
            definition,
            "integrations-function",
            state.arguments_pointer,
            "a function named by its ARN gets FunctionName and Payload as its event: "
            "write arn:aws:states:::lambda:invoke as the Resource, or the Payload alone as the arguments",
            state,
        )
