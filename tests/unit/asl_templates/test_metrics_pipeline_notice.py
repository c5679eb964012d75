"""The metrics pipeline's notice, computed from whatever hosts, metrics, errors and keys are called."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.stepfunctions.jsonata_bridge import evaluate
from unit.asl_templates.test_metrics_pipeline import HOSTILE, TYPES, UNTOLD, outermost

LARGEST = 262_144
"""Bytes of a message. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
CONTEXT = {"Execution": {"Name": "run-1", "Id": "arn:aws:states:eu-central-1:111122223333:execution:live:run-1"}}
NAMES = st.text(max_size=40) | st.sampled_from(sorted(HOSTILE.values()))


def computed(expression: str, **variables: Any) -> Any:
    """The value of a field of the definition, where it is JSONata."""
    text = expression.removeprefix("{%").removesuffix("%}").replace("${deployment_name}", "live")
    return evaluate(text, variables)


def notice(results: list[dict[str, Any]], processing: dict[str, Any], analyses: list[dict[str, Any]]) -> dict[str, Any]:
    """The notice of a run, from its branches' results, what the processor said, and the analyses' results."""
    found = computed(
        outermost()["Analyze"]["Assign"]["notice"],
        results=results,
        collected_types=[one["metric_type"] for one in results if one["status"] == "collected"],
        processing=processing,
        states={"result": analyses, "context": CONTEXT},
    )
    assert isinstance(found, dict)
    return found


def collected(metric_type: str, silent: list[str], hosts: int = 40) -> dict[str, Any]:
    return {
        "metric_type": metric_type,
        "status": "collected",
        "hosts": hosts,
        "datapoints": 10,
        "silent": len(silent),
        "silent_hosts": silent[:10],
    }


def failed(metric_type: str, error: str, cause: str) -> dict[str, Any]:
    return {"metric_type": metric_type, "status": "failed", "error": error, "cause": cause}


def processed(*keys: str) -> dict[str, Any]:
    named = [{"key": key, "reason": "truncated"} for key in keys]
    return {"datapoints": 10, "failed": named, "failed_objects": len(keys), "error": None, "cause": None}


def analysed(name: str, text: str, findings: list[str], left_out: list[str]) -> dict[str, Any]:
    return {
        "analysis": name,
        "status": "done",
        "text": text,
        "findings": findings,
        "count": len(findings),
        "left_out": [{"key": key, "why": "cut"} for key in left_out],
        "left_out_objects": len(left_out),
        "result": f"analysis/run-1/{name}.json",
    }


@given(NAMES, NAMES, st.lists(NAMES, max_size=3), st.lists(NAMES, max_size=3), st.lists(NAMES, max_size=2))
def test_each_thing_that_is_told_is_one_line_whatever_it_is_called(
    cause: str, text: str, silent: list[str], findings: list[str], keys: list[str]
) -> None:
    results = [failed("cpu", "Odd", cause), collected("disk", silent)]
    analyses = [analysed("trend", text, findings, keys), analysed("day-over-day", "Nothing to tell", [], [])]
    told = notice(results, processed(*keys), analyses)
    count = "nothing to report" if not findings else "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    assert told["subject"] == f"live: host metrics incomplete, {count}"
    silence = [f"- disk: {len(silent)} of 40 say nothing: {UNTOLD.sub(' ', ', '.join(silent))}"] if silent else []
    assert told["text"].split("\n") == [
        "disk of 40 hosts, 10 datapoints.",
        "",
        "Missing:",
        f"- cpu was not collected: Odd: {UNTOLD.sub(' ', cause)}",
        *silence,
        *(f"- truncated, left out: {UNTOLD.sub(' ', key)}" for key in keys),
        "",
        f"trend: {UNTOLD.sub(' ', text)}",
        *(f"- {UNTOLD.sub(' ', one)}" for one in findings),
        "",
        "day-over-day: Nothing to tell",
        "",
        f"Run run-1: {CONTEXT['Execution']['Id']}",
    ]


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_when_nothing_is_collected_each_cause_is_one_line(causes: list[str]) -> None:
    results = [failed(name, "Odd", cause) for name, cause in zip(TYPES, causes, strict=False)]
    failure = computed(outermost()["Collect"]["Assign"]["failure"], states={"result": results, "context": CONTEXT})
    assert failure["error"] == "NothingCollected"
    lines = [
        f"- {name} was not collected: Odd: {UNTOLD.sub(' ', one)}" for name, one in zip(TYPES, causes, strict=False)
    ]
    assert failure["cause"].split("\n") == ["No host metrics were collected.", "", "Missing:", *lines]


@given(NAMES)
def test_what_nobody_thought_of_is_one_line_too(cause: str) -> None:
    state = outermost()["TellFailure"]["Arguments"]
    said = {"failure": {"error": "States.QueryEvaluationError", "cause": cause}, "states": {"context": CONTEXT}}
    text = computed(state["Message"], **said)
    assert text.split("\n") == [
        f"States.QueryEvaluationError: {UNTOLD.sub(' ', cause)}",
        "",
        f"Run run-1: {CONTEXT['Execution']['Id']}",
    ]
    assert computed(state["Subject"], **said) == "live: the run of host metrics failed"


@given(st.text(max_size=400))
def test_of_a_function_s_error_the_message_is_told_however_it_was_written(message: str) -> None:
    """A function's error is a JSON text; Lambda's runtime escapes all but ASCII."""
    branch = outermost()["Collect"]["Branches"][0]["States"]["CollectCpu"]
    cause = json.dumps({"errorMessage": message, "errorType": "Odd", "stackTrace": []})
    error = {"Error": "Odd", "Cause": cause}
    for catcher in branch["Catch"]:
        found = computed(catcher["Output"], states={"errorOutput": error, "context": CONTEXT})
        assert found == {
            "metric_type": "cpu",
            "status": "failed",
            "error": "Odd",
            "cause": json.dumps(message)[1:-1][:300],
        }


def test_the_longest_notice_fits_into_a_message() -> None:
    """Twenty-four types with ten silent hosts each, whose names are as long as they may be; and so is all else."""
    wide = "\U0001f4fa"
    types = [f"type_{number}".ljust(40, "x") for number in range(24)]
    results = [collected(name, [wide * 512] * 50, hosts=1000) for name in types]
    keys = [f"raw/{wide * 100}{number}" for number in range(10)]
    analyses = [analysed(name, wide * 300, [wide * 300] * 10, keys) for name in ("trend", "day-over-day")]
    text = notice(results, processed(*keys), analyses)["text"]
    assert len(text.encode()) <= LARGEST
    assert text.endswith(f" …\n\nRun run-1: {CONTEXT['Execution']['Id']}")
