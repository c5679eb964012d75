"""An environment with a live channel in two Regions: applied, on air and off it by the commands, and gone again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

import pytest

from headend import package
from headend.drill.player import Report
from headend.drill.watchers import address, python_watcher
from headend.live_outputs import read
from headend.localcloud.launcher import LocalCloud
from local.permissions import Permissions
from local.workspace import REPOSITORY, Workspace, eventually

pytest.importorskip("imageio_ffmpeg")
pytestmark = [pytest.mark.local, pytest.mark.terraform]

PRIMARY, SECONDARY = "us-east-1", "eu-west-1"
LADDER = {
    "gop_seconds": 2,
    "renditions": {
        "high": {"width": 640, "height": 360, "bitrate": 800_000},
        "low": {"width": 320, "height": 180, "bitrate": 300_000},
    },
    "segment_seconds": 2,
}

ROLES = ("live-local-channel-", "live-local-expire-manifest-", "live-local-live-")
LISTED = "https://docs.aws.amazon.com/medialive/latest/ug/trusted-entity-requirements.html lists it"
UNUSED = {
    ("channel", "logs:CreateLogGroup"): "for the first channel of a Region",
    ("channel", "logs:DescribeLogGroups"): LISTED,
    ("channel", "logs:DescribeLogStreams"): LISTED,
    ("channel", "logs:PutMetricFilter"): LISTED,
    ("channel", "logs:PutRetentionPolicy"): LISTED,
    ("channel", "mediaconnect:ManagedRemoveOutput"): LISTED,
    ("channel", "s3:DeleteObject"): LISTED,
    ("channel", "s3:GetObject"): LISTED,
    ("channel", "s3:ListBucket"): LISTED,
    ("expire-manifest", "s3:ListBucket"): "documented for GetObject, taken to be so for DeleteObject",
    ("live", "states:StopExecution"): "for an execution that is stopped while it waits for another",
}
"""(role, action) → why nothing here can use it."""
NO_BUCKET = "NO-BUCKET"
"""In place of the bucket's name for kind mediapackage: none can be called so."""
CHECKING = ("DescribeChannel", "ReadAsRunLog", "ReadMetrics", "ReadOrigin")
"""What the check function may do for its work."""


