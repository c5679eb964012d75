"""The real provider against the local cloud's Cloud Control: what AWS accepts, and what it refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform

ROOT = Path(__file__).parent / "roots" / "cloud_control"

pytestmark = [pytest.mark.local, pytest.mark.terraform]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


class Root:
    """A copy of the root module with its own state; variables are given by each step."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.folder = folder / "root"
        self.cloud = cloud
        shutil.copytree(ROOT, self.folder)
        self.run().init()

    def run(self, **variables: str) -> Terraform:
        given = {f"TF_VAR_{name}": value for name, value in variables.items()}
        work = self.folder.parent / "work"
        return Terraform(self.folder, work, {**self.cloud.environment(), **given}, name="cloud_control")

    def apply(self, **variables: str) -> dict[str, list[str]]:
        """Apply; the actions of the plan by address."""
        terraform = self.run(**variables)
        plan = self.folder.parent / "plan"
        terraform.plan(plan)
        changes = terraform.show_json(plan)["resource_changes"]
        terraform.apply(plan)
        return {change["address"]: change["change"]["actions"] for change in changes}

    def has_changes(self, **variables: str) -> bool:
        return self.run(**variables).plan(self.folder.parent / "second")


@pytest.fixture
def root(cloud: LocalCloud, tmp_path: Path) -> Iterator[Root]:
    made = Root(cloud, tmp_path)
    yield made
    made.run().destroy()


def test_a_flow_is_created_changed_in_place_replaced_and_destroyed_with_nothing_left(root: Root) -> None:
    media = root.cloud.client("mediaconnect")
    root.apply()
    before = root.run().output()
    flow = media.describe_flow(FlowArn=before["flow_arn"])["Flow"]
    assert flow["Source"]["WhitelistCidr"] == "203.0.113.0/24"
    assert flow["Source"]["IngestPort"] == 5000
    assert {(output["Name"], output["Port"]) for output in flow["Outputs"]} == {("primary", 5001), ("backup", 5002)}
    assert not root.has_changes(), "the second plan is empty"

    assert root.apply(ingest_port="5010")["aws_cloudcontrolapi_resource.flow"] == ["update"]
    changed = media.describe_flow(FlowArn=before["flow_arn"])["Flow"]
    assert changed["Source"]["IngestPort"] == 5010
    assert changed["Outputs"] == flow["Outputs"], "an update of the source leaves the outputs alone"
    assert media.list_tags_for_resource(ResourceArn=before["flow_arn"])["Tags"]["Port"] == "5010"

    actions = root.apply(name="cloud-control-2")
    after = root.run().output()
    assert actions["aws_cloudcontrolapi_resource.flow"] == ["delete", "create"]
    assert after["flow_arn"].endswith(":cloud-control-2")
    assert after["output_arns"].keys() == before["output_arns"].keys()
    assert not set(after["output_arns"].values()) & set(before["output_arns"].values())
    assert not root.has_changes(name="cloud-control-2")

    root.run().destroy()
    assert media.list_flows()["Flows"] == []


def test_what_media_connect_refuses_fails_with_its_reason_and_outputs_change_on_air(root: Root) -> None:
    with pytest.raises(HeadendError, match="'anyone' is not a CIDR block"):
        root.apply(whitelist_cidr="anyone")

    root.apply()
    media = root.cloud.client("mediaconnect")
    arn = root.run().output()["flow_arn"]
    media.start_flow(FlowArn=arn)
    media.get_waiter("flow_active").wait(FlowArn=arn, WaiterConfig={"Delay": 1})
    moved = '{"primary": {"destination": "198.51.100.20", "port": 6001}}'
    actions = root.apply(outputs=moved)
    assert actions['aws_cloudcontrolapi_resource.output["primary"]'] == ["update"]
    assert actions['aws_cloudcontrolapi_resource.output["backup"]'] == ["delete"]
    flow = media.describe_flow(FlowArn=arn)["Flow"]
    assert flow["Status"] == "ACTIVE"
    assert [(output["Destination"], output["Port"]) for output in flow["Outputs"]] == [("198.51.100.20", 6001)]

    with pytest.raises(HeadendError, match="stop the flow"):
        root.run().destroy()
    media.stop_flow(FlowArn=arn)
    media.get_waiter("flow_standby").wait(FlowArn=arn, WaiterConfig={"Delay": 1})
