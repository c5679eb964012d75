"""JSONata states: fields, variables, AWS's functions, errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of, run, run_standard
from running_cloud import RunningCloud

TRANSFORMING = f"{GUIDE}/transforming-data.html"
VARIABLES = f"{GUIDE}/workflow-variables.html"
ERRORS = f"{GUIDE}/concepts-error-handling.html"


def jsonata(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return machine_of(states, QueryLanguage="JSONata", **fields)


def only(**fields: Any) -> dict[str, Any]:
    return jsonata({"Only": {"Type": "Pass", "End": True, **fields}})


def value_of(cloud: RunningCloud, expression: str, event: Any = None) -> Any:
    outcome = run(cloud, only(Output=f"{{% {expression} %}}"), event)
    assert outcome.status == "SUCCEEDED", outcome.cause
    return outcome.output


@pytest.mark.contract("Output is made of literals and expressions at any depth", source=TRANSFORMING)
def test_output_template(cloud: RunningCloud) -> None:
    template = {
        "plain": "text",
        "spaced": " {% 1 %}",
        "number": "{% 6 * 7 %}",
        "list": ["{% $states.input.name %}", 2, None, True],
        "deep": {"er": {"name": "{% $uppercase($states.input.name) %}"}},
    }
    outcome = run(cloud, only(Output=template), {"name": "bars"})
    assert outcome.output == {
        "plain": "text",
        "spaced": " {% 1 %}",
        "number": 42,
        "list": ["bars", 2, None, True],
        "deep": {"er": {"name": "BARS"}},
    }


@pytest.mark.contract("JSONata's own functions and operators work on the state's input", source=TRANSFORMING)
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("$sum($states.input.rates)", 60, id="sum"),
        pytest.param("$states.input.rates[$ > 15]", [20, 30], id="filter"),
        pytest.param("$map($states.input.rates, function($v, $i) { $v + $i })", [10, 21, 32], id="map"),
        pytest.param("$states.input.flows.{'n': name}", [{"n": "a"}, {"n": "b"}], id="map-objects"),
        pytest.param("$join($states.input.flows.name, '+')", "a+b", id="join"),
        pytest.param("$states.input.flows[name = 'b'].up", True, id="predicate"),
        pytest.param("$merge([{'x': 1}, {'y': 2}])", {"x": 1, "y": 2}, id="merge"),
        pytest.param("$exists($states.input.nothing) ? 'there' : 'gone'", "gone", id="exists"),
        pytest.param("($a := 2; $b := 3; $a * $b)", 6, id="block"),
        pytest.param("$states.input.empty", None, id="null"),
        pytest.param("$type($states.input.empty)", "null", id="type-of-null"),
        pytest.param("[]", [], id="empty-list"),
        pytest.param("$states.input.quoted & '!'", 'say "hi"\n\\o/!', id="quotes-and-escapes"),
        pytest.param("$replace('2026-04', /(\\d+)-(\\d+)/, '$2.$1')", "04.2026", id="regular-expression"),
        pytest.param("10 / 4", 2.5, id="division"),
        pytest.param("10 / 5", 2, id="whole-division"),
        pytest.param("$fromMillis(0)", "1970-01-01T00:00:00.000Z", id="moment"),
    ],
)
def test_expressions(cloud: RunningCloud, expression: str, expected: Any) -> None:
    event = {
        "rates": [10, 20, 30],
        "flows": [{"name": "a", "up": False}, {"name": "b", "up": True}],
        "empty": None,
        "quoted": 'say "hi"\n\\o/',
    }
    assert value_of(cloud, expression, event) == expected


@pytest.mark.contract(
    "Step Functions adds $partition, $range, $hash, $random, $uuid and $parse",
    source=TRANSFORMING,
    limits="the numbers that a seed of $random gives are not AWS's",
)
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("$partition([1..7], 3)", [[1, 2, 3], [4, 5, 6], [7]], id="partition"),
        pytest.param("$partition([1, 2], 9)", [[1, 2]], id="partition-larger"),
        pytest.param("$range(2, 11, 4)", [2, 6, 10], id="range"),
        pytest.param("$range(9, 0, -3)", [9, 6, 3, 0], id="range-down"),
        pytest.param("$range(9, 0, 3)", [], id="range-never"),
        pytest.param("$hash('headend', 'MD5')", "4800e839bc368f1b3206f362173608ef", id="hash-md5"),
        pytest.param("$length($hash('headend', 'SHA-512'))", 128, id="hash-sha512"),
        pytest.param("$random(11) = $random(11)", True, id="random-seeded"),
        pytest.param("$random() < 1", True, id="random"),
        pytest.param("$length($uuid())", 36, id="uuid"),
        pytest.param("$uuid() = $uuid()", False, id="uuid-twice"),
        pytest.param("$parse('{\"rates\": [1, null]}')", {"rates": [1, None]}, id="parse"),
        pytest.param("$parse($states.input.body).flow", "a", id="parse-input"),
    ],
)
def test_added_functions(cloud: RunningCloud, expression: str, expected: Any) -> None:
    assert value_of(cloud, expression, {"body": '{"flow": "a"}'}) == expected


WHERE = "An error occurred while executing the state 'Only' (entered at the event id #2). "


@pytest.mark.contract("An expression that fails, or gives nothing, is States.QueryEvaluationError", source=ERRORS)
@pytest.mark.parametrize(
    ("expression", "says"),
    [
        pytest.param("$states.input.missing", "returned nothing (undefined).", id="nothing"),
        pytest.param("$neverSet", "returned nothing (undefined).", id="unknown-variable"),
        pytest.param("name", "returned nothing (undefined).", id="no-input-document"),
        pytest.param("$", "returned nothing (undefined).", id="no-context"),
        pytest.param("function($x) { $x }", "returned an unsupported result type.", id="function"),
        pytest.param(
            "$eval('1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function", id="eval"
        ),
        pytest.param(
            "$sqrt(-4)",
            "threw an error during evaluation. D3060: The sqrt function cannot be applied to a negative number: -4",
            id="sqrt",
        ),
        pytest.param(
            "$parse(5)",
            'threw an error during evaluation. T0410: Argument 1 of function "parse" does not match function signature',
            id="argument",
        ),
        pytest.param("$error('too quiet')", "threw an error during evaluation. D3137: too quiet", id="error"),
    ],
)
def test_evaluation_errors(cloud: RunningCloud, expression: str, says: str) -> None:
    outcome = run(cloud, only(Output={"made": [f"{{% {expression} %}}"]}), {"name": "a"})
    assert (outcome.status, outcome.error) == ("FAILED", "States.QueryEvaluationError")
    field = f"The JSONata expression '{expression}' specified for the field 'Output/made[0]' "
    assert outcome.cause == WHERE + field + says


@pytest.mark.contract("An error names the field in which the expression stands", source=ERRORS)
@pytest.mark.parametrize(
    ("state", "field"),
    [
        pytest.param({"Type": "Pass", "Output": "{% $gone %}", "End": True}, "Output", id="output"),
        pytest.param({"Type": "Pass", "Assign": {"a": {"b": "{% $gone %}"}}, "End": True}, "Assign/a/b", id="assign"),
        pytest.param({"Type": "Wait", "Seconds": "{% $gone %}", "End": True}, "Seconds", id="seconds"),
        pytest.param(
            {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% false %}", "Next": "Only"},
                    {"Condition": "{% $gone %}", "Next": "Only"},
                ],
                "Default": "Only",
            },
            "Choices[1]/Condition",
            id="condition",
        ),
        pytest.param({"Type": "Fail", "Error": "E", "Cause": "{% $gone %}"}, "Cause", id="cause"),
        pytest.param(
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues",
                "Arguments": {"QueueNamePrefix": "{% $gone %}"},
                "End": True,
            },
            "Arguments/QueueNamePrefix",
            id="arguments",
        ),
    ],
)
def test_error_location(cloud: RunningCloud, state: dict[str, Any], field: str) -> None:
    outcome, history = run_standard(cloud, jsonata({"Only": state}))
    assert outcome.error == "States.QueryEvaluationError"
    text = f"The JSONata expression '$gone' specified for the field '{field}' returned nothing (undefined)."
    assert outcome.cause == WHERE + text
    [event] = [event for event in history if event["type"] == "EvaluationFailed"]
    assert event["evaluationFailedEventDetails"] == {
        "cause": WHERE + text,
        "error": "States.QueryEvaluationError",
        "location": field,
        "state": "Only",
    }
    assert [event["type"] for event in history[-2:]] == ["EvaluationFailed", "ExecutionFailed"]


@pytest.mark.contract("A field's value has to be of the field's type", source=ERRORS)
@pytest.mark.parametrize(
    ("state", "says"),
    [
        pytest.param(
            {"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "Only"}], "Default": "Only"},
            "'Choices[0]/Condition' returned an unexpected result type. "
            "Expected 'boolean', but was 'number' for value: 1",
            id="condition",
        ),
        pytest.param(
            {
                "Type": "Map",
                "Items": "{% {'a': 1} %}",
                "ItemProcessor": machine_of({"Each": {"Type": "Pass", "End": True}}),
                "End": True,
            },
            "'Items' returned an unexpected result type. Expected 'array', but was 'object' for value: {\"a\":1}",
            id="items",
        ),
    ],
)
def test_result_type(cloud: RunningCloud, state: dict[str, Any], says: str) -> None:
    outcome = run(cloud, jsonata({"Only": state}))
    assert outcome.error == "States.QueryEvaluationError"
    assert str(outcome.cause).endswith(f"specified for the field {says}")


@pytest.mark.contract("Task, Map and Parallel catch their evaluation errors, in Arguments and in Output", source=ERRORS)
@pytest.mark.parametrize("field", ["Arguments", "Output"])
def test_evaluation_error_is_caught(cloud: RunningCloud, field: str) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues",
        field: {"QueueNamePrefix": "{% $states.input.gone %}"},
        "Catch": [
            {
                "ErrorEquals": ["States.QueryEvaluationError"],
                "Output": {"error": "{% $states.errorOutput.Error %}", "input": "{% $states.input %}"},
                "Assign": {"cause": "{% $states.errorOutput.Cause %}"},
                "Next": "Caught",
            }
        ],
        "End": True,
    }
    caught = {"Type": "Pass", "Output": "{% $merge([$states.input, {'cause': $cause}]) %}", "End": True}
    outcome = run(cloud, jsonata({"Only": task, "Caught": caught}), {"flow": "a"})
    assert outcome.output["error"] == "States.QueryEvaluationError"
    assert outcome.output["input"] == {"flow": "a"}
    assert f"'{field}/QueueNamePrefix' returned nothing" in outcome.output["cause"]


@pytest.mark.contract("The cause of an error inside a branch or an item says once where it happened", source=ERRORS)
@pytest.mark.parametrize("kind", ["Parallel", "Map"])
def test_error_inside(cloud: RunningCloud, kind: str) -> None:
    inner = machine_of({"Inner": {"Type": "Pass", "Output": "{% $gone %}", "End": True}})
    fields = {"Branches": [inner]} if kind == "Parallel" else {"Items": [1], "ItemProcessor": inner}
    outcome = run(cloud, jsonata({"Outer": {"Type": kind, **fields, "End": True}}))
    assert outcome.error == "States.QueryEvaluationError"
    cause = str(outcome.cause)
    assert cause.startswith("An error occurred while executing the state 'Inner' (entered at the event id #")
    assert cause.count("An error occurred") == 1


@pytest.mark.contract("Items that run at the same time evaluate their expressions apart", source=TRANSFORMING)
def test_concurrency(cloud: RunningCloud) -> None:
    processor = machine_of(
        {
            "Keep": {"Type": "Pass", "Assign": {"twice": "{% $states.input * 2 %}"}, "Next": "Use"},
            "Use": {
                "Type": "Pass",
                "Output": "{% ($add := function($n) { $n + $twice }; $sum($map([1..3], $add))) %}",
                "End": True,
            },
        }
    )
    each = machine_of(
        {"Each": {"Type": "Map", "Items": "{% $states.input %}", "ItemProcessor": processor, "End": True}}
    )
    both = {"Type": "Parallel", "Branches": [each] * 3, "End": True}
    outcome = run(cloud, jsonata({"Both": both}), list(range(100)))
    assert outcome.output == [[6 * number + 6 for number in range(100)]] * 3


@pytest.mark.contract("A syntax error in an expression is refused when the state machine is made", source=TRANSFORMING)
def test_syntax_is_checked(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.machine(only(Output="{% $sum( %}"))
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    assert "/States/Only/Output" in refused.value.response["Error"]["Message"]


# Variables


@pytest.mark.contract("Assign sets variables for the states after it, in both query languages", source=VARIABLES)
@pytest.mark.parametrize(
    "first",
    [
        pytest.param({"Assign": {"rate": "{% $states.input.rate * 2 %}", "fixed": [1, "x"]}}, id="JSONata"),
        pytest.param(
            {"QueryLanguage": "JSONPath", "Assign": {"rate.$": "States.MathAdd($.rate, 8)", "fixed": [1, "x"]}},
            id="JSONPath",
        ),
    ],
)
def test_assign(cloud: RunningCloud, first: dict[str, Any]) -> None:
    if first.get("QueryLanguage") == "JSONPath":
        last: dict[str, Any] = {"Parameters": {"rate.$": "$rate", "last.$": "$fixed[1]"}}
    else:
        last = {"QueryLanguage": "JSONata", "Output": {"rate": "{% $rate %}", "last": "{% $fixed[1] %}"}}
    states = {
        "First": {"Type": "Pass", "QueryLanguage": "JSONata", **first, "Next": "Last"},
        "Last": {"Type": "Pass", **last, "End": True},
    }
    assert run(cloud, machine_of(states), {"rate": 8}).output == {"rate": 16, "last": "x"}


@pytest.mark.contract("What a state assigns is not seen in the same state", source=VARIABLES)
def test_assign_takes_effect_afterwards(cloud: RunningCloud) -> None:
    states = {
        "First": {"Type": "Pass", "Assign": {"count": 1, "other": 2}, "Next": "Swap"},
        "Swap": {
            "Type": "Pass",
            "Assign": {"count": "{% $other %}", "other": "{% $count %}"},
            "Output": {"during": "{% $count %}"},
            "Next": "Last",
        },
        "Last": {
            "Type": "Pass",
            "Output": "{% $merge([$states.input, {'count': $count, 'other': $other}]) %}",
            "End": True,
        },
    }
    assert run(cloud, jsonata(states)).output == {"during": 1, "count": 2, "other": 1}


@pytest.mark.contract("A JSONPath state sees the old value in OutputPath", source=VARIABLES)
def test_assign_order_in_jsonpath(cloud: RunningCloud) -> None:
    states = {
        "First": {"Type": "Pass", "Assign": {"answer": 42}, "Next": "Second"},
        "Second": {
            "Type": "Pass",
            "InputPath": "$answer",
            "OutputPath": "$answer",
            "Assign": {"answer": 0},
            "End": True,
        },
    }
    assert run(cloud, machine_of(states)).output == 42


@pytest.mark.contract("Choice rules, the default, Catch and Wait assign as well", source=VARIABLES)
@pytest.mark.parametrize(("rate", "expected"), [(9, "high"), (1, "low")])
def test_assign_in_choice(cloud: RunningCloud, rate: int, expected: str) -> None:
    states = {
        "Which": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $states.input.rate > 5 %}",
                    "Assign": {"level": "high"},
                    "Output": {"was": "{% $states.input.rate %}"},
                    "Next": "Last",
                }
            ],
            "Assign": {"level": "low"},
            "Output": {"was": 0},
            "Default": "Last",
        },
        "Last": {"Type": "Pass", "Output": ["{% $level %}", "{% $states.input.was %}"], "End": True},
    }
    assert run(cloud, jsonata(states), {"rate": rate}).output == [expected, 9 if rate == 9 else 0]


@pytest.mark.contract("Branches see the variables outside, and their own are gone with them", source=VARIABLES)
def test_scope_of_branches(cloud: RunningCloud) -> None:
    branch = jsonata(
        {
            "Inner": {"Type": "Pass", "Assign": {"inner": "{% $outer & '!' %}"}, "Next": "Show"},
            "Show": {"Type": "Pass", "Output": "{% $inner %}", "End": True},
        }
    )
    branch.pop("QueryLanguage")
    states = {
        "Before": {"Type": "Pass", "Assign": {"outer": "o"}, "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Branches": [branch, branch],
            "Assign": {"shown": "{% $states.result %}"},
            "Next": "After",
        },
        "After": {
            "Type": "Pass",
            "Output": {"shown": "{% $shown %}", "gone": "{% $exists($inner) %}"},
            "End": True,
        },
    }
    assert run(cloud, jsonata(states)).output == {"shown": ["o!", "o!"], "gone": False}


@pytest.mark.contract("Items of a Map have variables of their own", source=VARIABLES)
def test_scope_of_items(cloud: RunningCloud) -> None:
    processor = {
        "StartAt": "Mine",
        "States": {
            "Mine": {"Type": "Pass", "Assign": {"mine": "{% $states.input.n * $factor %}"}, "Next": "Show"},
            "Show": {
                "Type": "Pass",
                "Output": "{% [$states.context.Map.Item.Index, $mine] %}",
                "End": True,
            },
        },
    }
    states = {
        "Before": {"Type": "Pass", "Assign": {"factor": 10}, "Next": "Each"},
        "Each": {
            "Type": "Map",
            "Items": "{% $states.input.list %}",
            "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
            "ItemProcessor": processor,
            "MaxConcurrency": "{% 2 %}",
            "End": True,
        },
    }
    assert run(cloud, jsonata(states), {"list": [1, 2, 3, 4]}).output == [[0, 10], [1, 20], [2, 30], [3, 40]]


@pytest.mark.contract("StateExited says which variables were assigned", source=VARIABLES)
def test_assigned_variables_are_in_the_history(cloud: RunningCloud) -> None:
    assign = {"text": "a", "number": 1, "object": {"b": None}}
    _, history = run_standard(cloud, only(Assign=assign))
    [exited] = [event["stateExitedEventDetails"] for event in history if "stateExitedEventDetails" in event]
    assert {name: json.loads(text) for name, text in exited["assignedVariables"].items()} == assign
    assert exited["assignedVariablesDetails"] == {"truncated": False}


@pytest.mark.contract("$states has input, context and, where there is one, result", source=TRANSFORMING)
def test_states_object(cloud: RunningCloud) -> None:
    output = {
        "state": "{% $states.context.State.Name %}",
        "input": "{% $states.context.Execution.Input %}",
        "machine": "{% $states.context.StateMachine.Name %}",
        "result": "{% $exists($states.result) %}",
    }
    got = run(cloud, jsonata({"Look": {"Type": "Wait", "Seconds": 0, "Output": output, "End": True}}), {"a": 1}).output
    assert (got["state"], got["input"], got["result"]) == ("Look", {"a": 1}, False)
    assert got["machine"].startswith("asl-")


@pytest.mark.contract("A Task's Arguments, result and time limit are expressions", source=TRANSFORMING)
def test_task(cloud: RunningCloud) -> None:
    function = cloud.function("def handler(event, context):\n    return {'twice': event['rate'] * 2}")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": {"rate": "{% $states.input.rate %}"}},
        "TimeoutSeconds": "{% $states.input.limit %}",
        "Assign": {"status": "{% $states.result.StatusCode %}"},
        "Output": "{% $states.result.Payload %}",
        "Next": "Last",
    }
    last = {"Type": "Pass", "Output": {"twice": "{% $states.input.twice %}", "status": "{% $status %}"}, "End": True}
    outcome = run(cloud, jsonata({"Only": task, "Last": last}), {"rate": 21, "limit": 30})
    assert outcome.output == {"twice": 42, "status": 200}


@pytest.mark.contract("Succeed has an Output, Fail's Error and Cause are expressions", source=TRANSFORMING)
def test_succeed_and_fail(cloud: RunningCloud) -> None:
    assert run(cloud, jsonata({"Done": {"Type": "Succeed", "Output": "{% 1 + 1 %}"}})).output == 2
    fail = {"Type": "Fail", "Error": "{% 'E' & 'rror' %}", "Cause": "{% $string($states.input) %}"}
    outcome = run(cloud, jsonata({"Stop": fail}), {"a": 1})
    assert (outcome.error, outcome.cause) == ("Error", '{"a":1}')


@pytest.mark.contract("JSONata and JSONPath states hand their data to each other", source=TRANSFORMING)
def test_mixed_languages(cloud: RunningCloud) -> None:
    states = {
        "Path": {"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.a, 1)"}, "Next": "Nata"},
        "Nata": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": {"sum": "{% $states.input.sum + 1 %}"},
            "Next": "Last",
        },
        "Last": {"Type": "Pass", "InputPath": "$.sum", "End": True},
    }
    assert run(cloud, machine_of(states), {"a": 1}).output == 3
