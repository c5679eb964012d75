"""What CreateStateMachine and UpdateStateMachine refuse beyond the language: sizes, names, what EXPRESS cannot do.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions.asl_definitions import InvalidDefinition
from headend.localcloud.stepfunctions.states_requests import StatesError, violation

BACKEND = f"{moto_patches.PARSER}.models:StepFunctionsParserBackend"
DEFINITION_CHARACTERS = 1_048_576
NAME_CHARACTERS = 80
SAME = ("definition", "type", "loggingConfiguration", "tracingConfiguration")
"""What makes a second CreateStateMachine of the same name the same request."""


def check_definition(definition: str, kind: str) -> None:
    """Raise for a definition that is too large, or not for this type."""
    if len(definition) > DEFINITION_CHARACTERS:
        limit = f"Member must have length less than or equal to {DEFINITION_CHARACTERS}"
        raise violation("…", "definition", limit)
    if kind == "EXPRESS":
        problems = [*_not_express(json.loads(definition), "")]
        if problems:
            listed = ", ".join(f"SCHEMA_VALIDATION_FAILED: {problem}" for problem in problems)
            raise InvalidDefinition(f"Invalid State Machine Definition: '{listed}'")


def _not_express(machine: dict[str, Any], at: str) -> Iterator[str]:
    for name, state in (machine.get("States") or {}).items():
        here = f"{at}/States/{name}"
        resource = str(state.get("Resource", ""))
        for pattern in (".waitForTaskToken", ".sync"):
            if resource.startswith("arn:aws:states:::") and resource.endswith((pattern, f"{pattern}:2")):
                yield f"Express state machine does not support '{pattern}' service integration  at {here}/Resource"
        if ":activity:" in resource:
            yield f"Express state machine does not support Activity ARN at {here}/Resource"
        processor = state.get("ItemProcessor") or state.get("Iterator")
        if isinstance(processor, dict):
            if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
                yield f"Express state machine does not support Distributed Map at {here}/ItemProcessor"
            else:
                yield from _not_express(processor, f"{here}/ItemProcessor")
        for index, branch in enumerate(state.get("Branches") or []):
            yield from _not_express(branch, f"{here}/Branches[{index}]")


def create(self: Any, name: str, definition: str, roleArn: str, **given: Any) -> Any:  # noqa: N803 - moto's name
    """A new state machine, or the one that the same request has made before."""
    original = moto_patches.original(BACKEND, "create_state_machine")
    if not 1 <= len(name) <= NAME_CHARACTERS:
        raise violation(name, "name", f"Member must have length less than or equal to {NAME_CHARACTERS}")
    check_definition(definition, given.get("sm_type") or "STANDARD")
    known = next((machine for machine in self.state_machines if machine.name == name), None)
    made = original(self, name, definition, roleArn, **given)
    if known is not None:
        asked = {
            "definition": definition,
            "type": given.get("sm_type") or "STANDARD",
            "loggingConfiguration": given.get("loggingConfiguration") or known.loggingConfiguration,
            "tracingConfiguration": given.get("tracingConfiguration") or known.tracingConfiguration,
        }
        if any(getattr(known, field) != asked[field] for field in SAME):
            raise StatesError("StateMachineAlreadyExists", f"State Machine Already Exists: '{known.arn}'")
    return made


def update(self: Any, arn: str, definition: str | None = None, *arguments: Any, **given: Any) -> Any:
    """Change a state machine."""
    if definition is not None:
        check_definition(definition, self.describe_state_machine(arn).type)
    return moto_patches.original(BACKEND, "update_state_machine")(self, arn, definition, *arguments, **given)


def apply() -> None:
    """Put the checks in front of moto's."""
    moto_patches.replace(BACKEND, "create_state_machine", create)
    moto_patches.replace(BACKEND, "update_state_machine", update)
