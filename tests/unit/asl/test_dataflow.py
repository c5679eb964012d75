"""What lint says of the data that comes to each state: paths and variables without a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from headend.asl import model
from headend.asl.flow import analysis, reading, shapes
from headend.asl.lint.finding import Finding
from headend.asl.lint.rules import dataflow
from headend.localcloud.stepfunctions import asl_path_syntax

DESCRIBE = "arn:aws:states:::aws-sdk:mediaconnect:describeFlow"


def found(text: str) -> list[Finding]:
    """The family's findings on a definition in YAML."""
    return sorted(dataflow.check(model.parse(text, Path("definition.yaml"))), key=lambda one: one.order)


def codes(text: str) -> list[tuple[str, str | None]]:
    """The same as (code without its family, state)."""
    return [(one.code.removeprefix("dataflow-"), one.state) for one in found(text)]


def states(*, language: str = "JSONPath", **written: Any) -> str:
    """A definition of states in their order, as YAML."""
    return yaml.safe_dump(
        {"QueryLanguage": language, "StartAt": next(iter(written)), "States": written}, sort_keys=False
    )


def to(following: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **fields, "Next": following}


def last(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **fields, "End": True}


def test_any_path_may_lead_into_the_input_of_an_execution() -> None:
    assert codes(states(A=last(Parameters={"x.$": "$.any[3].path", "y.$": "$$.Execution.Input.z"}))) == []


def test_what_lint_cannot_know_is_not_found() -> None:
    task = {"Type": "Task", "Resource": "${function}", "ResultSelector": {"r.$": "$.any"}, "Next": "B"}
    assert codes(states(A=task, B=last(Parameters={"x.$": "$.r.any[0].thing"}))) == []
    assert codes(states(A=to("B", Result={"a": "${x}"}), B=last(Parameters={"x.$": "$.a.b"}))) == []
    assert codes(states(A=to("B", Result={"${x}": 1}), B=last(Parameters={"x.$": "$.b"}))) == []
    assert codes(states(A=to("B", Result={"a": 1}), B=last(Parameters={"x.$": "$.${x}"}))) == []


@pytest.mark.parametrize("path", ["$.a.b.c", "$.a.b[0]", "$.a.list[2]", "$['a']['x']", "$.a.text.length"])
def test_a_path_that_a_constant_lacks_is_found(path: str) -> None:
    written = states(A=to("B", Result={"a": {"b": {}, "list": [1, 2], "text": "t"}}), B=last(Parameters={"x.$": path}))
    assert [state for _, state in codes(written)] == ["B"]


@pytest.mark.parametrize(
    "path",
    ["$", "$.a", "$.a.b", "$.a.list[1]", "$.a.list[-1]", "$.a.list[*]", "$..b", "$.a.list.length()", "$.a['text']"],
)
def test_a_path_that_a_constant_has_is_not_found(path: str) -> None:
    written = states(A=to("B", Result={"a": {"b": {}, "list": [1, 2], "text": "t"}}), B=last(Parameters={"x.$": path}))
    assert codes(written) == []


def test_result_path_keeps_the_input_and_adds_to_it() -> None:
    first = to("B", Result={"x": 1}, ResultPath="$.deep.result")
    assert codes(states(A=first, B=last(Parameters={"x.$": "$.deep.result.x", "old.$": "$.deep.old"}))) == []
    assert codes(states(A=first, B=last(Parameters={"x.$": "$.deep.result.y"}))) == [("path-missing", "B")]


def test_input_path_and_output_path_select() -> None:
    begin = to("B", Result={"in": {"x": 1}, "other": 2})
    assert codes(states(A=begin, B=last(InputPath="$.in", Parameters={"x.$": "$.x"}))) == []
    assert codes(states(A=begin, B=last(InputPath="$.in", Parameters={"x.$": "$.other"}))) == [("path-missing", "B")]
    assert codes(states(A=begin, B=to("C", OutputPath="$.in"), C=last(InputPath="$.x"))) == []
    assert [c for c, _ in codes(states(A=begin, B=to("C", OutputPath="$.in"), C=last(InputPath="$.other")))] == [
        "result-dropped"
    ]
    assert codes(states(A=begin, B=last(InputPath=None, Parameters={"x.$": "$.other"}))) == [("path-missing", "B")]


