"""Errors of states: their names, Retry, Catch, and what a failure inside Parallel and Map does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl_machines import GUIDE, machine_of, run, run_standard, states_entered
from headend.localcloud.stepfunctions import asl_waits
from running_cloud import RunningCloud

ERRORS = f"{GUIDE}/concepts-error-handling.html"
PARALLEL = f"{GUIDE}/state-parallel.html"
MAP = f"{GUIDE}/state-map-inline.html"
FAIL = f"{GUIDE}/state-fail.html"
WAIT = f"{GUIDE}/state-wait.html"
QUOTAS = f"{GUIDE}/service-quotas.html"
TASK = f"{GUIDE}/state-task.html"

CODE = """
def handler(event, context):
    errors = event.get("errors", [])
    attempt = event.get("attempt", 0)
    if attempt < len(errors) and errors[attempt]:
        raise type(errors[attempt], (Exception,), {})("attempt " + str(attempt))
    return {"attempts": attempt + 1, "text": "x" * event.get("size", 0)}
"""
CAUGHT: dict[str, Any] = {"Type": "Pass", "End": True}


@pytest.fixture(scope="module")
def function(cloud: RunningCloud) -> str:
    """A function that raises the errors of its event, one for each attempt."""
    return cloud.function(CODE)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that executions pause. They do not: nobody has an hour for a Wait state."""
    asked: list[float] = []
    monkeypatch.setattr(asl_waits, "pause", lambda _clock, _env, seconds: asked.append(seconds))
    return asked


def invoke(function: str, errors: list[str | None], **fields: Any) -> dict[str, Any]:
    """A Task that calls the function, which raises these errors."""
    parameters = {"errors": errors, "attempt.$": "$$.State.RetryCount"}
    resource = f"arn:aws:lambda:eu-central-1:123456789012:function:{function}"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **fields}


def catch(*errors: str, to: str = "Caught", **fields: Any) -> list[dict[str, Any]]:
    return [{"ErrorEquals": list(errors), "Next": to, **fields}]


@pytest.mark.contract("The error of a function is named by its type, the cause is JSON", source=ERRORS)
def test_function_error(cloud: RunningCloud, function: str) -> None:
    outcome = run(cloud, machine_of({"Call": invoke(function, ["LinkDown"])}))
    assert (outcome.status, outcome.error) == ("FAILED", "LinkDown")
    assert json.loads(str(outcome.cause))["errorMessage"] == "attempt 0"


@pytest.mark.contract("An error of Lambda itself is Lambda.<code>, however the task names the function", source=ERRORS)
@pytest.mark.parametrize(
    "task",
    [
        {"Resource": "arn:aws:lambda:eu-central-1:123456789012:function:absent"},
        {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "absent"}},
        {"Resource": "arn:aws:states:::aws-sdk:lambda:invoke", "Parameters": {"FunctionName": "absent"}},
    ],
    ids=["arn", "optimized", "sdk"],
)
def test_absent_function(cloud: RunningCloud, task: dict[str, Any]) -> None:
    outcome = run(cloud, machine_of({"Call": {"Type": "Task", "End": True, **task}}))
    assert outcome.error == "Lambda.ResourceNotFoundException"
    assert "Function not found" in str(outcome.cause)


@pytest.mark.contract("Retry waits IntervalSeconds, times BackoffRate for each further attempt", source=ERRORS)
@pytest.mark.parametrize(
    ("retrier", "expected"),
    [
        pytest.param({}, [1, 2, 4], id="defaults"),
        pytest.param({"IntervalSeconds": 3, "MaxAttempts": 2, "BackoffRate": 1.5}, [3, 4.5], id="rate-1.5"),
        pytest.param({"IntervalSeconds": 7, "BackoffRate": 1.0}, [7, 7, 7], id="rate-1"),
        pytest.param({"IntervalSeconds": 4, "MaxDelaySeconds": 9, "MaxAttempts": 4}, [4, 8, 9, 9], id="max-delay"),
        pytest.param({"MaxAttempts": 1, "IntervalSeconds": 60}, [60], id="one"),
        pytest.param({"MaxAttempts": 0}, [], id="none"),
    ],
)
def test_retry_pauses(
    cloud: RunningCloud, function: str, pauses: list[float], retrier: dict[str, Any], expected: list[float]
) -> None:
    state = invoke(function, ["LinkDown"] * 9, Retry=[{"ErrorEquals": ["LinkDown"], **retrier}])
    outcome = run(cloud, machine_of({"Call": state}))
    assert (outcome.status, outcome.error) == ("FAILED", "LinkDown")
    assert pauses == expected


