"""The post-deploy checks of a live channel in two Regions."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from headend import smoke_live
from headend.errors import HeadendError
from headend.live_outputs import LiveOutputs
from headend.smoke import Check, Smoke
from headend.smoke_live import LiveSmoke
from headend.verify.live import Finding
from unit.test_live_operations import HERE, LIVE, THERE
from unit.test_smoke import CONFIG

GONE = ClientError({"Error": {"Code": "NotFoundException", "Message": "gone"}}, "DescribeChannel")


class World:
    """AWS and the key-value store. `channels` and `flows`: states by Region."""

    is_local = True

    def __init__(self, **channels: str) -> None:
        self.channels = {HERE: "IDLE", THERE: "IDLE"} | {
            key.replace("_", "-"): state for key, state in channels.items()
        }
        self.flow = "STANDBY"
        self.status, self.enabled = "Deployed", True
        self.word: str | None = None
        self.readied: list[str] = []
        self.findings = [Finding("manifest", HERE, True, "fine")]
        self.region = ""

    def client(self, _service: str, region: str = "") -> World:
        self.region = region
        return self

    def describe_channel(self, **_: str) -> dict[str, str]:
        if not self.channels[self.region]:
            raise GONE
        return {"State": self.channels[self.region]}

    def get_distribution(self, **_: str) -> dict[str, Any]:
        return {"Distribution": {"Status": self.status, "DistributionConfig": {"Enabled": self.enabled}}}

    def read(self) -> str | None:
        return self.word


@pytest.fixture(autouse=True)
def _replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flows settle in the world's state; the workflow and the manifests are asked there too."""
    monkeypatch.setattr(smoke_live, "SETTLE_SECONDS", 0)
    monkeypatch.setattr(smoke_live.Flows, "settle", lambda self, _arn: self.aws.flow)
    monkeypatch.setattr(smoke_live.LiveOperations, "ready", lambda self, region: self.aws.readied.append(region))
    monkeypatch.setattr(smoke_live, "verify", lambda _what, _live, aws: aws.findings)


def of_kind(kind: str) -> LiveOutputs:
    data = LIVE.model_dump()
    for one in data["regions"].values():
        one["origin"]["kind"] = kind
        one["flow_arns"] = {"primary": "arn:flow:primary", "backup": "arn:flow:backup"}
    return LiveOutputs.model_validate(data)


def checked(world: World, kind: str = "s3") -> dict[str, str]:
    """The checks, each with what it says, or how it failed."""
    said = {}
    for name, action in LiveSmoke(world, of_kind(kind), world, print).plan():  # type: ignore[arg-type]
        try:
            said[name] = action()
        except HeadendError as error:
            said[name] = f"FAILED: {error}"
    return said


def test_off_air_channels_the_manifests_and_the_edge_are_looked_at_in_both_regions() -> None:
    world = World()
    assert checked(world) == {
        f"the channel in {HERE} is settled": "channel 1 is IDLE",
        f"the channel in {THERE} is settled": "channel 1 is IDLE",
        "the manifests say what the channels make": "1 findings, none wrong",
        "the edge is deployed": "distribution E1 is Deployed",
        "the edge knows who is served first": "viewers are served by their location",
    }
    assert world.readied == []


def test_a_region_on_air_is_asked_whether_viewers_can_be_served_from_there() -> None:
    world = World(eu_west_1="RUNNING")
    world.flow = "ACTIVE"
    assert f"viewers can be served from {THERE}" in checked(world)
    assert world.readied == [THERE]


def test_mediapackage_has_manifests_on_air_only() -> None:
    assert "the manifests say what the channels make" not in checked(World(), "mediapackage")
    both = World(eu_central_1="RUNNING", eu_west_1="RUNNING")
    assert "the manifests say what the channels make" in checked(both, "mediapackage")


def test_what_is_wrong_is_named_in_its_region() -> None:
    world = World(eu_central_1="RUNNING", eu_west_1="UPDATE_FAILED")
    world.status, world.word = "InProgress", THERE
    world.findings = [Finding("manifest", THERE, False, "is missing: apply again")]
    said = checked(world)
    assert said[f"the channel in {HERE} is settled"] == "FAILED: channel 1 is RUNNING and its flow primary STANDBY"
    assert said[f"the channel in {THERE} is settled"].startswith("FAILED: channel 1 is UPDATE_FAILED")
    assert said["the manifests say what the channels make"] == f"FAILED: {THERE}: is missing: apply again"
    assert said["the edge is deployed"].startswith("FAILED: distribution E1 is InProgress and enabled")
    assert said["the edge knows who is served first"] == f"all viewers are served from {THERE} first"


def test_a_channel_that_is_not_there_fails_its_own_check() -> None:
    world = World(eu_west_1="")
    plan = dict(LiveSmoke(world, of_kind("s3"), world, print).plan())  # type: ignore[arg-type]
    assert plan[f"the channel in {HERE} is settled"]() == "channel 1 is IDLE"
    with pytest.raises(ClientError, match="gone"):
        plan[f"the channel in {THERE} is settled"]()


def test_smoke_looks_at_a_live_channel_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = {
        "live": of_kind("s3").model_dump(),
        "live_delivery": {"key_value_store_arn": "arn", "origin_regions": {"primary": HERE, "secondary": THERE}},
    }
    monkeypatch.setattr("headend.smoke._NEEDED", ())
    monkeypatch.setattr("headend.prefer.store_client", lambda _aws: None)
    monkeypatch.setattr("headend.prefer.Preference.read", lambda _self: None)
    monkeypatch.setattr(Smoke, "_plan", Smoke._live)
    found: list[Check] = list(Smoke(CONFIG, World(), outputs, print).run())  # type: ignore[arg-type]
    assert all(one.ok for one in found)
    assert [one.name for one in found][:2] == [
        f"the channel in {HERE} is settled",
        f"the channel in {THERE} is settled",
    ]