def test_the_paths_in_intrinsic_functions_are_read() -> None:
    text = states(A=to("B", Result={"a": 1}), B=last(Parameters={"x.$": "States.Format('{}-{}', $.a, $.c)"}))
    assert codes(text) == [("result-dropped", "B")]


def test_intrinsic_functions_give_shapes() -> None:
    made = to("B", Parameters={"list.$": "States.Array($.p, $.q)", "text.$": "States.UUID()"})
    assert codes(states(A=made, B=last(Parameters={"x.$": "$.list[1]"}))) == []
    assert codes(states(A=made, B=last(Parameters={"x.$": "$.list[2]"}))) == [("path-missing", "B")]
    assert codes(states(A=made, B=last(Parameters={"x.$": "$.text.id"}))) == [("path-missing", "B")]


def test_one_fault_is_found_once() -> None:
    text = states(
        A=to("B", Result={"a": {}}),
        B=to("C", Parameters={"x.$": "$.a.b", "y.$": "$.a.b.c"}, ResultPath="$.first"),
        C=last(Parameters={"z.$": "$.a.b"}),
    )
    assert codes(text) == [("path-missing", "B")]


def test_two_faults_one_after_the_other_are_both_found() -> None:
    text = states(
        A=to("B", Result={"a": {}}),
        B=to("C", Parameters={"x.$": "$.a.b"}, ResultPath="$.first"),
        C=last(Parameters={"z.$": "$.a.c"}),
    )
    assert codes(text) == [("path-missing", "B"), ("path-missing", "C")]


# Services


def task(parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": DESCRIBE, "Parameters": parameters, **fields}


def test_the_names_in_a_service_s_answer_are_known() -> None:
    ask = task({"FlowArn.$": "$.arn"}, Next="B")
    assert codes(states(A=ask, B=last(Parameters={"x.$": "$.Flow.Sources[0].IngestIp"}))) == []
    assert codes(states(A=ask, B=last(Parameters={"x.$": "$.Flow.Arn"}))) == [("service-field", "B")]
    assert codes(states(A=ask, B=last(Parameters={"x.$": "$.flow.FlowArn"}))) == [("service-field", "B")]
    assert codes(states(A=ask, B=last(Parameters={"x.$": "$.arn"}))) == [("result-dropped", "B")]


def test_result_selector_reads_the_answer() -> None:
    wrong = task({"FlowArn.$": "$.arn"}, ResultSelector={"s.$": "$.Flow.State"}, End=True)
    (one,) = found(states(A=wrong))
    assert one.code == "dataflow-service-field"
    right = task({"FlowArn.$": "$.arn"}, ResultSelector={"s.$": "$.Flow.Status"}, Next="B")
    assert codes(states(A=right, B=last(InputPath="$.s"))) == []
    assert codes(states(A=right, B=last(InputPath="$.Flow"))) == [("result-dropped", "B")]


def test_a_result_is_read_where_result_path_has_put_it() -> None:
    def read(path: str, **fields: Any) -> list[tuple[str, str | None]]:
        return codes(states(A=task({"FlowArn.$": "$.arn"}, **fields, Next="B"), B=last(Parameters={"x.$": path})))

    assert read("$.Flow.Name", ResultPath="$.d") == [("result-elsewhere", "B")]
    assert read("$.Flow.Name", ResultPath=None) == [("result-elsewhere", "B")]
    assert read("$.d.Flow.Name", ResultPath="$.d") == []
    assert read("$.Flow.Name", ResultPath="$.d", InputPath="$.Flow") == []


def test_an_item_of_a_table_has_any_names_and_typed_values() -> None:
    get = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": {"TableName": "t"},
        "Next": "B",
    }
    assert codes(states(A=get, B=last(Parameters={"x.$": "$.Item.anything.S", "y.$": "$.Item.deep.M.x.N"}))) == []
    assert codes(states(A=get, B=last(Parameters={"x.$": "$.Item.anything.s"}))) == [("service-field", "B")]