@pytest.mark.contract("JitterStrategy FULL waits at random between nothing and the full pause", source=ERRORS)
def test_jitter(cloud: RunningCloud, function: str, pauses: list[float]) -> None:
    retrier = {"ErrorEquals": ["LinkDown"], "IntervalSeconds": 100, "BackoffRate": 1, "MaxAttempts": 5}
    run(cloud, machine_of({"Call": invoke(function, ["LinkDown"] * 9, Retry=[{**retrier, "JitterStrategy": "FULL"}])}))
    assert len(pauses) == 5
    assert all(0 <= seconds <= 100 for seconds in pauses)
    assert len(set(pauses)) > 1


@pytest.mark.contract("A retry that succeeds goes on with the result; RetryCount counts", source=ERRORS)
def test_retry_succeeds(cloud: RunningCloud, function: str, pauses: list[float]) -> None:
    state = invoke(function, ["LinkDown", "LinkDown"], Retry=[{"ErrorEquals": ["States.ALL"]}])
    outcome = run(cloud, machine_of({"Call": state}))
    assert (outcome.status, outcome.output["attempts"]) == ("SUCCEEDED", 3)
    assert len(pauses) == 2


@pytest.mark.contract("Each retrier counts its own attempts for one visit of the state", source=ERRORS)
def test_retriers_count_separately(cloud: RunningCloud, function: str, pauses: list[float]) -> None:
    retriers = [
        {"ErrorEquals": ["A", "B"], "IntervalSeconds": 1, "MaxAttempts": 2},
        {"ErrorEquals": ["C"], "IntervalSeconds": 5},
    ]
    state = invoke(function, ["A", "B", "C", "B"], Retry=retriers, Catch=catch("States.ALL"))
    outcome = run(cloud, machine_of({"Call": state, "Caught": CAUGHT}))
    assert pauses == [1, 2, 5]
    assert outcome.output["Error"] == "B"