class Event:
    """The environment, applied, with a feed for each pipeline. Nobody watches."""

    def __init__(self, workspace: Workspace, kind: str) -> None:
        self.workspace, self.cloud, self.kind = workspace, workspace.cloud, kind
        workspace.configure(lambda config: self._configure(config, kind))
        if (workspace.folder / "envs/local/rendered").is_dir():
            raise AssertionError("envs/local has renderings of its own")
        self.headend("render")
        workspace.deploy()
        self.live: dict[str, Any] = json.loads(self.headend("output", "live"))
        for pipeline in ("primary", "backup"):
            self.cloud.start_feed(pipeline, [one["flow_arns"][pipeline] for one in self.live["regions"].values()])

    @staticmethod
    def _configure(config: dict[str, Any], kind: str) -> None:
        """Flows of the monitoring are not needed here; one has to be."""
        config["flows"] = {"studio-a": {**config["flows"]["studio-a"], "start": False}}
        config["live"] = {
            "kind": kind,
            "secondary_region": SECONDARY,
            "contribution": {"protocol": "srt-listener", "ingest_port": 7000, "whitelist_cidr": "203.0.113.0/28"},
            "ladder": LADDER,
            "lifecycle": {"drain_seconds": 5},
            "s3": {"force_destroy": True},
            "sites": {"stadium": {"latitude": 53.3, "longitude": -6.3}},
        }

    def headend(self, *arguments: str) -> str:
        return self.workspace.headend(*arguments, "--env", "local").out

    def refused(self, *arguments: str) -> str:
        run = self.workspace.headend(*arguments, "--env", "local", check=False)
        assert run.code != 0, run.text
        return run.err

    def states(self) -> dict[str, str]:
        """Each Region's channel."""
        return {
            one["region"]: self.cloud.client("medialive", one["region"]).describe_channel(ChannelId=one["channel_id"])[
                "State"
            ]
            for one in self.live["regions"].values()
        }

    def check(self, region: str) -> None:
        """The Region's function looks at what is on air, and at a manifest that is not there."""
        one = next(one for one in self.live["regions"].values() if one["region"] == region)
        asked = {"region": region, "channel_id": one["channel_id"], "origin": dict(one["origin"])}
        client = self.cloud.client("lambda", region)
        for operation in ("epoch", "manifest"):
            payload = json.dumps({"operation": operation, "channels": [asked]})
            client.invoke(FunctionName="live-local-live-check", Qualifier="live", Payload=payload)
            asked["origin"]["manifest_path"] += ".not-there.m3u8"

    def works(self, pattern: str) -> None:
        """Wait until the roles have used their permissions of this pattern once more, or are refused something."""
        permissions = Permissions(self.cloud)
        before, since = permissions.used(), permissions.seq()

        def used() -> bool:
            now = {one: count for one, count in permissions.used().items() if fnmatchcase(str(one), pattern)}
            return all(count > before.get(one, 0) for one, count in now.items())

        permissions.settled(f"the use of {pattern}", since, used)

    @contextmanager
    def viewer(self) -> Iterator[Report]:
        """Somebody who watches through the distribution while the block lasts."""
        player = python_watcher(address(read({"live": self.live}), self.cloud))
        player.start()
        try:
            yield player.report
        finally:
            player.stop()

    def manifests(self) -> dict[str, str]:
        """The multivariant manifest in each Region's bucket."""
        found = {}
        for one in self.live["regions"].values():
            answer = self.cloud.client("s3", one["region"]).get_object(**self.place(one))
            found[one["region"]] = answer["Body"].read().decode()
        return found

    @staticmethod
    def place(region: dict[str, Any]) -> dict[str, str]:
        """Where a Region's multivariant manifest lies, as S3 wants to be told."""
        origin = region["origin"]
        return {"Bucket": origin["domain_name"].partition(".")[0], "Key": origin["manifest_path"].removeprefix("/")}


@pytest.fixture(scope="module", params=["s3", "mediapackage"])
def event(request: pytest.FixtureRequest, cloud: LocalCloud, workspace: Callable[[str], Workspace]) -> Iterator[Event]:
    package.build(REPOSITORY)
    made = Event(workspace("local"), request.param)
    yield made
    for name in made.cloud.feeds()["feeds"]:
        made.cloud.end_feed(name)
    if set(made.states().values()) != {"IDLE"}:
        made.headend("live", "stop")
    made.headend("destroy", "--yes", "--stop-flows")
    assert cloud.inventory() == []
    assert cloud.feeds()["processes"] == {}


def test_a_second_plan_is_empty_and_nothing_has_drifted(event: Event) -> None:
    assert "No changes" in event.headend("plan")
    assert json.loads(event.headend("drift", "--json"))["findings"] == []


def test_sites_are_told_the_nearer_region_first(event: Event) -> None:
    told = json.loads(event.headend("feeds", "--json"))
    assert [one["region"] for one in told] == [SECONDARY, SECONDARY, PRIMARY, PRIMARY]
    assert len({one["address"] for one in told}) == 4


def refuses_to_do_without(event: Event) -> None:
    """Without any one permission of the check function, and of the channel's to write, something is refused."""
    permissions = Permissions(event.cloud)
    function = f"live-local-live-check-function-{PRIMARY} function/"
    permissions.prove(lambda: event.check(PRIMARY), set(), *(f"{function}{sid}*" for sid in CHECKING))
    channel = f"live-local-channel-{PRIMARY} origin/*"
    permissions.prove(lambda: event.works(channel), set(), channel)
    event.works(channel)


