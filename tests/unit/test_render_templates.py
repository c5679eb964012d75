"""The templates themselves: what is rendered is committed, and says what the workflows promise."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headend import render

ROOT = Path(__file__).resolve().parents[2]
RENDERED = ROOT / "modules/stream_monitor/rendered"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def monitor() -> dict[str, Any]:
    states = load(RENDERED / "stream_monitor.asl.json")["States"]
    assert isinstance(states, dict)
    return states


def follow(state: dict[str, Any]) -> Iterator[str]:
    """Every state that a state can lead to."""
    for holder in (state, *state.get("Choices", []), *state.get("Catch", [])):
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def delays(retrier: dict[str, Any]) -> float:
    """The longest that a retrier waits in all, in seconds."""
    return sum(
        min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** i, retrier["MaxDelaySeconds"])
        for i in range(retrier["MaxAttempts"])
    )


def test_the_committed_files_are_fresh() -> None:
    stale = render.check(ROOT)
    assert not stale, render.stale_message(stale)


@pytest.mark.parametrize("name", ["stream_monitor", "stream_monitor_direct", "flow_state"])
def test_every_state_is_reached_and_every_next_exists(name: str) -> None:
    definition = load(RENDERED / f"{name}.asl.json")
    reached, waiting = set[str](), [definition["StartAt"]]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += follow(definition["States"][state])
    assert reached == set(definition["States"])


def test_every_task_but_the_last_resort_is_saved_from_every_error(monitor: dict[str, Any]) -> None:
    tasks = {name: state for name, state in monitor.items() if state["Type"] == "Task"}
    last = {name: state["Catch"][-1] for name, state in tasks.items() if "Catch" in state}
    assert set(tasks) - set(last) == {"SendToDeadLetterQueue"}
    assert all(catch["ErrorEquals"] == ["States.ALL"] for catch in last.values())
    assert {name: catch["Next"] for name, catch in last.items()} == {
        "MonitorStream": "AlertMonitoringFailed",
        "SendAlert": "SendToDeadLetterQueue",
        "SendRecovery": "SendToDeadLetterQueue",
        "AlertMonitoringFailed": "SendToDeadLetterQueue",
        "StartResponse": "SendToDeadLetterQueue",
    }


def test_an_incident_whose_response_is_under_way_is_no_error(monitor: dict[str, Any]) -> None:
    first = monitor["StartResponse"]["Catch"][0]
    assert first["ErrorEquals"] == ["StepFunctions.ExecutionAlreadyExistsException"]
    assert first["Next"] == monitor["StartResponse"]["Next"] == "ReportOutcome"


def test_an_invalid_event_goes_to_the_dead_letter_queue_at_once(monitor: dict[str, Any]) -> None:
    first = monitor["MonitorStream"]["Catch"][0]
    assert (first["ErrorEquals"], first["Next"]) == (["InvalidEvent"], "SendToDeadLetterQueue")
    assert all("InvalidEvent" not in retrier["ErrorEquals"] for retrier in monitor["MonitorStream"]["Retry"])


def test_the_dead_letter_holds_the_event_and_the_reason(monitor: dict[str, Any]) -> None:
    body = monitor["SendToDeadLetterQueue"]["Parameters"]["MessageBody"]
    assert set(body) == {"event.$", "error.$", "cause.$", "execution.$"}
    assert body["event.$"] == "$$.Execution.Input"


def test_retries_are_bounded_and_name_their_errors(monitor: dict[str, Any]) -> None:
    for name, state in monitor.items():
        for retrier in state.get("Retry", []):
            assert {"MaxDelaySeconds", "MaxAttempts", "BackoffRate", "JitterStrategy"} <= set(retrier)
            assert retrier["ErrorEquals"] != ["States.ALL"] or name == "SendToDeadLetterQueue"


def test_pending_datapoints_are_looked_for_again(monitor: dict[str, Any]) -> None:
    first = monitor["EvaluateHealth"]["Choices"][0]
    assert {condition["Variable"] for condition in first["And"]} == {"$.monitor.result.pending"}
    assert first["Next"] == "WaitForDatapoints"
    assert monitor["WaitForDatapoints"]["Next"] == "MonitorStream"


def test_retries_outlast_the_record_of_a_function_that_died(monitor: dict[str, Any]) -> None:
    for name in ("SendAlert", "SendRecovery", "AlertMonitoringFailed"):
        [retrier] = [r for r in monitor[name]["Retry"] if "IdempotencyAlreadyInProgressError" in r["ErrorEquals"]]
        assert retrier["JitterStrategy"] == "NONE"
        assert delays(retrier) > monitor[name]["TimeoutSeconds"]


def test_each_end_has_its_outcome(monitor: dict[str, Any]) -> None:
    ends = {name: state["Parameters"]["outcome"] for name, state in monitor.items() if state.get("End")}
    assert ends == {
        "AlertSent": "alert",
        "RecoverySent": "recovery",
        "HealthyFlow": "healthy",
        "DuplicateSuppressed": "duplicate",
        "EscalationSent": "escalation",
        "RecoveryHeld": "held",
        "Muted": "muted",
    }
    assert monitor["DeadLettered"]["Error"] == "DeadLettered"


def test_the_policy_allows_what_the_states_do_and_no_more() -> None:
    policy = load(RENDERED / "stream_monitor.policy.json")
    assert {(action, arn) for s in policy["Statement"] for action in s["Action"] for arn in s["Resource"]} == {
        ("lambda:InvokeFunction", "${monitor_function_arn}"),
        ("lambda:InvokeFunction", "${alert_function_arn}"),
        ("sqs:SendMessage", "${dead_letter_queue_arn}"),
        ("states:StartExecution", "${response_state_machine_arns}"),
    }


def test_the_flow_state_s_policy_names_the_flows_and_the_namespace() -> None:
    described, written = load(RENDERED / "flow_state.policy.json")["Statement"]
    assert (described["Action"], described["Resource"]) == (["mediaconnect:DescribeFlow"], ["${flow_arns}"])
    assert written["Action"] == ["cloudwatch:PutMetricData"]
    assert written["Condition"] == {"StringEquals": {"cloudwatch:namespace": ["Headend/MediaConnect"]}}


def test_without_functions_every_state_is_saved_from_every_error() -> None:
    states = load(RENDERED / "stream_monitor_direct.asl.json")["States"]
    halves = {name: state["Catch"][-1] for name, state in states.items() if state["Type"] == "Parallel"}
    assert all(catch["ErrorEquals"] == ["States.ALL"] for catch in halves.values())
    assert {name: catch["Next"] for name, catch in halves.items()} == {
        "MonitorStream": "NameFailure",
        "TellPeople": "ForgetTransition",
    }
    tasks = {name: state for name, state in states.items() if state["Type"] == "Task"}
    assert {name for name, state in tasks.items() if "Catch" not in state} == {"SendToDeadLetterQueue"}


def test_without_functions_both_variants_have_the_same_ends() -> None:
    ends = {
        variant: {name for name, state in states.items() if state.get("End") or state["Type"] == "Fail"}
        for variant in ("stream_monitor", "stream_monitor_direct")
        for states in [load(RENDERED / f"{variant}.asl.json")["States"]]
    }
    of_a_response = {"EscalationSent", "Muted", "RecoveryHeld"}
    assert ends["stream_monitor"] - of_a_response == ends["stream_monitor_direct"]


def test_the_dashboard_shows_loss_left_and_jitter_right() -> None:
    flow = load(ROOT / "modules/flow_dashboard/rendered/flow.json")
    axes = {m[1]: m[4]["yAxis"] for m in flow["widgets"]["stream_health"]["properties"]["metrics"]}
    assert (
        axes == flow["threshold_axes"]["stream_health"] == {"SourcePacketLossPercent": "left", "SourceJitter": "right"}
    )
    shown = {m[1] for m in flow["widgets"]["performance"]["properties"]["metrics"]}
    assert shown == {"SourceBitRate", "SourceUptime"}


def test_the_dashboards_widgets_do_not_overlap_and_fit_their_height() -> None:
    flow = load(ROOT / "modules/flow_dashboard/rendered/flow.json")
    taken = set[tuple[int, int]]()
    for widget in flow["widgets"].values():
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells
    assert max(y for _, y in taken) + 1 == flow["height"]
    assert max(x for x, _ in taken) < 24
