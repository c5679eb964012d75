"""The context object: `$$` in JSONPath, `$states.context` in JSONata. Which fields it has, and where.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

from collections.abc import Sequence

from headend.asl import integrations
from headend.asl.model import PLACEHOLDER, State
from headend.asl.near_names import near
from headend.asl.source import Pointer

FIELDS: dict[str, tuple[str, ...]] = {
    "Execution": ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"),
    "State": ("EnteredTime", "Name", "RetryCount"),
    "StateMachine": ("Id", "Name"),
    "Task": ("Token",),
    "Map": ("Item",),
}
ITEM = ("Index", "Value", "Key", "Source")
"""Fields of Map.Item."""
_ANYTHING = (("Execution", "Input"), ("Map", "Item", "Value"))
"""What holds data of whoever started the execution: nothing is known of what is in it."""


def unknown(names: Sequence[str | int]) -> str | None:
    """What is wrong with a path of names into the context object, one line; None if nothing is."""
    known: tuple[str, ...] = tuple(FIELDS)
    taken: list[str] = []
    for name in names:
        if name not in known:
            where = ".".join(taken)
            if not known:
                return f"{where} has no fields" if where else None
            meant = near(str(name), known, cutoff=0.6)
            hint = f"did you mean {meant}?" if meant else f"there is {', '.join(known)}"
            return f"{where or 'the context object'} has no {name}: {hint}"
        taken.append(str(name))
        if tuple(taken) in _ANYTHING:
            return None
        known = FIELDS.get(taken[0], ()) if len(taken) == 1 else ITEM if taken == ["Map", "Item"] else ()
    return None


def absent(names: Sequence[str | int], state: State, pointer: Pointer) -> str | None:
    """Why a known field of the context object is not there for what stands at `pointer` in a state, one line.

    None where it is there or may be, and for a token among the arguments of an API call, which `integrations` judges.
    """
    first = names[0] if names else None
    if first == "Task":
        kind = integrations.parse(state.resource).kind if state.resource else None
        if kind == "activity":
            return None  # AWS does not document whether it is there
        if kind in ("sdk", "optimized") and pointer[: len(state.pointer) + 1] == state.arguments_pointer:
            return None
        resource = state.resource
        if state.type == "Task" and (resource is None or PLACEHOLDER.search(resource)):
            return None
        if resource is None or not resource.endswith(".waitForTaskToken"):
            return "the task token is there only in a Task state whose Resource ends in .waitForTaskToken"
    if first == "Map":
        around: State | None = state
        while around is not None:
            if around.type == "Map":
                return None
            around = around.machine.parent
        return "Map.Item is there only in a Map state and in the states that it repeats"
    return None
