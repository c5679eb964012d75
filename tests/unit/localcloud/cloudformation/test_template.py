"""Templates as text: what is read from them, in which order resources come, what functions give."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.cloudformation.properties import faults, fitted, replaces
from headend.localcloud.cloudformation.stack_errors import StackError
from headend.localcloud.cloudformation.template import NO_VALUE, Resolver, Template

KIND = "AWS::MediaLive::InputSecurityGroup"
SCHEMA: dict[str, Any] = {
    "properties": {
        "Count": {"type": "integer"},
        "Flag": {"type": "boolean"},
        "Items": {"type": "array", "items": {"$ref": "#/definitions/Item"}},
        "Name": {"type": "string"},
        "Ratio": {"type": "number"},
        "State": {"type": "string"},
    },
    "definitions": {
        "Item": {"type": "object", "properties": {"Size": {"type": "integer"}, "Text": {"type": "string"}}}
    },
    "additionalProperties": False,
    "createOnlyProperties": ["/properties/Name", "/properties/Items/*/Size"],
    "readOnlyProperties": ["/properties/State"],
}


def template(resources: dict[str, Any], **sections: Any) -> Template:
    return Template(json.dumps({"Resources": resources, **sections}))


def resource(*on: str, **properties: Any) -> dict[str, Any]:
    return {"Type": KIND, "Properties": properties, **({"DependsOn": list(on)} if on else {})}


def resolve(value: Any, **values: str) -> Any:
    made = template({"A": resource()}, Parameters={name: {"Type": "String"} for name in values})
    return Resolver(
        made, values, {"AWS::Region": "r"}, lambda name: f"ref-{name}", lambda name, at: f"{name}.{at}"
    ).resolve(value)


def test_yaml_with_short_functions_is_read_like_json() -> None:
    properties = "{Tags: {Name: !Sub '${A.Arn}'}}"
    body = f"Resources:\n  A: {{Type: '{KIND}'}}\n  B: {{Type: '{KIND}', Properties: {properties}}}\n"
    assert Template(body).order == ["A", "B"]


@given(st.permutations(["A", "B", "C", "D"]))
def test_resources_come_after_those_to_which_they_refer(names: list[str]) -> None:
    """Each refers to the next one by another means, in whatever order they are written."""
    refers = {
        "A": resource("B"),
        "B": resource(Tags={"x": {"Ref": "C"}}),
        "C": resource(Tags={"x": {"Fn::Join": ["", [{"Fn::GetAtt": "D.Arn"}]]}}),
        "D": resource(),
    }
    assert template({name: refers[name] for name in names}).order == ["D", "C", "B", "A"]


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"Ref": "P"}, "given"),
        ({"Ref": "A"}, "ref-A"),
        ({"Ref": "AWS::Region"}, "r"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "A.Arn"),
        ({"Fn::GetAtt": "A.Deep.Name"}, "A.Deep.Name"),
        ({"Fn::Sub": "${P}/${A}/${A.Arn}/${!P}"}, "given/ref-A/A.Arn/${P}"),
        ({"Fn::Join": ["-", ["a", {"Ref": "P"}, 1]]}, "a-given-1"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Split": ["e", {"Ref": "P"}]}, ["giv", "n"]),
        ({"Fn::ToJsonString": {"a": [1, {"Ref": "P"}]}}, '{"a":[1,"given"]}'),
        ({"Fn::Equals": [{"Ref": "P"}, "given"]}, True),
        ({"Fn::Not": [{"Fn::Or": [{"Fn::Equals": [1, "1"]}, {"Fn::Equals": [1, 2]}]}]}, False),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ({"Ref": "AWS::NoValue"}, NO_VALUE),
    ],
)
def test_functions(value: Any, result: Any) -> None:
    assert resolve(value, P="given") == result


def test_a_function_that_is_not_there_is_named() -> None:
    with pytest.raises(NotImplementedError, match="Fn::Cidr"):
        resolve({"Fn::Cidr": ["10.0.0.0/8", 1, 1]})
    with pytest.raises(StackError, match="index 5"):
        resolve({"Fn::Select": [5, ["a"]]})


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [
        ({"Type": "Number", "MaxValue": 5}, "6", "range"),
        ({"Type": "Number"}, "many", "number"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A", "pattern"),
        ({"Type": "String", "AllowedValues": ["a"]}, "b", "AllowedValues"),
        ({"Type": "String", "MinLength": 2}, "a", "at least 2"),
    ],
)
def test_parameters_are_checked(parameter: dict[str, Any], value: str, says: str) -> None:
    with pytest.raises(StackError, match=says):
        template({"A": resource()}, Parameters={"P": parameter}).values({"P": value}, {}, frozenset())


def test_properties_become_what_the_schema_asks_for() -> None:
    wanted = {"Count": "5", "Flag": "true", "Ratio": "2.5", "Name": 7, "Items": [{"Size": "1", "Text": True}]}
    assert fitted(SCHEMA, wanted) == {
        "Count": 5,
        "Flag": True,
        "Ratio": 2.5,
        "Name": "7",
        "Items": [{"Size": 1, "Text": "true"}],
    }
    assert fitted(SCHEMA, {"Count": "many"}) == {"Count": "many"}, "what does not fit is left for the validation"


def test_properties_are_validated() -> None:
    assert faults(SCHEMA, {"Name": "a"}) == ""
    assert "expected type: Integer" in faults(SCHEMA, {"Count": "many"})
    assert "extraneous key [Other] is not permitted" in faults(SCHEMA, {"Other": 1})
    assert "[State]" in faults(SCHEMA, {"State": "IDLE"})


@given(st.dictionaries(st.sampled_from(["Count", "Flag", "Name"]), st.integers(0, 1)), st.integers(0, 1))
def test_only_a_create_only_change_replaces(before: dict[str, Any], name: int) -> None:
    after = {**before, "Name": name, "Count": 9}
    assert replaces(SCHEMA, before, after) == (before.get("Name") != name)