def test_the_envelope_of_a_function_is_known_and_its_payload_is_not() -> None:
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f", "Payload.$": "$"},
        "Next": "B",
    }
    assert codes(states(A=invoke, B=last(Parameters={"x.$": "$.Payload.body.id"}))) == []
    assert [code for code, _ in codes(states(A=invoke, B=last(Parameters={"x.$": "$.body"})))] == ["result-dropped"]


def test_a_token_s_owner_decides_what_a_task_gets() -> None:
    text = states(
        A={
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}},
            "Next": "B",
        },
        B=last(InputPath="$.approved"),
    )
    assert codes(text) == []


# Parallel, Map, Catch


def branch(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "X", "States": {"X": last(**fields)}}


def test_branches_give_a_list_in_their_order() -> None:
    other = json.loads(json.dumps(branch(Result={"b": 1})).replace("X", "Y"))
    both = {"Type": "Parallel", "Branches": [branch(Result={"a": 1}), other], "Next": "B"}
    assert codes(states(A=both, B=last(Parameters={"x.$": "$[0].a", "y.$": "$[1].b", "all.$": "$[*].a"}))) == []
    assert codes(states(A=both, B=last(Parameters={"x.$": "$[0].b"}))) == [("path-missing", "B")]
    assert codes(states(A=both, B=last(Parameters={"x.$": "$[2].b"}))) == [("path-missing", "B")]
    assert codes(states(A=both, B=last(Parameters={"x.$": "$.a"}))) == [("array-as-object", "B")]


def test_items_come_from_items_path_and_item_selector() -> None:
    def each(**fields: Any) -> dict[str, Any]:
        return {"Type": "Map", **fields, "End": True}

    begin = to("B", Result={"list": [{"id": 1}, {"id": 2}], "k": 1})
    inner = {"ItemProcessor": branch(Parameters={"i.$": "$.id"})}
    assert codes(states(A=begin, B=each(ItemsPath="$.list", **inner))) == []
    assert codes(states(A=begin, B=each(ItemsPath="$.lists", **inner)))[0] == ("path-missing", "B")
    assert codes(states(A=begin, B=each(ItemsPath="$.k", **inner))) == [("not-an-array", "B")]
    select = {"ItemsPath": "$.list", "ItemSelector": {"item.$": "$$.Map.Item.Value", "k.$": "$.k"}}
    assert codes(states(A=begin, B=each(**select, **inner))) == [("path-missing", "X")]
    deep = {"ItemProcessor": branch(Parameters={"i.$": "$.item.id", "k.$": "$.k"})}
    assert codes(states(A=begin, B=each(**select, **deep))) == []


