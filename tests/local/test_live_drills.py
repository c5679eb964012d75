"""Drills on a two-Region workflow that Terraform has made, with real pictures and players.

The verdict on stalls is the drill's, not this test's: a busy machine is no fault. `headend drill` judges them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from headend import package
from headend.bench.two_regions import TwoRegions
from headend.drill import command
from headend.drill.scenarios import find
from headend.drill.verdict import Verdict
from headend.localcloud.launcher import LocalCloud
from headend.verify import live
from local.workspace import REPOSITORY, eventually

pytest.importorskip("imageio_ffmpeg")
pytestmark = [pytest.mark.local, pytest.mark.terraform]


@pytest.fixture(scope="module", params=["s3", "mediapackage"])
def stage(
    cloud: LocalCloud, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoRegions]:
    package.build(REPOSITORY)
    made = TwoRegions(cloud, REPOSITORY, tmp_path_factory.mktemp("drill") / "stage", request.param)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        made.terraform().destroy()
    left = [one for one in cloud.inventory() if not one["id"].endswith(":ElementalMediaLive")]  # MediaLive's own
    assert left == []
    assert cloud.feeds()["processes"] == {}


def play(stage: TwoRegions, path: str) -> Verdict:
    """What the Python player saw of one path."""
    [(outcome, page)] = command.play(stage.rehearsal(), find(path), 1, lambda _line: None)
    assert page.is_file()
    [verdict] = outcome.verdicts
    return verdict


def test_on_air_both_regions_pass_every_check(stage: TwoRegions) -> None:
    reached = live.access(stage.aws)
    asked = live.parse({"channels": [one.asked() for one in stage.live.regions.both()]})[1]

    def wrong() -> list[str] | None:
        try:
            found = live.epoch(asked, reached, datetime.now(UTC))
        except live.SegmentsPending as pending:
            return [str(pending)]
        return [f"{one.check} {one.place}: {one.detail}" for one in found if not one.ok]

    eventually("both Regions pass the epoch check", lambda: None if wrong() else True)
    assert [one.detail for one in live.manifests(asked, reached) if not one.ok] == []


@pytest.mark.parametrize("path", ["origin-refused", "region", "switch"])
def test_the_other_region_takes_over_and_the_first_one_comes_back(stage: TwoRegions, path: str) -> None:
    verdict = play(stage, path)
    assert verdict.before is not None
    assert verdict.meanwhile is not None
    assert (verdict.before.origin, verdict.meanwhile.origin) == ("primary", "secondary")
    assert verdict.back is not None
    assert verdict.skipped == ()


@pytest.mark.parametrize("path", ["source", "pause"])
def test_a_pipeline_is_replaced_by_the_other_region_or_by_mediapackage_itself(stage: TwoRegions, path: str) -> None:
    verdict = play(stage, path)
    assert verdict.skipped == ()
    if stage.kind == "mediapackage":
        assert verdict.meanwhile is None
    else:
        assert verdict.meanwhile is not None
        assert verdict.meanwhile.origin == "secondary"
        assert verdict.back is not None
