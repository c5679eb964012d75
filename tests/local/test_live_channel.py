"""Live channels of both kinds, applied: pipelines in their order, a ladder that is changed, and what goes on air."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headend import live_ladder_files, package
from headend.config_live_ladder import Ladder
from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

REGION = "eu-central-1"
ROOT = REPOSITORY / "tests" / "local" / "roots" / "live_channel"
SECONDS = 240
LOG_GROUP = "ElementalMediaLive"
"""MediaLive makes it, and it outlives the channels."""


def ladder(low: int = 300_000, gop_seconds: int = 2) -> Ladder:
    """Two small renditions, segments of 2 s."""
    renditions = {
        "high": {"width": 640, "height": 360, "bitrate": 800_000},
        "low": {"width": 320, "height": 180, "bitrate": low},
    }
    return Ladder.model_validate({"gop_seconds": gop_seconds, "renditions": renditions, "segment_seconds": 2})


class Deployed:
    """The root, applied with the files of a ladder."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        for linked in ("build", "modules"):
            (folder / linked).symlink_to(REPOSITORY / linked)
        shutil.copytree(ROOT, folder / "root")
        self.definitions = folder / "definitions"
        self.definitions.mkdir()
        self.terraform().init()
        self.apply(ladder())

    def terraform(self) -> Terraform:
        environment = {**self.cloud.environment(REGION), "TF_VAR_definitions": str(self.definitions)}
        return Terraform(self.folder / "root", self.folder / "work", environment, name="live_channel")

    def apply(self, wanted: Ladder) -> dict[str, list[str]]:
        """Apply; the actions of the plan by address, without those that do nothing."""
        for name, text in live_ladder_files.files(wanted).items():
            (self.definitions / name).write_text(text, encoding="utf-8")
        terraform, plan = self.terraform(), self.folder / "plan"
        terraform.plan(plan)
        changes = terraform.show_json(plan)["resource_changes"]
        terraform.apply(plan)
        self.outputs = terraform.output()
        done = {change["address"]: change["change"]["actions"] for change in changes}
        return {address: actions for address, actions in done.items() if actions not in (["no-op"], ["read"])}

    def channel(self, kind: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.cloud.client("medialive").describe_channel(
            ChannelId=self.outputs["channel_ids"][kind]
        )
        return shown

    def objects(self) -> set[str]:
        listed = self.cloud.client("s3").list_objects_v2(Bucket=self.outputs["bucket_name"])
        return {one["Key"] for one in listed.get("Contents", [])}

    def read(self, key: str) -> str:
        body = self.cloud.client("s3").get_object(Bucket=self.outputs["bucket_name"], Key=key)["Body"].read()
        return str(body.decode())


@pytest.fixture(scope="module")
def deployed(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    package.build(REPOSITORY)
    made = Deployed(cloud, tmp_path_factory.mktemp("live-channel"))
    yield made
    made.terraform().destroy()
    assert [one for one in cloud.inventory() if not one["id"].endswith(f":{LOG_GROUP}")] == []
    assert cloud.feeds()["processes"] == {}


def until(ask: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not ask():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)


def test_the_second_plan_is_empty(deployed: Deployed, tmp_path: Path) -> None:
    assert not deployed.terraform().plan(tmp_path / "plan")


@pytest.mark.parametrize("kind", ["mediapackage", "s3"])
def test_pipeline_0_is_the_primary_flow_and_the_first_destination(deployed: Deployed, kind: str) -> None:
    media = deployed.cloud.client("medialive")
    channel = deployed.channel(kind)
    [attached] = channel["InputAttachments"]
    flows = media.describe_input(InputId=attached["InputId"])["MediaConnectFlows"]
    assert [one["FlowArn"] for one in flows] == [
        deployed.outputs["flow_arns"][kind][pipeline] for pipeline in live_ladder_files.PIPELINES
    ]
    [destination] = channel["Destinations"]
    assert [one["Url"] for one in destination["Settings"]] == deployed.outputs["destinations"][kind]
    assert (channel["State"], channel["ChannelClass"]) == ("IDLE", "STANDARD")
    assert channel["Maintenance"]["MaintenanceDay"] == "TUESDAY"
    assert media.list_tags_for_resource(ResourceArn=channel["Arn"])["Tags"]["Team"] == "playout"


def test_a_changed_ladder_changes_the_channel_and_the_static_manifest_in_one_apply(deployed: Deployed) -> None:
    assert deployed.apply(ladder(low=400_000)) == {
        'module.one["mediapackage"].module.live_channel.aws_cloudformation_stack.this': ["update"],
        'module.one["s3"].module.live_channel.aws_cloudformation_stack.this': ["update"],
        'module.one["s3"].module.live_origin.aws_s3_object.static_manifest[0]': ["update"],
    }
    for kind in ("mediapackage", "s3"):
        videos = {one["Name"]: one for one in deployed.channel(kind)["EncoderSettings"]["VideoDescriptions"]}
        assert videos["low"]["CodecSettings"]["H264Settings"]["Bitrate"] == 400_000
    assert deployed.read("live/index.m3u8") == live_ladder_files.manifest(ladder(low=400_000))


def test_settings_that_two_regions_cannot_share_are_refused_before_anything_changes(deployed: Deployed) -> None:
    path = deployed.definitions / live_ladder_files.HLS
    good = path.read_text(encoding="utf-8")
    settings = json.loads(good)
    settings["TimecodeConfig"]["Source"] = "SYSTEMCLOCK"
    path.write_text(json.dumps(settings), encoding="utf-8")
    try:
        with pytest.raises(HeadendError, match=r"TimecodeConfig\.Source must be EMBEDDED"):
            deployed.terraform().plan(deployed.folder / "refused")
    finally:
        path.write_text(good, encoding="utf-8")


def test_on_air_both_pipelines_write_what_the_static_manifest_names_with_the_same_numbers(deployed: Deployed) -> None:
    flows = [deployed.outputs["flow_arns"]["s3"][pipeline] for pipeline in live_ladder_files.PIPELINES]
    connect, media = deployed.cloud.client("mediaconnect"), deployed.cloud.client("medialive")
    identifier = deployed.outputs["channel_ids"]["s3"]
    for flow in flows:
        connect.start_flow(FlowArn=flow)
    until(lambda: all(connect.describe_flow(FlowArn=flow)["Flow"]["Status"] == "ACTIVE" for flow in flows))
    deployed.cloud.start_feed("studio", flows)
    media.start_channel(ChannelId=identifier)
    until(lambda: deployed.channel("s3")["State"] == "RUNNING")
    try:
        named = {f"live/{line}" for line in re.findall(r"^\w+\.m3u8$", deployed.read("live/index.m3u8"), re.MULTILINE)}
        until(lambda: named <= deployed.objects())

        def numbers(base: str) -> set[str]:
            found = (re.fullmatch(rf"live/{base}_(\d+)\.ts", key) for key in deployed.objects())
            return {match[1] for match in found if match}

        until(lambda: numbers("primary_high") & numbers("primary_low") & numbers("backup_high") & numbers("backup_low"))
        number = max(numbers("primary_high") & numbers("backup_high"))
        assert abs(int(number) * 2 - time.time()) < SECONDS
        with pytest.raises(HeadendError, match="it is RUNNING, and has to be IDLE"):
            deployed.apply(ladder(gop_seconds=1))
        shown = deployed.channel("s3")
        [high, _] = shown["EncoderSettings"]["VideoDescriptions"]
        assert (shown["State"], high["CodecSettings"]["H264Settings"]["GopSize"]) == ("RUNNING", 50)
    finally:
        media.stop_channel(ChannelId=identifier)
        until(lambda: deployed.channel("s3")["State"] == "IDLE")
        deployed.cloud.end_feed("studio")
        for flow in flows:
            connect.stop_flow(FlowArn=flow)
        until(lambda: all(connect.describe_flow(FlowArn=flow)["Flow"]["Status"] == "STANDBY" for flow in flows))
    stacks, stack = deployed.cloud.client("cloudformation"), "show-s3-channel"
    stacks.continue_update_rollback(StackName=stack)
    until(lambda: stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE")