def test_batches_and_lists_of_objects_have_known_shapes() -> None:
    def each(path: str, **more: Any) -> str:
        inner = branch(Parameters={"i.$": path})
        inner["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
        reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b"}}
        return states(A={"Type": "Map", "ItemReader": reader, "ItemProcessor": inner, **more, "End": True})

    assert codes(each("$.Key")) == []
    assert codes(each("$.key")) == [("path-missing", "X")]
    batch = {"ItemBatcher": {"MaxItemsPerBatch": 5, "BatchInput": {"run.$": "$.run"}}}
    assert codes(each("$.Items[0].Key", **batch)) == []
    assert codes(each("$.BatchInput.run", **batch)) == []
    assert codes(each("$.Key", **batch)) == [("path-missing", "X")]


def test_a_catch_gives_error_and_cause() -> None:
    def caught(catcher: dict[str, Any], path: str) -> list[tuple[str, str | None]]:
        ask = task({"FlowArn": "a"}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C", **catcher}], Next="B")
        return codes(states(A=ask, B=last(), C=last(Parameters={"x.$": path})))

    assert caught({"ResultPath": "$.error"}, "$.error.Cause") == []
    assert caught({"ResultPath": "$.error"}, "$.error.message") == [("path-missing", "C")]
    assert caught({"ResultPath": "$.error"}, "$.arn") == []
    assert caught({}, "$.arn") == [("result-dropped", "C")]
    assert caught({}, "$.Error") == []


# Choice


def test_a_choice_finds_that_a_path_is_there_or_not() -> None:
    def chosen(a: str, b: str, choice: dict[str, Any]) -> list[tuple[str, str | None]]:
        first = {"Type": "Choice", "Choices": [{**choice, "Next": "A"}], "Default": "B"}
        return codes(states(F=first, A=last(InputPath=a), B=last(InputPath=b)))

    asked = {"Variable": "$.x", "IsPresent": True}
    assert chosen("$.x", "$.y", asked) == []
    assert chosen("$.y", "$.x", asked) == [("path-missing", "B")]
    assert chosen("$.x", "$.y", {"Not": asked}) == [("path-missing", "A")]
    assert chosen("$.x", "$.x", {"And": [asked, {"Variable": "$.x", "NumericEquals": 1}]}) == []


def test_a_choice_may_ask_before_it_compares() -> None:
    def choice(rule: dict[str, Any]) -> list[tuple[str, str | None]]:
        pick = {"Type": "Choice", "Choices": [{**rule, "Next": "D"}], "Default": "D"}
        return codes(states(A=to("C", Result={"a": 1}), C=pick, D=last()))

    compared = {"Variable": "$.b", "StringEquals": "x"}
    assert choice(compared) == [("choice-missing", "C")]
    assert choice({"And": [{"Variable": "$.b", "IsPresent": True}, compared]}) == []
    assert choice({"Or": [{"Variable": "$.b", "IsPresent": False}, compared]}) == []
    assert choice({"And": [compared, {"Variable": "$.b", "IsPresent": True}]}) == [("choice-missing", "C")]


def test_ways_that_a_choice_keeps_apart_are_not_mixed() -> None:
    pick = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.kind", "StringEquals": "a", "Next": "UseA"}],
        "Default": "UseB",
    }
    text = states(
        F={"Type": "Choice", "Choices": [{"Variable": "$.q", "BooleanEquals": True, "Next": "A"}], "Default": "B"},
        A=to("Pick", Result={"kind": "a", "x": 1}),
        B=to("Pick", Result={"kind": "b", "y": 1}),
        Pick=pick,
        UseA=last(InputPath="$.x"),
        UseB=last(InputPath="$.y"),
    )
    assert codes(text) == []
    assert [state for _, state in codes(text.replace("InputPath: $.x", "InputPath: $.y"))] == ["UseA"]


def test_the_same_condition_asked_twice_is_answered_alike() -> None:
    def asked(name: str, yes: str, no: str) -> dict[str, Any]:
        rule = {"Variable": "$$.Execution.Input.m", "StringEquals": "x", "Next": yes}
        return {"Type": "Choice", "Choices": [{**rule, "Variable": "$.m"}], "Default": no}

    text = states(
        C1=asked("C1", "Set", "C2"),
        Set=to("C2", Assign={"v": 1}),
        C2=asked("C2", "Use", "End"),
        Use=last(Parameters={"v.$": "$v"}),
        End=last(),
    )
    assert codes(text) == []


def test_a_loop_ends() -> None:
    text = states(
        A=to("B", Parameters={"before.$": "$", "n.$": "States.MathAdd($.n, 1)"}),
        B={"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 9, "Next": "A"}], "Default": "C"},
        C=last(InputPath="$.before.before"),
    )
    assert codes(text) == []


# Variables


def test_a_variable_is_known_after_the_state_that_assigns_it() -> None:
    assert codes(states(A=to("B", Assign={"v": {"x": 1}}), B=last(Parameters={"y.$": "$v.x"}))) == []
    assert codes(states(A=to("B", Assign={"v": {"x": 1}}), B=last(Parameters={"y.$": "$v.z"}))) == [
        ("path-missing", "B")
    ]
    assert codes(states(A=last(Parameters={"y.$": "$v.z"}))) == [("variable-unassigned", "A")]


def test_branches_and_items_read_the_variables_around_them() -> None:
    inner = branch(Parameters={"y.$": "$v"})
    parallel = {"Type": "Parallel", "Branches": [inner], "End": True}
    each = {"Type": "Map", "ItemsPath": "$.l", "ItemProcessor": inner, "End": True}
    assert codes(states(A=to("B", Assign={"v": 1}), B=parallel)) == []
    assert codes(states(A=to("B", Assign={"v": 1}), B=each)) == []
    inner["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert codes(states(A=to("B", Assign={"v": 1}), B=each)) == [("variable-distributed", "X")]


def test_a_catch_may_leave_a_variable_without_a_value() -> None:
    ask = task(
        {"FlowArn": "a"},
        Assign={"flow.$": "$.Flow"},
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}],
        Next="B",
    )
    assert codes(states(A=ask, B=last(Parameters={"f.$": "$flow"}))) == [("variable-some-way", "B")]
    ask["Catch"][0]["Assign"] = {"flow": None}
    assert codes(states(A=ask, B=last(Parameters={"f.$": "$flow"}))) == []


# JSONata


def jsonata(**written: Any) -> list[tuple[str, str | None]]:
    return codes(states(language="JSONata", **written))


def test_expressions_read_what_output_made() -> None:
    begin = to("B", Output={"a": {"b": "{% $states.input.x %}"}, "list": [{"id": 1}]})
    assert jsonata(A=begin, B=last(Output={"x": "{% $states.input.a.b.c %}", "y": "{% $states.input.list.id %}"})) == []
    assert jsonata(A=begin, B=last(Output="{% $states.input.a.c %}")) == [("path-missing", "B")]
    assert jsonata(A=begin, B=last(Output="{% $states.input.a.c & 'x' %}")) == [("path-empty", "B")]
    assert jsonata(A=begin, B=last(Output="{% $exists($states.input.c) ? $states.input.c : 1 %}")) == []
    assert jsonata(A=begin, B=last(Output="{% $states.input.c ? $states.input.c : 1 %}")) == []


def test_an_object_that_an_expression_makes_has_known_fields() -> None:
    made = to(
        "B", Output="{% ( $n := $states.input.n; {'id': $states.input.id, 'a': {'b': 1}, 'c': $map([1], $string)} ) %}"
    )
    right = last(
        Output={"x": "{% $states.input.id.any %}", "y": "{% $states.input.a.b %}", "z": "{% $states.input.c.d %}"}
    )
    assert jsonata(A=made, B=right) == []
    assert [state for _, state in jsonata(A=made, B=last(Output="{% $states.input.ids %}"))] == ["B"]
    assert jsonata(A=made, B=last(Output="{% $states.input.a.c %}")) == [("path-missing", "B")]
    for text in (
        "{'a': 1}.a",
        "$merge([{'a': 1}, $x])",
        "$states.input{$k: 1}",
        "{$states.input.k: 1}",
        "$b ? {'a': 1} : 2",
    ):
        other = to("B", Output=f"{{% {text} %}}", Assign={"x": 1})
        assert ("path-missing", "B") not in jsonata(A=other, B=last(Output="{% $states.input.other %}"))


def test_a_result_is_read_in_assign_and_output() -> None:
    ask = {"Type": "Task", "Resource": DESCRIBE, "Arguments": {"FlowArn": "a"}, "Next": "B"}
    assert jsonata(A={**ask, "Assign": {"s": "{% $states.result.Flow.Status %}"}}, B=last(Output="{% $s %}")) == []
    assert jsonata(A={**ask, "Assign": {"s": "{% $states.result.Flow.State %}"}}, B=last()) == [("service-field", "A")]
    assert jsonata(A=ask, B=last(Output="{% $states.input.Flow.Name %}")) == []
    assert jsonata(A=ask, B=last(Output="{% $states.input.Name %}"))[0][1] == "B"


def test_a_condition_asks_before_it_reads() -> None:
    def chosen(condition: str) -> list[tuple[str, str | None]]:
        pick = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "Y"}], "Default": "N"}
        return jsonata(C=pick, Y=last(Output="{% $states.input.e.m %}"), N=last(Output="{% $states.input.f %}"))

    assert chosen("{% $exists($states.input.e) %}") == []
    assert chosen("{% $not($exists($states.input.e)) %}") == [("path-missing", "Y")]
    assert chosen("{% $exists($states.input.f) %}") == [("path-missing", "N")]
    assert chosen("{% $states.input.f = 'x' and $states.input.n > 3 %}") == []