def test_both_regions_come_on_air_are_watched_switched_and_left_one_by_one(event: Event) -> None:
    event.headend("live", "start")
    assert event.states() == {PRIMARY: "RUNNING", SECONDARY: "RUNNING"}
    with event.viewer() as seen:
        eventually("segments of the first Region", lambda: [one for one in seen.segments if one.origin == "primary"])
        smoke = json.loads(event.headend("smoke", "--json"))
        assert f"viewers can be served from {SECONDARY}" in [check["name"] for check in smoke["checks"]]

        for region in (PRIMARY, SECONDARY):
            event.check(region)
        if event.kind == "mediapackage":  # one kind is enough: every proof takes some seconds
            refuses_to_do_without(event)

        event.headend("live", "pause", "--region", SECONDARY, "--pipeline", "0")
        assert "PIPELINE_0 paused" in event.refused("live", "switch", "--region", SECONDARY)
        event.headend("live", "resume", "--region", SECONDARY)
        event.headend("live", "switch", "--region", SECONDARY)
        assert SECONDARY in event.headend("prefer")
        eventually("segments of the other Region", lambda: seen.segments[-1].origin == "secondary")

        event.headend("live", "stop", "--region", PRIMARY)
        assert event.states() == {PRIMARY: "IDLE", SECONDARY: "RUNNING"}
        last = seen.segments[-1].number
        eventually("segments after that", lambda: seen.segments[-1].number > last)
    event.headend("live", "stop", "--clean-up")
    assert event.states() == {PRIMARY: "IDLE", SECONDARY: "IDLE"}


def test_all_that_the_roles_may_do_was_needed_for_this(event: Event) -> None:
    """Without any one of them: tests/unit/asl_templates/test_live_lifecycle_permissions.py, for the workflows."""
    used = Permissions(event.cloud).used()
    requests: dict[tuple[str, str, str], int] = {}
    for atom, count in used.items():
        role = atom.role.rpartition("/")[2]
        if role.startswith(ROLES) and NO_BUCKET not in atom.resource:
            kind = next(one for one in ROLES if role.startswith(one)).removeprefix("live-local-").rstrip("-")
            requests[role, kind, atom.action] = requests.get((role, kind, atom.action), 0) + count
    assert {role.removesuffix(PRIMARY) for role, *_ in requests if role.endswith(PRIMARY)} == {
        role.removesuffix(SECONDARY) for role, *_ in requests if role.endswith(SECONDARY)
    }
    assert [
        (role, action) for (role, kind, action), n in requests.items() if not n and (kind, action) not in UNUSED
    ] == []


@pytest.mark.parametrize("event", ["s3"], indirect=True)
def test_a_ladder_is_changed_off_air_only_and_then_in_both_buckets_by_one_apply(event: Event) -> None:
    event.headend("live", "start", "--region", PRIMARY)
    before = event.manifests()
    event.workspace.configure(lambda config: config["live"]["ladder"]["renditions"].pop("low"))
    event.headend("render")
    event.headend("plan")
    refused = event.refused("apply")
    assert f"headend live stop --env local --region {PRIMARY}" in refused
    assert SECONDARY not in refused, "its channel is off air"
    assert event.manifests() == before

    event.headend("live", "stop")
    event.headend("apply")
    after = event.manifests()
    assert len(set(before.values())) == len(set(after.values())) == 1, "both Regions have the same one"
    assert all("low.m3u8" in text for text in before.values())
    assert not any("low.m3u8" in text for text in after.values())
    assert all(one["ok"] for one in json.loads(event.headend("verify", "manifest", "--json")))

    where = event.place(event.live["regions"]["secondary"])
    event.cloud.client("s3", SECONDARY).put_object(**where, Body=before[SECONDARY].encode())
    disagrees = event.refused("verify", "manifest")
    assert SECONDARY in disagrees
    event.cloud.client("s3", SECONDARY).put_object(**where, Body=after[SECONDARY].encode())
