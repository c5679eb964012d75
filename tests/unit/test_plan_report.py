"""What a plan changes, why, and what that costs."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from headend.plan_report import report, show


def change(actions: list[str], **parts: Any) -> dict[str, Any]:
    outer = {key: parts.pop(key) for key in ("address", "type", "action_reason") if key in parts}
    defaults = {"before": None, "after": None, "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}}
    return {
        "address": "aws_sns_topic.this",
        "type": "aws_sns_topic",
        **outer,
        "change": {"actions": actions, **defaults, **parts},
    }


def printed(plan: dict[str, Any], *, colour: bool = False) -> str:
    stream = io.StringIO()
    show(report(plan), Console(file=stream, force_terminal=colour, color_system="standard", width=400, highlight=False))
    return stream.getvalue()


FLOW = change(
    ["delete", "create"],
    address="module.flow.aws_cloudcontrolapi_resource.flow",
    type="aws_cloudcontrolapi_resource",
    action_reason="replace_because_cannot_update",
    before={"type_name": "AWS::MediaConnect::Flow", "desired_state": json.dumps({"Name": "a", "Source": {"Port": 5}})},
    after={"type_name": "AWS::MediaConnect::Flow", "desired_state": json.dumps({"Name": "b", "Source": {"Port": 5}})},
    replace_paths=[["desired_state"]],
)


def test_a_replaced_flow_says_that_its_arn_and_ingest_address_change() -> None:
    found = report({"resource_changes": [FLOW]}).changes[0]
    assert found.action == "replace"
    assert found.reason == "AWS cannot change this in place: desired_state"
    assert found.cost is not None
    assert "new ARN and a new ingest address" in found.cost


def test_a_change_inside_a_cloud_control_document_is_named_by_its_field() -> None:
    attributes = report({"resource_changes": [FLOW]}).changes[0].attributes
    assert [(item.path, item.before, item.after) for item in attributes] == [("desired_state.Name", '"a"', '"b"')]
    assert attributes[0].forces_replacement


def test_replacements_are_red_and_come_first() -> None:
    text = printed({"resource_changes": [change(["create"], address="aws_sns_topic.other"), FLOW]}, colour=True)
    assert text.index("replace") < text.index("create")
    assert "\x1b[1;31m± replace module.flow" in text


@pytest.mark.parametrize(
    ("actions", "word"),
    [
        (["create"], "create"),
        (["update"], "update"),
        (["delete"], "delete"),
        (["create", "delete"], "replace"),
        (["forget"], "forget"),
    ],
)
def test_every_action_is_counted(actions: list[str], word: str) -> None:
    found = report({"resource_changes": [change(actions)]})
    assert found.counts == {word: 1}
    assert found.summary == f"1 to {word}"


def test_reads_and_resources_that_stay_are_not_changes() -> None:
    found = report({"resource_changes": [change(["no-op"]), change(["read"])]})
    assert found.changes == []
    assert found.summary == "No changes"


def test_a_deletion_says_why() -> None:
    plan = {"resource_changes": [change(["delete"], action_reason="delete_because_each_key")]}
    assert "because its key is no longer in the map" in printed(plan)


def test_only_what_somebody_changed_and_the_plan_acts_on_is_called_drift() -> None:
    filled_in = change(["update"], address="a.filled", before={"tags": None}, after={"tags": {}})
    changed = change(["update"], address="a.changed", before={"name": "x"}, after={"name": "y"})
    elsewhere = change(["update"], address="a.elsewhere", before={"name": "x"}, after={"name": "y"})
    acts = [change(["update"], address=name) for name in ("a.filled", "a.changed")]
    plan = {"resource_changes": acts, "resource_drift": [filled_in, changed, elsewhere]}
    assert report(plan).drift == ["a.changed"]


def test_the_json_is_for_programs() -> None:
    found = json.loads(report({"resource_changes": [FLOW]}).as_json())
    assert found["summary"] == {"replace": 1}
    assert found["changes"][0]["attributes"][0]["path"] == "desired_state.Name"


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(_values, _values)
def test_no_plan_makes_a_sensitive_value_readable(before: object, after: object) -> None:
    secret = "correct horse battery staple"
    plan = {
        "resource_changes": [
            change(
                ["update"],
                before={"password": secret, "other": before},
                after={"password": secret + "!", "other": after},
                before_sensitive={"password": True},
                after_sensitive={"password": True},
            )
        ]
    }
    assert secret not in printed(plan)
    assert secret not in report(plan).as_json()
    password = next(item for item in report(plan).changes[0].attributes if item.path == "password")
    assert (password.before, password.after) == ("(sensitive)", "(sensitive)")