@pytest.mark.contract(
    "The first retrier that names the error is used, also when a later one would go on", source=ERRORS
)
def test_first_retrier(cloud: RunningCloud, function: str, pauses: list[float]) -> None:
    retriers = [{"ErrorEquals": ["A"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    assert run(cloud, machine_of({"Call": invoke(function, ["A"], Retry=retriers)})).error == "A"
    assert run(cloud, machine_of({"Call": invoke(function, ["B"], Retry=retriers)})).status == "SUCCEEDED"
    assert len(pauses) == 1


@pytest.mark.contract("The attempts of a retrier are counted anew when the state is entered again", source=ERRORS)
def test_attempts_of_a_second_visit(cloud: RunningCloud, function: str, pauses: list[float]) -> None:
    call = invoke(function, ["A", "A", "A"], Retry=[{"ErrorEquals": ["A"], "MaxAttempts": 1}])
    call |= {"Catch": catch("A", ResultPath="$.error"), "Next": "Caught"}
    del call["End"]
    visits = [{"Variable": "$.visits", "NumericLessThan": 2, "Next": "Call"}]
    states = {
        "Call": call,
        "Caught": {"Type": "Pass", "Parameters": {"visits.$": "States.MathAdd($.visits, 1)"}, "Next": "Again"},
        "Again": {"Type": "Choice", "Choices": visits, "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }
    assert run(cloud, machine_of(states), {"visits": 0}).output == {"visits": 2}
    assert len(pauses) == 2


@pytest.mark.contract("Catchers are asked in order, after Retry", source=ERRORS)
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param("LinkDown", "Named", id="by-name"),
        pytest.param("Other", "Failed", id="States.TaskFailed"),
        pytest.param("linkdown", "Failed", id="case-matters"),
    ],
)
def test_catch_order(cloud: RunningCloud, function: str, error: str, expected: str) -> None:
    state = invoke(
        function,
        [error],
        Catch=[
            *catch("LinkDown", "Another", to="Named"),
            *catch("States.TaskFailed", to="Failed"),
            *catch("States.ALL", to="All"),
        ],
    )
    ends = {name: {"Type": "Pass", "Result": name, "End": True} for name in ("Named", "Failed", "All")}
    assert run(cloud, machine_of({"Call": state, **ends})).output == expected


@pytest.mark.contract("What a Catch hands on is Error and Cause, where its ResultPath says", source=ERRORS)
@pytest.mark.parametrize("path", [pytest.param(None, id="absent"), "$", "$.problem", "$.deep.er"])
def test_catch_result_path(cloud: RunningCloud, function: str, path: str | None) -> None:
    fields = {} if path is None else {"ResultPath": path}
    state = invoke(function, ["LinkDown"], Catch=catch("LinkDown", **fields), ResultPath="$.never")
    output = run(cloud, machine_of({"Call": state, "Caught": CAUGHT}), {"flow": 1}).output
    at = {"$.problem": ("problem",), "$.deep.er": ("deep", "er")}.get(str(path), ())
    if at:
        assert output.pop("flow") == 1
    for name in at:
        output = output.pop(name)
    assert set(output) == {"Error", "Cause"}
    assert output["Error"] == "LinkDown"


@pytest.mark.contract("A Catch with ResultPath null hands on the input of the state", source=ERRORS)
def test_catch_result_path_null(cloud: RunningCloud, function: str) -> None:
    state = invoke(function, ["LinkDown"], Catch=catch("LinkDown", ResultPath=None))
    assert run(cloud, machine_of({"Call": state, "Caught": CAUGHT}), {"flow": 1}).output == {"flow": 1}


@pytest.mark.contract("What a Catch hands on does not pass through the state's OutputPath", source=ERRORS)
def test_catch_ignores_output_path(cloud: RunningCloud, function: str) -> None:
    state = invoke(function, ["LinkDown"], Catch=catch("LinkDown"), OutputPath="$.nowhere")
    assert run(cloud, machine_of({"Call": state, "Caught": CAUGHT})).output["Error"] == "LinkDown"


@pytest.mark.contract("An error that nobody catches ends the execution with it", source=ERRORS)
def test_uncaught(cloud: RunningCloud, function: str) -> None:
    state = invoke(function, ["Other"], Catch=catch("LinkDown"))
    outcome, history = run_standard(cloud, machine_of({"Call": state, "Caught": CAUGHT}))
    assert (outcome.status, outcome.error) == ("FAILED", "Other")
    assert history[-1]["type"] == "ExecutionFailed"
    assert states_entered(history) == ["Call"]


NOWHERE = {"Parameters": {"a.$": "$.nowhere"}}


@pytest.mark.contract("States.Runtime is neither retried nor caught: the execution fails", source=ERRORS)
@pytest.mark.parametrize("name", ["States.ALL", "States.TaskFailed", "States.Runtime"])
def test_runtime(cloud: RunningCloud, function: str, name: str) -> None:
    handled = {"Retry": [{"ErrorEquals": [name]}], "Catch": catch(name)}
    outcome, history = run_standard(
        cloud, machine_of({"Call": invoke(function, [], **NOWHERE, **handled), "Caught": CAUGHT})
    )
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")
    assert states_entered(history) == ["Call"]


@pytest.mark.contract("A task that takes longer than TimeoutSeconds fails with States.Timeout", source=ERRORS)
@pytest.mark.parametrize(
    ("name", "caught"),
    [("States.Timeout", True), ("States.ALL", True), ("States.TaskFailed", False)],
)
def test_timeout(cloud: RunningCloud, name: str, caught: bool) -> None:
    url, _ = cloud.queue(f"asl-timeout-{name.rpartition('.')[2]}")
    message = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": message,
        "TimeoutSeconds": 1,
        "Catch": catch(name),
        "End": True,
    }
    outcome, _ = run_standard(cloud, machine_of({"Ask": state, "Caught": CAUGHT}))
    error = outcome.output["Error"] if caught else outcome.error
    assert (outcome.status, error) == ("SUCCEEDED" if caught else "FAILED", "States.Timeout")


@pytest.mark.contract(
    "A task that sends no heartbeat for HeartbeatSeconds is caught by States.HeartbeatTimeout or States.Timeout",
    source=ERRORS,
)
@pytest.mark.parametrize("name", ["States.HeartbeatTimeout", "States.Timeout"])
def test_heartbeat(cloud: RunningCloud, name: str) -> None:
    url, _ = cloud.queue(f"asl-{name.rpartition('.')[2]}")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 600,
        "HeartbeatSeconds": 1,
        "Catch": catch(name),
        "End": True,
    }
    outcome, _ = run_standard(cloud, machine_of({"Ask": state, "Caught": CAUGHT}))
    assert (outcome.status, outcome.output["Error"]) == ("SUCCEEDED", "States.Timeout")


@pytest.mark.contract(
    "A result above 262 144 bytes fails with States.DataLimitExceeded, which States.ALL does not catch",
    source=ERRORS,
    limits="AWS has been seen to let States.ALL catch it where a function's answer is too large",
)
def test_data_limit(cloud: RunningCloud, function: str) -> None:
    state = invoke(function, [], Catch=catch("States.ALL"))
    state["Parameters"]["size"] = 262_144
    outcome = run(cloud, machine_of({"Call": state, "Caught": CAUGHT}))
    assert (outcome.status, outcome.error) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.contract("An output of up to 262 144 bytes is handed on", source=QUOTAS)
def test_below_the_data_limit(cloud: RunningCloud, function: str) -> None:
    state = invoke(function, [])
    state["Parameters"]["size"] = 262_000
    assert run(cloud, machine_of({"Call": state})).status == "SUCCEEDED"


@pytest.mark.contract("A Fail state ends the execution with its Error and Cause", source=FAIL)
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param({"Error": "Bad", "Cause": "because"}, ("Bad", "because"), id="constants"),
        pytest.param({"ErrorPath": "$.e", "CausePath": "$.c"}, ("E1", "cause of the input"), id="paths"),
        pytest.param({"Error": "Bad", "CausePath": "$.c"}, ("Bad", "cause of the input"), id="mixed"),
        pytest.param(
            {"Error": "Bad", "CausePath": "States.Format('{}: {}', $.e, $.c)"},
            ("Bad", "E1: cause of the input"),
            id="function",
        ),
        pytest.param({"ErrorPath": "$$.State.Name", "Cause": "x"}, ("End", "x"), id="context-object"),
        pytest.param({}, (None, None), id="neither"),
    ],
)
def test_fail(cloud: RunningCloud, state: dict[str, Any], expected: tuple[Any, Any]) -> None:
    outcome = run(cloud, machine_of({"End": {"Type": "Fail", **state}}), {"e": "E1", "c": "cause of the input"})
    assert (outcome.status, outcome.error, outcome.cause) == ("FAILED", *expected)


