"""Each protection of a two-Region workflow: with all of them viewers see nothing of a drill, without that one they do.

Drills play in a time that the test makes pass: how busy the machine is does not change what is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract.drill_stage import SECONDS, SUPERSEDED, Expirer, Protections, World, Written
from headend.drill.engine import Outcome
from headend.drill.findings import STALL_MS
from headend.drill.player import Request
from headend.drill.scenarios import find
from headend.drill.verdict import Server
from running_cloud import RunningCloud

THERE = Server("second", "primary")
MANIFEST = "live/primary_high.m3u8"


def play(cloud: RunningCloud, path: str, **changed: Any) -> Outcome:
    """One path, with the protections that there are but for those that are changed."""
    return World(cloud, Protections(**changed)).play(find(path))


def meanwhile(outcome: Outcome) -> list[Request]:
    """What the player asked for manifests while something was broken."""
    [(name, report)] = outcome.reports.items()
    fault = outcome.faults[name]
    return [one for one in report.requests if one.url.endswith(".m3u8") and fault.began < one.at < fault.ended]


def answers(requests: list[Request]) -> set[tuple[int, str]]:
    """Who answered, and how."""
    return {(one.status, one.origin) for one in requests}


def failed_afterwards(outcome: Outcome) -> list[Request]:
    """What the player was refused after the fault."""
    [(name, report)] = outcome.reports.items()
    return [one for one in report.requests if one.at > outcome.faults[name].ended and one.status >= 400]


def stands_still(outcome: Outcome) -> bool:
    """Whether the drill fails, and viewers see why: the picture stands still."""
    [verdict] = outcome.verdicts
    return not outcome.ok and verdict.longest_stall_ms > STALL_MS


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("source", 0.0),
        ("source", 0.6),
        ("source", 1.2),
        ("source", 1.8),
        ("origin-refused", 0.0),
        ("blip", 0.0),
        ("stop", 0.0),
        ("switch", 0.0),
    ],
)
def test_with_every_protection_viewers_see_nothing(cloud: RunningCloud, path: str, seconds: float) -> None:
    """Whenever within a segment they come."""
    world = World(cloud, Protections())
    outcome = world.play(find(path), seconds)
    assert [one.faults for one in outcome.verdicts] == [()]
    assert failed_afterwards(outcome) == []
    expired = {region.origin for region in world.regions.values() if region.expired}
    assert expired == ({"first"} if path in ("source", "stop") else set()), "no manifest that was written in time"


def test_without_the_dead_man_s_switch_a_lost_source_leaves_its_last_manifest(cloud: RunningCloud) -> None:
    outcome = play(cloud, "source", expiry_segments=None)
    assert stands_still(outcome)
    assert answers(meanwhile(outcome)) == {(200, "first")}
    assert outcome.verdicts[0].meanwhile is None


def test_with_an_expiry_of_four_segments_the_other_region_comes_too_late(cloud: RunningCloud) -> None:
    outcome = play(cloud, "source", expiry_segments=4)
    [verdict] = outcome.verdicts
    assert stands_still(outcome)
    assert verdict.meanwhile == THERE
    assert verdict.over is not None
    assert verdict.over > 3 * SECONDS, "more than the player had"


def test_with_errors_cached_for_10_s_an_outage_of_2_s_lasts_10(cloud: RunningCloud) -> None:
    outcome = play(cloud, "blip", error_caching_seconds=10)
    assert stands_still(outcome)
    assert failed_afterwards(outcome), "both origins answer, and the edge repeats what they said before"


def test_without_epoch_locking_the_other_region_has_other_segments_under_the_same_numbers(cloud: RunningCloud) -> None:
    outcome = play(cloud, "origin-refused", epoch_locking=False)
    [verdict] = outcome.verdicts
    assert stands_still(outcome)
    assert answers(meanwhile(outcome)) == {(200, "second")}
    assert verdict.meanwhile == THERE
    assert any("off the one before it" in one for one in verdict.faults)


def test_with_a_clock_that_is_3_minutes_wrong_the_other_region_has_none_of_the_segments(cloud: RunningCloud) -> None:
    """The epoch check of the start finds it before viewers do: see test_epoch_check.py."""
    outcome = play(cloud, "origin-refused", clock_ahead_seconds=180)
    assert stands_still(outcome)
    assert answers(meanwhile(outcome)) == {(200, "second")}
    assert outcome.verdicts[0].meanwhile is None


def test_with_unequal_names_the_other_region_has_none_of_the_manifests(cloud: RunningCloud) -> None:
    outcome = play(cloud, "origin-refused", modifier="_hd")
    assert stands_still(outcome)
    assert answers(meanwhile(outcome)) == {(404, "second")}
    assert outcome.verdicts[0].meanwhile is None


def test_without_a_planned_switch_a_stop_ends_players(cloud: RunningCloud) -> None:
    outcome = play(cloud, "stop-unprepared")
    [(name, report)] = outcome.reports.items()
    assert not outcome.ok
    assert report.ended, "a manifest says that the stream is over"
    assert not [one for one in report.segments if one.at > outcome.faults[name].ended]


def test_without_if_match_manifests_go_while_they_are_written(cloud: RunningCloud) -> None:
    """What a message deletes was written two segments after what the message is about. Nothing has to break for it."""
    world = World(cloud, Protections(if_match=False))
    outcome = world.play(find("switch"))
    assert stands_still(outcome)
    assert (404, "first") in answers(meanwhile(outcome)), "the last that was asked after the switch"
    assert [len(region.expired) > 2 for region in world.regions.values()] == [True, True]


class MeanwhileWritten:
    """S3, where `write` comes between a function's deciding to delete what there is and its deleting it."""

    def __init__(self, s3: Any, write: Callable[[], object]) -> None:
        self._s3 = s3
        self._write = write

    def head_object(self, **asked: Any) -> Any:
        return self._s3.head_object(**asked)

    def delete_object(self, Bucket: str, Key: str, **condition: str) -> Any:  # noqa: N803 - AWS's
        if condition.get("IfMatch") in (None, self.head_object(Bucket=Bucket, Key=Key)["ETag"]):
            self._write()
        return self._s3.delete_object(Bucket=Bucket, Key=Key, **condition)


