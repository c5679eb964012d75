"""State machines to measure with: made from numbers, so that everyone measures the same ones.

They are of the kinds that people write: tasks with Retry and Catch, choices, passes, waits, and now and then a Parallel
or Map state. They have no fault, so that each linter has to read them to the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FEWEST, MOST = 3, 32
"""States of a definition of the set. Of 220 public ones half have up to 5, nine in ten up to 11, the largest 33."""
BLOCK = 8
"""States after which the kinds repeat."""
_RETRY = [
    {"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 1.5}
]
_CATCH = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Failed"}]


def definition(states: int) -> dict[str, Any]:
    """A state machine of about so many states, all counted; at least 3."""
    made: dict[str, Any] = {}
    left, number = states - 2, 0
    while left > 0:
        name, following = f"State{number}", f"State{number + 1}"
        size, state = _state(number, left, following)
        made[name] = state
        left -= size
        number += 1
    made[f"State{number}"] = {"Type": "Succeed"}
    made["Failed"] = {"Type": "Fail", "Error": "Failed", "Cause": "See the state before"}
    return {"Comment": f"{states} states", "StartAt": "State0", "States": made}


def write(folder: Path, files: int) -> list[Path]:
    """So many definitions of 3 to 32 states as files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, size in zip(range(files), _sizes(), strict=False):
        path = folder / f"definition-{number:03d}.asl.json"
        path.write_text(json.dumps(definition(size), indent=2) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def _sizes() -> Iterator[int]:
    while True:
        yield from range(FEWEST, MOST + 1)


def _state(number: int, left: int, following: str) -> tuple[int, dict[str, Any]]:
    """How many states it is with those inside it, and the state. The first has a Catch, so that Failed is reached."""
    kind = number % BLOCK
    if kind == 0:
        arguments = {"FunctionName": "${function_arn}", "Payload.$": "$"}
        return 1, _task("lambda:invoke", arguments, following, Retry=_RETRY, Catch=_CATCH)
    if kind == 1:
        rule = {"Variable": "$.answer.Payload", "IsPresent": True, "Next": following}
        return 1, {"Type": "Choice", "Choices": [rule], "Default": "Failed"}
    if kind == 2:
        key = {"id": {"S.$": "$.id"}}
        return 1, _task("dynamodb:getItem", {"TableName": "${table}", "Key": key}, following, Catch=_CATCH)
    if kind == 3:
        return 1, {"Type": "Pass", "Result": {"step": number}, "ResultPath": "$.note", "Next": following}
    if kind == 4:
        return 1, {"Type": "Wait", "Seconds": 5, "Next": following}
    if kind == 5:
        return 1, _task("aws-sdk:sfn:listStateMachines", {"MaxResults": 10}, following)
    if kind == 6 and left > 3:
        branches = [_inner(f"Left{number}"), _inner(f"Right{number}")]
        return 3, {"Type": "Parallel", "Branches": branches, "ResultPath": "$.both", "Next": following}
    if kind == 7 and left > 2:
        processor = {"ProcessorConfig": {"Mode": "INLINE"}, **_inner(f"Item{number}")}
        return 2, {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": processor,
            "ResultPath": "$.each",
            "Next": following,
        }
    return 1, _task("sns:publish", {"TopicArn": "${topic_arn}", "Message.$": "$.id"}, following)


def _task(resource: str, arguments: dict[str, Any], following: str, **fields: Any) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": arguments}
    return {**task, "ResultPath": "$.answer", "Next": following, **fields}


def _inner(name: str) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {"Type": "Pass", "Result": {"done": True}, "End": True}}}