@pytest.mark.contract("A CausePath that leads nowhere fails the execution with States.Runtime", source=FAIL)
def test_fail_path(cloud: RunningCloud) -> None:
    outcome = run(cloud, machine_of({"End": {"Type": "Fail", "Error": "Bad", "CausePath": "$.nowhere"}}))
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")


BROKEN = machine_of({"Break": {"Type": "Fail", "Error": "LinkDown", "Cause": "cable"}})
GOOD = machine_of({"Fine": {"Type": "Pass", "Result": 1, "End": True}})
SLOW = machine_of({"Slow": {"Type": "Wait", "Seconds": 3600, "End": True}})


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), "End": True, **fields}


@pytest.mark.contract(
    "A failed branch fails the Parallel state with its error, and ends the other branches", source=PARALLEL
)
def test_parallel_fails(cloud: RunningCloud) -> None:
    outcome, history = run_standard(cloud, machine_of({"Both": parallel(SLOW, BROKEN)}))
    assert (outcome.status, outcome.error, outcome.cause) == ("FAILED", "LinkDown", "cable")
    assert "ParallelStateFailed" in {event["type"] for event in history}


@pytest.mark.contract("A Parallel state's Catch sees the branch's error; States.BranchFailed names any", source=ERRORS)
@pytest.mark.parametrize("name", ["LinkDown", "States.BranchFailed", "States.TaskFailed", "States.ALL"])
def test_parallel_catch(cloud: RunningCloud, name: str) -> None:
    state = parallel(GOOD, BROKEN, Catch=catch(name, ResultPath="$.problem"))
    outcome = run(cloud, machine_of({"Both": state, "Caught": CAUGHT}), {"flow": 1})
    assert outcome.output == {"flow": 1, "problem": {"Error": "LinkDown", "Cause": "cable"}}