class LooksFirst(Expirer):
    """Compares the ETag by itself and deletes then: two requests, and anybody may write between them."""

    def _delete(self, written: Written) -> str | None:
        there = self._s3.head_object(Bucket=written.bucket, Key=written.key)["ETag"].strip('"')
        return super()._delete(written) if there == written.etag else SUPERSEDED


@pytest.mark.parametrize(
    ("compares", "left", "served"),
    [(Expirer, True, "first"), (LooksFirst, False, "second")],
    ids=["S3 compares the ETag", "the function does"],
)
def test_a_manifest_that_is_written_while_the_switch_fires_is_lost_unless_s3_compares_the_etag(
    cloud: RunningCloud, compares: type[Expirer], left: bool, served: str
) -> None:
    """The encoder is two segments late with one, and on time again."""
    world = World(cloud, Protections())
    region = world.regions["primary"]
    pipeline = region.pipelines[0]
    wrote: list[float] = []

    def write() -> None:
        wrote.append(world.time.now)
        pipeline.writes = True
        pipeline.take(late)

    s3 = MeanwhileWritten(world.edge.s3("first"), write)
    region.expirer = compares(s3, world.edge.buckets["first"], (), conditional=compares is Expirer)
    world.time.sleep(5 * SECONDS)
    late, pipeline.writes = world.time.now - SECONDS, False
    while not wrote:
        world.time.sleep(0.1)

    assert [key for _, key in region.expired] == ([] if left else [MANIFEST])
    assert world.edge.get(f"/{MANIFEST}").origin == served
