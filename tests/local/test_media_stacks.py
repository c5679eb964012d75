"""The real provider against MediaLive by CloudFormation and MediaPackage V2 by Cloud Control, create to destroy."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform

ROOT = Path(__file__).parent / "roots" / "media_stacks"
STACK = "aws_cloudformation_stack.channels"

pytestmark = [pytest.mark.local, pytest.mark.terraform]


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
        return Terraform(self.folder, work, {**self.cloud.environment(), **given}, name="media_stacks")

    def apply(self, **variables: str) -> dict[str, list[str]]:
        """Apply; the actions of the plan by address, without those that do nothing."""
        terraform = self.run(**variables)
        plan = self.folder.parent / "plan"
        terraform.plan(plan)
        changes = terraform.show_json(plan)["resource_changes"]
        terraform.apply(plan)
        done = {change["address"]: change["change"]["actions"] for change in changes}
        return {address: actions for address, actions in done.items() if actions != ["no-op"]}

    def has_changes(self, **variables: str) -> bool:
        return self.run(**variables).plan(self.folder.parent / "second")

    def left(self) -> set[str]:
        """The types of what exists in the local cloud."""
        with urllib.request.urlopen(f"{self.cloud.endpoint}/_headend/inventory") as answer:
            return {f"{one['service']} {one['type']}" for one in json.load(answer)["resources"]}

    def events(self) -> list[dict[str, Any]]:
        """The events of the stack, the newest first."""
        api = self.cloud.client("cloudformation")
        return list(api.describe_stack_events(StackName="stacks-channels")["StackEvents"])


@pytest.fixture(scope="module")
def root(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    made = Root(cloud, tmp_path_factory.mktemp("media-stacks"))
    made.apply()
    yield made
    made.run().destroy()
    assert made.left() == set(), "nothing is left"


def until(ask: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not ask():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def test_channels_and_origin_are_made_and_a_second_plan_is_empty(root: Root) -> None:
    media = root.cloud.client("medialive")
    channels = root.run().output()["channels"]
    hls = media.describe_channel(ChannelId=channels["HlsId"])
    cmaf = media.describe_channel(ChannelId=channels["CmafId"])
    assert (hls["State"], hls["ChannelClass"]) == ("IDLE", "STANDARD")
    assert [one["Url"] for one in hls["Destinations"][0]["Settings"]] == [
        "s3ssl://stacks-origin/primary/index",
        "s3ssl://stacks-origin/backup/index",
    ]
    package = root.cloud.client("mediapackagev2").get_channel(ChannelGroupName="stacks", ChannelName="live")
    assert package["OutputLockingMode"] == "EPOCH_LOCKED"
    ingest = [one["Url"] for one in package["IngestEndpoints"]]
    assert [one["Url"] for one in cmaf["Destinations"][0]["Settings"]] == ingest, "pipeline 0 sends to the first"
    given = media.describe_input(InputId=hls["InputAttachments"][0]["InputId"])
    assert [one["FlowArn"].rpartition(":")[2] for one in given["MediaConnectFlows"]] == ["stacks-a", "stacks-b"]
    assert given["InputClass"] == "STANDARD"
    assert media.list_tags_for_resource(ResourceArn=channels["HlsArn"])["Tags"] == {"Name": "stacks"}
    assert not root.has_changes(), "the second plan is empty"


def test_a_ladder_and_an_endpoint_are_changed_in_place(root: Root) -> None:
    before = root.run().output()["channels"]
    wanted = {"bit_rate": "900000", "errors": '["STALE_MANIFEST", "INCOMPLETE_MANIFEST", "SLATE_INPUT"]'}
    actions = root.apply(**wanted)
    assert actions == {STACK: ["update"], "aws_cloudcontrolapi_resource.endpoint": ["update"]}
    assert root.run().output()["channels"] == before
    channel = root.cloud.client("medialive").describe_channel(ChannelId=before["HlsId"])
    settings = channel["EncoderSettings"]["VideoDescriptions"][0]["CodecSettings"]["H264Settings"]
    assert settings["Bitrate"] == 900_000
    shown = root.cloud.client("mediapackagev2").get_origin_endpoint(
        ChannelGroupName="stacks", ChannelName="live", OriginEndpointName="hls"
    )
    assert len(shown["ForceEndpointErrorConfiguration"]["EndpointErrorConditions"]) == 3
    assert not root.has_changes(**wanted)
    root.apply()


def test_what_media_live_refuses_fails_with_its_reason_and_is_rolled_back(root: Root) -> None:
    before = root.run().output()["channels"]
    with pytest.raises(HeadendError, match="EPOCH_LOKING"):
        root.apply(locking="EPOCH_LOKING")
    assert root.events()[0]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    channel = root.cloud.client("medialive").describe_channel(ChannelId=before["HlsId"])
    assert channel["EncoderSettings"]["GlobalConfiguration"]["OutputLockingMode"] == "EPOCH_LOCKING"
    root.apply()
    assert not root.has_changes()


def test_a_running_channel_is_not_changed(root: Root) -> None:
    media = root.cloud.client("medialive")
    identifier = root.run().output()["channels"]["HlsId"]
    media.start_channel(ChannelId=identifier)
    media.get_waiter("channel_running").wait(ChannelId=identifier, WaiterConfig={"Delay": 1})
    with pytest.raises(HeadendError, match="ConflictException"):
        root.apply(bit_rate="700000")
    channel = media.describe_channel(ChannelId=identifier)
    assert channel["State"] == "RUNNING"
    settings = channel["EncoderSettings"]["VideoDescriptions"][0]["CodecSettings"]["H264Settings"]
    assert settings["Bitrate"] == 800_000
    media.stop_channel(ChannelId=identifier)
    media.get_waiter("channel_stopped").wait(ChannelId=identifier, WaiterConfig={"Delay": 1})
    root.cloud.client("cloudformation").continue_update_rollback(StackName="stacks-channels")
    until(lambda: root.events()[0]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE")
    root.apply()
    assert not root.has_changes()