@pytest.mark.contract("A Parallel state's Retry runs every branch again", source=PARALLEL)
def test_parallel_retry(cloud: RunningCloud, pauses: list[float]) -> None:
    state = parallel(GOOD, BROKEN, Retry=[{"ErrorEquals": ["LinkDown"], "MaxAttempts": 2}])
    _, history = run_standard(cloud, machine_of({"Both": state}))
    assert states_entered(history).count("Fine") + states_entered(history).count("Break") >= 4
    assert states_entered(history).count("Break") == 3
    assert pauses == [1, 2]


@pytest.mark.contract(
    "The output of a Parallel state is the list of its branches' outputs, in their order", source=PARALLEL
)
def test_parallel_output(cloud: RunningCloud) -> None:
    branches = [machine_of({"P": {"Type": "Pass", "Result": number, "End": True}}) for number in range(4)]
    assert run(cloud, machine_of({"Both": parallel(*branches)})).output == [0, 1, 2, 3]


@pytest.mark.contract("Each branch gets a copy of the input", source=PARALLEL)
def test_parallel_input(cloud: RunningCloud) -> None:
    branches = [
        machine_of({"P": {"Type": "Pass", "Result": number, "ResultPath": "$.n", "End": True}}) for number in range(2)
    ]
    output = run(cloud, machine_of({"Both": parallel(*branches)}), {"flow": 1}).output
    assert output == [{"flow": 1, "n": 0}, {"flow": 1, "n": 1}]


def each(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True, **fields}


PICKY = machine_of(
    {
        "Odd": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "NumericEquals": 3, "Next": "Break"}],
            "Default": "Fine",
        },
        "Break": {"Type": "Fail", "Error": "LinkDown", "Cause": "cable"},
        "Fine": {"Type": "Pass", "End": True},
    }
)


@pytest.mark.contract("A failed iteration fails the Map state with its error", source=MAP)
def test_map_fails(cloud: RunningCloud) -> None:
    outcome, history = run_standard(cloud, machine_of({"Each": each(PICKY)}), {"items": [1, 2, 3, 4]})
    assert (outcome.status, outcome.error, outcome.cause) == ("FAILED", "LinkDown", "cable")
    assert {"MapIterationFailed", "MapStateFailed"} <= {event["type"] for event in history}


@pytest.mark.contract("A Map state's Catch sees the iteration's error and the state's input", source=MAP)
def test_map_catch(cloud: RunningCloud) -> None:
    state = each(PICKY, Catch=catch("LinkDown", ResultPath="$.problem"))
    outcome = run(cloud, machine_of({"Each": state, "Caught": CAUGHT}), {"items": [3]})
    assert outcome.output == {"items": [3], "problem": {"Error": "LinkDown", "Cause": "cable"}}


@pytest.mark.contract("A Map state's Retry runs every iteration again", source=MAP)
def test_map_retry(cloud: RunningCloud, pauses: list[float]) -> None:
    state = each(PICKY, MaxConcurrency=1, Retry=[{"ErrorEquals": ["LinkDown"], "MaxAttempts": 1}])
    _, history = run_standard(cloud, machine_of({"Each": state}), {"items": [1, 3]})
    assert states_entered(history).count("Break") == 2
    assert pauses == [1]