def test_variables_of_jsonata_have_ways_too() -> None:
    pick = {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.n > 1 %}", "Next": "S"}], "Default": "U"}
    text = {"C": pick, "S": to("U", Assign={"v": 1})}
    assert jsonata(**text, U=last(Output="{% $v %}")) == [("variable-some-way", "U")]
    again = {"Type": "Choice", "Choices": [{"Condition": "{% $many %}", "Next": "U"}], "Default": "E"}
    both = {
        "C": {**pick, "Choices": [{**pick["Choices"][0], "Assign": {"many": True}}], "Default": "F"},
        "S": to("D", Assign={"v": 1}),
        "F": to("D", Assign={"many": False}),
        "D": again,
        "U": last(Output="{% $v %}"),
        "E": last(),
    }
    assert jsonata(**both) == []


# Shapes


def test_what_is_true_of_two_shapes_is_true_of_both() -> None:
    one, other = shapes.constant({"a": 1, "b": "x"}), shapes.constant({"a": 2})
    joined = shapes.join(one, other)
    assert isinstance(joined, shapes.Object)
    assert joined.field("a") == shapes.Field(shapes.NUMBER)
    assert joined.field("b") == shapes.Field(shapes.Scalar("string", ("x",)), sure=False)
    assert joined.field("c").shape is None
    assert shapes.join(one, shapes.UNKNOWN) == shapes.UNKNOWN
    assert shapes.join(one, one) is one


