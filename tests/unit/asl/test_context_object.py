"""The context object: which fields it has, and where."""

from __future__ import annotations

import json

import pytest

from headend.asl import context_object, model


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("Execution",),
        ("Execution", "Input", "any", 0, "thing"),
        ("Execution", "RedriveCount"),
        ("State", "RetryCount"),
        ("StateMachine", "Name"),
        ("Task", "Token"),
        ("Map", "Item", "Value", "any"),
        ("Map", "Item", "Source"),
    ],
)
def test_its_fields_are_known(names: tuple[str | int, ...]) -> None:
    assert context_object.unknown(names) is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("Executions", "Id"), "the context object has no Executions: did you mean Execution?"),
        (("Execution", "ID"), "Execution has no ID: did you mean Id?"),
        (("Map", "Item", "Idx"), "Map.Item has no Idx: did you mean Index?"),
        (("Task", "Zzz"), "Task has no Zzz: there is Token"),
        (("Execution", "Name", "x"), "Execution.Name has no fields"),
    ],
)
def test_other_names_are_said_with_the_near_one(names: tuple[str, ...], message: str) -> None:
    assert context_object.unknown(names) == message


def _state(**fields: object) -> model.State:
    written = {"StartAt": "Here", "States": {"Here": fields}}
    return model.parse(json.dumps(written)).root.states["Here"]


@pytest.mark.parametrize(
    ("resource", "there"),
    [
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", True),
        ("arn:aws:lambda:eu-west-1:123456789012:function:pack", False),
        ("arn:aws:states:eu-west-1:123456789012:activity:pack", True),
        ("${Function}", True),
    ],
)
def test_a_task_token_is_there_where_a_task_waits_for_it(resource: str, there: bool) -> None:
    state = _state(Type="Task", Resource=resource)
    absent = context_object.absent(("Task", "Token"), state, (*state.pointer, "ResultSelector"))
    assert (absent is None) is there


def test_an_item_is_there_in_a_map_state_and_in_what_it_repeats() -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    state = _state(Type="Map", ItemProcessor=inner)
    inside = state.machines[0].states["In"]
    assert [context_object.absent(("Map", "Item"), one, one.pointer) for one in (state, inside)] == [None, None]
    outside = _state(Type="Pass")
    assert context_object.absent(("Map", "Item"), outside, outside.pointer)