@pytest.mark.contract("A Map state over nothing gives an empty list", source=MAP)
def test_map_of_nothing(cloud: RunningCloud) -> None:
    assert run(cloud, machine_of({"Each": each(PICKY)}), {"items": []}).output == []


@pytest.mark.contract("A Map state over what is no list fails the execution", source=MAP)
@pytest.mark.parametrize("items", ["text", 7, {"a": 1}, None])
def test_map_of_no_list(cloud: RunningCloud, items: Any) -> None:
    outcome = run(cloud, machine_of({"Each": each(PICKY)}), {"items": items})
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")


@pytest.mark.contract("A Distributed Map whose object cannot be read fails with States.ItemReaderFailed", source=ERRORS)
def test_item_reader(cloud: RunningCloud) -> None:
    cloud.client("s3").create_bucket(
        Bucket="asl-items", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    state = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "asl-items", "Key": "nowhere.json"},
        },
        "ItemProcessor": {**GOOD, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
        "Catch": catch("States.ItemReaderFailed"),
        "End": True,
    }
    outcome, _ = run_standard(cloud, machine_of({"Each": state, "Caught": CAUGHT}))
    assert (outcome.status, outcome.output["Error"]) == ("SUCCEEDED", "States.ItemReaderFailed")


@pytest.mark.contract(
    "A Wait state waits for seconds, or until a moment, from the definition or the input", source=WAIT
)
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param({"Seconds": 90}, 90, id="Seconds"),
        pytest.param({"SecondsPath": "$.seconds"}, 45, id="SecondsPath"),
        pytest.param({"Timestamp": "2001-01-01T00:00:00Z"}, 0, id="Timestamp-of-the-past"),
        pytest.param({"TimestampPath": "$.past"}, 0, id="TimestampPath-of-the-past"),
    ],
)
def test_wait(cloud: RunningCloud, pauses: list[float], state: dict[str, Any], expected: float) -> None:
    event = {"seconds": 45, "past": "2001-01-01T00:00:00.5+02:00"}
    outcome, _ = run_standard(cloud, machine_of({"W": {"Type": "Wait", "End": True, **state}}), event)
    assert outcome.status == "SUCCEEDED"
    assert sum(max(seconds, 0) for seconds in pauses) == expected


@pytest.mark.contract("A wrong value in the input of a Wait state fails the execution with States.Runtime", source=WAIT)
@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"SecondsPath": "$.negative"}, id="negative"),
        pytest.param({"SecondsPath": "$.fraction"}, id="fraction"),
        pytest.param({"SecondsPath": "$.text"}, id="text"),
        pytest.param({"SecondsPath": "$.nowhere"}, id="missing"),
        pytest.param({"TimestampPath": "$.text"}, id="no-timestamp"),
    ],
)
def test_wait_with_a_wrong_value(cloud: RunningCloud, state: dict[str, Any]) -> None:
    event = {"negative": -1, "fraction": 1.5, "text": "soon"}
    outcome, _ = run_standard(cloud, machine_of({"W": {"Type": "Wait", "End": True, **state}}), event)
    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")


@pytest.mark.contract("States.ALL stands alone in ErrorEquals", source=ERRORS)
def test_all_stands_alone(cloud: RunningCloud, function: str) -> None:
    state = invoke(function, [], Catch=catch("States.ALL", "LinkDown"))
    with pytest.raises(cloud.client("stepfunctions").exceptions.InvalidDefinition):
        run(cloud, machine_of({"Call": state, "Caught": CAUGHT}))


@pytest.mark.contract("States.ALL is in the last retrier or catcher only", source=ERRORS)
@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_all_comes_last(cloud: RunningCloud, function: str, field: str) -> None:
    rules = [{"ErrorEquals": [name]} for name in ("States.ALL", "LinkDown")]
    if field == "Catch":
        rules = [{**rule, "Next": "Caught"} for rule in rules]  # type: ignore[dict-item]
    with pytest.raises(cloud.client("stepfunctions").exceptions.InvalidDefinition):
        run(cloud, machine_of({"Call": invoke(function, [], **{field: rules}), "Caught": CAUGHT}))