def test_nothing_is_known_of_what_is_nested_too_deeply() -> None:
    shape: shapes.Shape = shapes.EMPTY
    for _ in range(40):
        shape = shapes.record({"a": shape})
    assert shapes.shallow(shape).depth == shapes.DEEPEST
    path = asl_path_syntax.parse("$" + ".a" * 30)
    assert isinstance(reading.find(shapes.shallow(shape), path), reading.Found)


def test_a_state_is_followed_on_few_ways_however_many_there_are() -> None:
    written: dict[str, Any] = {}
    for index in range(40):
        rule = {"Variable": f"$.f{index}", "BooleanEquals": True, "Next": f"S{index}"}
        written[f"C{index}"] = {"Type": "Choice", "Choices": [rule], "Default": f"C{index + 1}"}
        written[f"S{index}"] = to(f"C{index + 1}", Result=index, ResultPath=f"$.r{index}")
    written["C40"] = last()
    text = states(**written)
    result = analysis.analyse(model.parse(text, Path("definition.yaml")))
    most = analysis.MOST + analysis.MOST_DOUBTFUL
    assert all(len(arrivals.ways) <= most for arrivals in result.arrivals.values())
    assert all(arrivals.joins <= analysis.MOST_JOINS + 1 for arrivals in result.arrivals.values())
