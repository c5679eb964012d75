"""Stacks when what makes their resources fails in ways that no service has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from headend.localcloud.cloudcontrol.cloud_control import CloudControl
from headend.localcloud.cloudcontrol.cloud_control_handler import HandlerError
from running_cloud import RunningCloud, until

KIND = "AWS::MediaLive::InputSecurityGroup"
Json = dict[str, Any]


class Shelf:
    """A handler that keeps models, and fails where it is told to."""

    def __init__(self) -> None:
        self.held: dict[str, Json] = {}
        self.fails: dict[str, Exception] = {}

    def create(self, region: str, model: Json) -> str:
        self._fail("create")
        identifier = f"{region}-{len(self.held)}"
        self.held[identifier] = model
        return identifier

    def read(self, region: str, identifier: str) -> Json:
        self._fail("read")
        return {**self.held[identifier], "Arn": f"arn:{region}:{identifier}"}

    def update(self, region: str, identifier: str, before: Json, after: Json) -> None:
        self._fail("update")
        self.held[identifier] = after

    def delete(self, region: str, identifier: str) -> None:
        self._fail("delete")
        if identifier not in self.held:
            raise HandlerError("NotFound", identifier)
        del self.held[identifier]

    def identifiers(self, region: str, model: Json) -> Iterable[str]:
        return list(self.held)

    def _fail(self, what: str) -> None:
        if what in self.fails:
            raise self.fails[what]


@pytest.fixture
def shelf(cloud: RunningCloud) -> Iterator[Shelf]:
    control = cloud.server.part(CloudControl)
    before = control.handlers[KIND]
    made = Shelf()
    control.add({KIND: made})
    yield made
    control.add({KIND: before})


def template(cidr: str = "203.0.113.0/24") -> str:
    group = {"Type": KIND, "Properties": {"WhitelistRules": [{"Cidr": cidr}]}}
    return json.dumps({"Resources": {"Group": group}, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": "Group.Arn"}}}})


def settled(cloud: RunningCloud, name: str) -> Json:
    """The stack once nothing is being done with it."""

    def look() -> Json | None:
        found: Json = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    return until(look)


def create(cloud: RunningCloud, name: str, **settings: Any) -> tuple[str, str]:
    """Make a stack: its id, and its state."""
    made = cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=template(), **settings)
    return made["StackId"], settled(cloud, made["StackId"])["StackStatus"]


def test_an_error_of_the_local_cloud_itself_leaves_no_stack_in_between(cloud: RunningCloud, shelf: Shelf) -> None:
    shelf.fails["create"] = RuntimeError("out of paper")
    identifier, status = create(cloud, "broken")
    assert status == "CREATE_FAILED"
    assert "out of paper" in settled(cloud, identifier)["StackStatusReason"]
    assert "out of paper" in cloud.timeline("error")[-1]["summary"]


def test_what_cannot_be_deleted_keeps_the_stack_until_it_can(cloud: RunningCloud, shelf: Shelf) -> None:
    api = cloud.client("cloudformation")
    identifier, status = create(cloud, "sticky")
    assert status == "CREATE_COMPLETE"
    shelf.fails["delete"] = HandlerError("ResourceConflict", "still in use")
    api.delete_stack(StackName="sticky")
    assert settled(cloud, identifier)["StackStatus"] == "DELETE_FAILED"
    shelf.fails.clear()
    api.delete_stack(StackName="sticky")
    assert settled(cloud, identifier)["StackStatus"] == "DELETE_COMPLETE"
    assert shelf.held == {}


def test_what_is_gone_already_counts_as_deleted(cloud: RunningCloud, shelf: Shelf) -> None:
    identifier, _ = create(cloud, "gone")
    shelf.held.clear()
    cloud.client("cloudformation").delete_stack(StackName="gone")
    assert settled(cloud, identifier)["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_creation_may_delete_the_stack(cloud: RunningCloud, shelf: Shelf) -> None:
    shelf.fails["create"] = HandlerError("InvalidRequest", "no")
    assert create(cloud, "deleted", OnFailure="DELETE")[1] == "DELETE_COMPLETE"


def test_a_rollback_that_fails_is_continued(cloud: RunningCloud, shelf: Shelf) -> None:
    api = cloud.client("cloudformation")
    identifier, _ = create(cloud, "stuck")
    shelf.fails["update"] = HandlerError("ResourceConflict", "running")
    api.update_stack(StackName="stuck", TemplateBody=template("192.0.2.0/24"), ClientRequestToken="update-1")
    assert settled(cloud, identifier)["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    events = api.describe_stack_events(StackName="stuck")["StackEvents"]
    tokens = {one.get("ClientRequestToken") for one in events if one["ResourceStatus"].startswith("UPDATE")}
    assert tokens == {"update-1"}, "by which Terraform finds the reason"
    shelf.fails.clear()
    api.continue_update_rollback(StackName="stuck")
    assert settled(cloud, identifier)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert next(iter(shelf.held.values()))["WhitelistRules"] == [{"Cidr": "203.0.113.0/24"}]
    api.delete_stack(StackName="stuck")
    assert settled(cloud, identifier)["StackStatus"] == "DELETE_COMPLETE"


def test_what_is_to_be_retained_outlives_its_stack(cloud: RunningCloud, shelf: Shelf) -> None:
    api = cloud.client("cloudformation")
    identifier, _ = create(cloud, "kept")
    body = json.loads(template())
    body["Resources"]["Group"] |= {"DeletionPolicy": "Retain", "Metadata": {"since": "now"}}
    api.update_stack(StackName="kept", TemplateBody=json.dumps(body))
    assert settled(cloud, identifier)["StackStatus"] == "UPDATE_COMPLETE"
    api.delete_stack(StackName="kept")
    assert settled(cloud, identifier)["StackStatus"] == "DELETE_COMPLETE"
    states = [one["ResourceStatus"] for one in api.describe_stack_events(StackName=identifier)["StackEvents"]]
    assert "DELETE_SKIPPED" in states
    assert len(shelf.held) == 1
