"""A plan that takes a flow away is refused unless that flow is allowed by name. Plans as provider 5.100 writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headend.plan_report import Report
from headend.replacement_guard import ReplacementRefusedError, lost_flows, require_allowed

ADDRESS = 'module.flow["studio-a"].aws_cloudcontrolapi_resource.flow'
SCHEMA = json.dumps(
    {"createOnlyProperties": ["/properties/Name", "/properties/AvailabilityZone", "/properties/Source/Name"]}
)


def side(kind: str = "AWS::MediaConnect::Flow", **state: Any) -> dict[str, Any]:
    state = {"Name": "live-studio-a", "Source": {"Name": "primary", "IngestPort": 5000}, **state}
    return {"type_name": kind, "desired_state": json.dumps(state), "schema": SCHEMA, "role_arn": None}


def plan(actions: list[str], after: dict[str, Any] | None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    change = {"actions": actions, "before": side(), "after": after, "after_unknown": {"id": True}, **more}
    return {"resource_changes": [{"address": ADDRESS, "action_reason": reason, "change": change}]}


def replaced(**state: Any) -> dict[str, Any]:
    return plan(["delete", "create"], side(**state), "replace_because_cannot_update", replace_paths=[["desired_state"]])


def refusal(contents: dict[str, Any], *allowed: str) -> str | None:
    try:
        require_allowed(contents, Report([], []), allowed)
    except ReplacementRefusedError as error:
        return str(error)
    return None


def test_a_replaced_flow_is_refused_with_its_name_what_forces_it_and_the_remedy() -> None:
    assert refusal(replaced(Name="live-studio-b")) == (
        'flow live-studio-a would be replaced: Name ("live-studio-a" → "live-studio-b") cannot be changed in place; '
        "its ARN and its ingest address change, and every contribution encoder has to be told; take the change back, "
        f"or allow it with --allow-replace live-studio-a ({ADDRESS})"
    )


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"Source": {"Name": "second", "IngestPort": 5001}}, 'Source.Name ("primary" → "second")'),
        ({"AvailabilityZone": "eu-west-1a"}, 'AvailabilityZone (none → "eu-west-1a")'),
    ],
)
def test_each_property_that_forces_it_is_named_and_no_other(state: dict[str, Any], named: str) -> None:
    assert [flow.reason for flow in lost_flows(replaced(**state))] == [f"{named} cannot be changed in place"]


def test_a_flow_that_is_made_first_and_destroyed_then_is_replaced_too() -> None:
    contents = plan(["create", "delete"], side(Name="x"), "replace_because_cannot_update")
    assert [flow.replaced for flow in lost_flows(contents)] == [True]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("replace_because_tainted", "its creation failed half-way last time"),
        ("replace_by_request", "asked for with -replace"),
        ("replace_by_triggers", "something that it is tied to changes"),
    ],
)
def test_a_replacement_without_a_changed_property_says_why(reason: str, said: str) -> None:
    assert said in str(refusal(plan(["delete", "create"], side(), reason)))


def test_a_replacement_whose_new_state_is_not_known_yet_names_the_attribute() -> None:
    after = {"type_name": "AWS::MediaConnect::Flow", "role_arn": None}
    contents = plan(["delete", "create"], after, "replace_because_cannot_update", replace_paths=[["desired_state"]])
    assert "desired_state cannot be changed in place" in str(refusal(contents))


def test_a_flow_that_leaves_the_configuration_is_refused() -> None:
    said = str(refusal(plan(["delete"], None, "delete_because_each_key")))
    assert "flow live-studio-a would be destroyed: it is no longer in the configuration" in said
    assert "are lost" in said


@pytest.mark.parametrize("actions", [["no-op"], ["update"], ["read"], ["forget"]])
def test_a_flow_that_stays_is_not_refused(actions: list[str]) -> None:
    assert refusal(plan(actions, side(Name="x"))) is None


def test_a_new_flow_is_not_refused() -> None:
    assert refusal(plan(["create"], side(), before=None)) is None


def test_an_output_may_be_replaced() -> None:
    contents = replaced(Name="x")
    contents["resource_changes"][0]["change"]["before"] = side("AWS::MediaConnect::FlowOutput")
    assert refusal(contents) is None


@pytest.mark.parametrize("allowed", ["live-studio-a", ADDRESS])
def test_a_flow_is_allowed_by_its_name_or_its_address(allowed: str) -> None:
    assert refusal(replaced(Name="x"), "another", allowed) is None


def test_each_flow_is_allowed_for_itself() -> None:
    contents = replaced(Name="x")
    other = plan(["delete"], None, before=side(Name="live-studio-b"))
    contents["resource_changes"] += other["resource_changes"]
    said = str(refusal(contents, "live-studio-a"))
    assert said.startswith("flow live-studio-b would be destroyed")
    assert len(said.splitlines()) == 1
    assert len(str(refusal(contents)).splitlines()) == 2


def test_a_near_name_allows_nothing() -> None:
    assert refusal(replaced(Name="x"), "studio-a", "live-studio") is not None
