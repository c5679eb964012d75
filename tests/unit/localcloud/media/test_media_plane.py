"""The media plane of a local cloud: what it refuses, and that it ends with the local cloud."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud
from headend.localcloud.media import ffmpeg

pytest.importorskip("imageio_ffmpeg")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come true within 30 s"
        time.sleep(0.05)


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def flow(cloud: LocalCloud) -> str:
    source = {"Name": "s", "Description": "d", "Protocol": "srt-listener", "WhitelistCidr": "203.0.113.0/24"}
    client: Any = cloud.client("mediaconnect")
    arn = str(client.create_flow(Name="studio", Source={**source, "IngestPort": 5000})["Flow"]["FlowArn"])
    client.start_flow(FlowArn=arn)
    until(lambda: client.describe_flow(FlowArn=arn)["Flow"]["Status"] == "ACTIVE")
    return arn


def test_a_feed_is_refused_in_words_that_tell_what_there_is(tmp_path: Path) -> None:
    with LocalCloud(tmp_path) as cloud:
        with pytest.raises(HeadendError, match="no flow arn:x; there are: none"):
            cloud.start_feed("a", ["arn:x"])
        with pytest.raises(HeadendError, match="no feed a; there are: none"):
            cloud.end_feed("a")
        with pytest.raises(HeadendError, match="no feed sends to arn:x: start one first"):
            cloud.cut_flow("arn:x")
        arn = flow(cloud)
        with pytest.raises(HeadendError, match=r'a feed is started with \{"name"'):
            cloud.start_feed("", [arn])
        with pytest.raises(HeadendError, match='frame_rate is text like "25"'):
            cloud.start_feed("a", [arn], frame_rate="30/0")
        with pytest.raises(HeadendError, match="frame_rate is between 1 and 60"):
            cloud.start_feed("a", [arn], frame_rate="0")
        assert cloud.start_feed("a", [arn])["feeds"] == {"a": [arn]}
        with pytest.raises(HeadendError, match="the feed a sends already: end it first"):
            cloud.start_feed("a", [arn])
        assert cloud.cut_flow(arn)["cuts"] == [arn]
        assert cloud.mend_flow(arn)["cuts"] == []


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "stopped"])
def test_no_picture_outlives_the_local_cloud(tmp_path: Path, killed: bool) -> None:
    with LocalCloud(tmp_path) as cloud:
        cloud.start_feed("a", [flow(cloud)])
        until(lambda: len(cloud.feeds()["processes"]) == 2)
        pids = [one["pid"] for one in cloud.feeds()["processes"].values()]
        assert all(running(pid) for pid in pids)
        if killed:
            os.kill(cloud.pid, signal.SIGKILL)
            until(lambda: not any(running(pid) for pid in pids))

    assert not any(running(pid) for pid in pids)


def test_a_flow_that_is_stopped_relays_no_more_and_goes_on_when_it_is_started(tmp_path: Path) -> None:
    with LocalCloud(tmp_path) as cloud:
        arn = flow(cloud)
        cloud.start_feed("a", [arn])
        client: Any = cloud.client("mediaconnect")

        def relays() -> list[str]:
            return [name for name in cloud.feeds()["processes"] if name.startswith("flow-")]

        until(lambda: len(relays()) == 1)
        client.stop_flow(FlowArn=arn)
        until(lambda: relays() == [])
        until(lambda: client.describe_flow(FlowArn=arn)["Flow"]["Status"] == "STANDBY")
        client.start_flow(FlowArn=arn)
        until(lambda: len(relays()) == 1)


def test_without_ffmpeg_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("headend.localcloud.media.ffmpeg.importlib.import_module", missing)

    with pytest.raises(
        HeadendError, match=r"the media plane needs ffmpeg: python -m pip install .*requirements/media.txt"
    ):
        ffmpeg.executable()
