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
    """On air; the local cloud ends with the module, and what Terraform has made there with it."""
    package.build(REPOSITORY)
    made = TwoRegions(cloud, REPOSITORY, tmp_path_factory.mktemp("drill") / "stage", request.param)
    try:
        made.start()
        yield made
    finally:
        made.stop()
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


def test_an_operator_moves_viewers_to_the_other_region_and_leaves_them_to_the_edge_again(stage: TwoRegions) -> None:
    _the_other_region_takes_over(play(stage, "switch"))


def test_a_region_is_lost_and_comes_back(stage: TwoRegions) -> None:
    _the_other_region_takes_over(play(stage, "region"))


def test_a_lost_source_is_replaced_by_the_other_region_or_by_mediapackage_itself(stage: TwoRegions) -> None:
    verdict = play(stage, "source")
    if stage.kind == "s3":
        _the_other_region_takes_over(verdict)
    else:
        assert (verdict.skipped, verdict.meanwhile) == ((), None)


def _the_other_region_takes_over(verdict: Verdict) -> None:
    assert verdict.before is not None
    assert verdict.meanwhile is not None
    assert (verdict.before.origin, verdict.meanwhile.origin) == ("primary", "secondary")
    assert verdict.back is not None
    assert verdict.skipped == ()
