"""The epoch check: what it finds, and what it lets pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livecheck.errors import InvalidEvent, LiveCheckError, SegmentsPending, Throttled
from livecheck.judge import Finding, findings
from livecheck.observation import BOTH, Observation, Place, Track
from livecheck.service import Access, check, epoch, parse

from unit.lambda_src.live_cases import BASES, NEWEST, NOW, REGIONS, TICKS, World, asked, described

EAST, WEST = REGIONS


def look(world: World, *regions: str) -> list[Finding]:
    """All findings of the channels in these Regions, both where none is named."""
    channels = parse({"channels": [asked(region) for region in regions or REGIONS]})[1]
    return epoch(channels, Access(world.client, object), NOW)


def failed(world: World) -> dict[str, list[str]]:
    """What is found wrong: check → places."""
    found: dict[str, list[str]] = {}
    for one in look(world):
        if not one.ok:
            found.setdefault(one.check, []).append(one.place)
    return found


def test_two_regions_on_air_pass_every_check() -> None:
    found = look(World())
    assert all(one.ok for one in found)
    assert {one.check for one in found} == {
        "clock",
        "grid",
        "locked",
        "number",
        "same names",
        "same numbers",
        "same pictures",
        "timecode",
    }


def test_one_segment_of_each_rendition_and_pipeline_is_read() -> None:
    world = World()
    look(world)
    segments = [request for request in world.requests if request.endswith(".ts")]
    assert sorted(segments) == sorted(
        f"live-{region}/live/{base}_{name}_{NEWEST:05d}.ts"
        for region in REGIONS
        for base in BASES
        for name in ("high", "low")
    )


def test_pipelines_are_compared_at_the_newest_segment_that_all_have() -> None:
    world = World(newest={(WEST, "backup"): NEWEST - 1})
    assert all(one.ok for one in look(world))
    read = [request for request in world.requests if request.endswith(".ts")]
    assert {one.removesuffix(".ts").rpartition("_")[2] for one in read if "_high_" in one} == {str(NEWEST - 1)}


@pytest.mark.parametrize(
    ("change", "checks"),
    [
        ({"off_grid": {(WEST, "primary"): 3600}}, {"grid", "same pictures"}),
        ({"off_grid": {(WEST, "primary"): 90_000 * 17}}, {"number", "same pictures"}),
        ({"newest": {(EAST, "backup"): NEWEST - 5}}, {"same numbers"}),
        ({"newest": dict.fromkeys(((EAST, "primary"), (EAST, "backup")), 41)}, {"clock", "same numbers"}),
        ({"newest": {(region, base): NEWEST + 90 for region in REGIONS for base in BASES}}, {"clock"}),
        ({"clock_ahead": {(EAST, "backup"): 180.0}}, {"timecode"}),
        ({"clock_ahead": {(EAST, "backup"): -180.0}}, {"timecode"}),
        ({"locked": {(WEST, "primary"): 0.0}}, {"locked"}),
        ({"locked": {(WEST, "primary"): None}}, {"locked"}),
        ({"prefix": {(WEST, "primary"): "take2-"}}, {"same names"}),
        ({"ended": {(EAST, "primary")}}, {"manifest"}),
        ({"gone": {f"{WEST}/backup_low.m3u8"}}, {"manifest"}),
        ({"gone": {f"{WEST}/backup_low_{NEWEST:05d}.ts"}}, {"manifest"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "-",
)
def test_each_fault_is_found_by_the_checks_that_it_concerns(change: dict[str, Any], checks: set[str]) -> None:
    world = World(**change)
    if "prefix" in change:
        world.object = renamed(world)  # type: ignore[method-assign]
    assert set(failed(world)) == checks


def renamed(world: World) -> Callable[[str, str], bytes | None]:
    """Segments are found under their changed names, too."""
    plain = world.object
    return lambda bucket, key: plain(bucket, key.replace("take2-", ""))


def test_a_channel_that_is_not_locked_to_the_epoch_is_named() -> None:
    world = World(described=lambda region: described(region, locking="PIPELINE_LOCKING"))
    assert failed(world) == {"settings": [f"{region} both pipelines" for region in REGIONS]}


def test_a_clock_that_is_two_minutes_off_is_let_pass_and_three_minutes_are_not() -> None:
    assert failed(World(clock_ahead={(EAST, "primary"): 119.0})) == {}
    places = [f"{EAST} pipeline 0 {name}" for name in ("high", "low")]
    assert failed(World(clock_ahead={(EAST, "primary"): 180.0})) == {"timecode": places}


def test_a_finding_says_what_to_do() -> None:
    detail = next(one.detail for one in look(World(clock_ahead={(EAST, "primary"): 180.0})) if not one.ok)
    assert "180.0 s ahead of" in detail
    assert "NTP" in detail


@given(st.integers(-86_400 * 3, 86_400 * 3))
def test_only_the_time_of_day_of_a_timecode_counts(seconds: int) -> None:
    from livecheck.as_run import Timecode

    told = NOW + timedelta(seconds=seconds)
    ahead = Timecode("high", f"{told:%H:%M:%S};00", NOW).seconds_ahead
    assert -43_200 <= ahead <= 43_200
    assert (ahead - seconds) % 86_400 == 0


@given(st.integers(-3, 3))
def test_time_stamps_are_on_the_grid_within_two_ticks(ticks: int) -> None:
    world = World(off_grid={(region, base): ticks for region in REGIONS for base in BASES})
    assert ("grid" in failed(world)) == (abs(ticks) > 2)


def test_before_the_first_segment_the_check_is_pending() -> None:
    names = {f"{base}_{name}.m3u8" for base in BASES for name in ("high", "low")}
    with pytest.raises(SegmentsPending, match=f"{EAST}: no segments yet .*NoSuchKey"):
        look(World(gone=names))


def test_one_region_can_be_checked_by_itself() -> None:
    assert all(one.ok for one in look(World(), WEST))


def test_a_busy_service_is_told_as_such() -> None:
    with pytest.raises(Throttled, match="SlowDown"):
        look(World(error="SlowDown"))
    assert issubclass(Throttled, LiveCheckError)


def test_an_answer_lists_what_failed_or_else_what_was_checked() -> None:
    event = {"operation": "epoch", "channels": [asked(region) for region in REGIONS]}
    good = check(event, Access(World().client, object), NOW)
    assert (good["ok"], good["failed"]) == (True, 0)
    assert all(one["ok"] for one in good["findings"])
    bad = check(event, Access(World(ended={(WEST, "backup")}).client, object), NOW)
    assert (bad["ok"], bad["failed"]) == (False, 2)
    places = [f"{WEST} pipeline 1 high", f"{WEST} pipeline 1 low"]
    assert [(one["check"], one["place"]) for one in bad["findings"]] == [("manifest", place) for place in places]


def test_what_settles_after_a_start_is_waited_for_unless_something_else_is_wrong() -> None:
    event = {"channels": [asked(region) for region in REGIONS]}
    settling = World(locked={(WEST, "backup"): None, (EAST, "primary"): 0.0}, gone={f"{WEST}/backup_low.m3u8"})
    with pytest.raises(SegmentsPending, match=f"{WEST} pipeline 1 low"):
        check(event, Access(settling.client, object), NOW)
    settling.clock_ahead = {(EAST, "primary"): 180.0}
    assert check(event, Access(settling.client, object), NOW)["ok"] is False


def test_limits_can_be_asked_for() -> None:
    event = {"channels": [asked(EAST)], "limits": {"timecode_seconds": 5}}
    late = World(clock_ahead={(EAST, "primary"): -20.0})
    assert check(event, Access(late.client, object), NOW)["failed"] == 2


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ([], "the event is no object"),
        ({"operation": "guess"}, "operation is one of epoch, manifest"),
        ({}, "channels is a list"),
        ({"channels": [{}]}, "a channel is {region, channel_id, origin"),
        ({"channels": [asked(EAST) | {"channel_id": ""}]}, "channel_id is text"),
        ({"channels": [asked(EAST, "ftp")]}, "kind of an origin is one of mediapackage, s3"),
        ({"channels": [asked(EAST)], "limits": {"minutes": 1}}, "limits has timecode_seconds, delay_seconds only"),
        ({"channels": [asked(EAST)], "limits": {"delay_seconds": 0}}, "limits are seconds above 0"),
    ],
)
def test_an_event_that_is_none_is_refused_with_what_it_has_to_be(event: Any, says: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse(event)
    assert says in str(refused.value)


def test_a_time_stamp_that_began_anew_is_on_the_grid_too() -> None:
    assert (NEWEST * 2 * TICKS) > 1 << 33
    assert failed(World()) == {}


def test_two_renditions_of_one_region_may_be_called_otherwise() -> None:
    """MediaPackage may offer two of the same size, which come from one output as far as can be seen."""
    tracks = tuple(
        Track(Place(WEST, BOTH, "low"), Fraction(2), names={NEWEST: f"segment_{index}_{NEWEST}.mp4"})
        for index in (1, 2)
    )
    assert "same names" not in {one.check for one in findings(Observation(tracks, ()))}
