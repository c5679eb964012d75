"""A drill from breaking to verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headend.drill.command import lines
from headend.drill.engine import AFTER, BEFORE, Outcome, Stage, run
from headend.drill.scenarios import SCENARIOS, find
from headend.drill.verdict import Server
from headend.errors import HeadendError, UsageError
from unit.drill.drill_cases import SECONDS, Clock, Levers, Viewer, ideal


def play(name: str, kind: str = "s3", serves: object = ideal) -> tuple[Outcome, Levers, Viewer]:
    """A drill with one viewer; `serves` (levers → server)."""
    clock = Clock()
    levers = Levers(clock)
    viewer = Viewer(clock, lambda: serves(levers))  # type: ignore[operator]
    stage = Stage(kind, SECONDS, levers, [viewer])
    return run(find(name), stage, lambda _line: None, now=clock, sleep=clock.sleep), levers, viewer


@pytest.mark.parametrize("name", SCENARIOS)
def test_with_every_protection_no_path_is_seen_by_viewers(name: str) -> None:
    outcome, levers, viewer = play(name)
    assert [one.faults for one in outcome.verdicts] == [()]
    assert outcome.ok
    assert levers.broken == set()
    assert viewer.ended


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_was_broken_is_mended_the_last_first(name: str) -> None:
    _, levers, _ = play(name)
    broken = [one for one in levers.done if not one.startswith("mended")]
    assert levers.done == [*broken, *(f"mended {one}" for one in reversed(broken))]


def test_times_count_from_breaking_and_from_mending() -> None:
    outcome, _, _ = play("region")
    [verdict] = outcome.verdicts
    assert verdict.over is not None
    assert verdict.back is not None
    assert 0 <= verdict.over <= SECONDS
    assert 0 <= verdict.back <= SECONDS
    assert verdict.ratios(SECONDS) == (verdict.over / SECONDS, verdict.back / SECONDS)


def test_a_fault_lasts_as_many_segments_as_its_path_says() -> None:
    outcome, _, _ = play("region")
    fault = outcome.faults["viewer"]
    assert fault.ended - fault.began == pytest.approx(8 * SECONDS)
    stopped = play("stop")[0].faults["viewer"]
    assert stopped.ended - stopped.began == pytest.approx(8 * SECONDS + 5 * SECONDS)
    blip = play("blip")[0].faults["viewer"]
    assert blip.ended - blip.began == pytest.approx(2.0)


def test_times_are_each_player_s_own() -> None:
    clock = Clock()
    levers = Levers(clock)
    viewers = [Viewer(clock, lambda: ideal(levers), name, late=late) for name, late in (("quick", 0.0), ("slow", 3.0))]
    outcome = run(find("region"), Stage("s3", SECONDS, levers, viewers), lambda _: None, now=clock, sleep=clock.sleep)
    assert outcome.faults["quick"].began - outcome.faults["slow"].began == pytest.approx(3.0)
    assert outcome.ok
    assert all(one.over is not None and 0 <= one.over <= SECONDS for one in outcome.verdicts)


def test_players_see_a_healthy_stream_before_and_after() -> None:
    outcome, _, _ = play("pause")
    fault = outcome.faults["viewer"]
    times = [one.at for one in outcome.reports["viewer"].segments]
    assert len([at for at in times if at < fault.began]) >= BEFORE
    assert len([at for at in times if at >= fault.ended]) >= AFTER


def test_a_stream_that_nobody_takes_over_is_a_fault() -> None:
    outcome, _, _ = play("region", serves=lambda _levers: ("primary", "primary"))
    assert outcome.verdicts[0].faults == ("primary, primary went on serving: nothing took over",)


def test_a_stall_is_a_fault() -> None:
    outcome, _, _ = play("region", serves=lambda levers: None if levers.broken else ("primary", "primary"))
    assert not outcome.ok
    assert any("a stall of 2000 ms" in one for one in outcome.verdicts[0].faults)


def test_a_player_that_falters_as_it_begins_has_seen_nothing_of_the_fault() -> None:
    late = iter([None])
    outcome, _, _ = play("switch", serves=lambda levers: next(late, ideal(levers)))
    assert outcome.reports["viewer"].longest_stall == SECONDS * 1000
    assert outcome.ok
    assert outcome.verdicts[0].longest_stall_ms == 0


def test_a_fail_back_that_does_not_come_is_a_fault() -> None:
    def sticky(levers: Levers) -> tuple[str, str]:
        return ("secondary" if levers.done else "primary"), "primary"

    outcome, _, _ = play("region", serves=sticky)
    assert outcome.verdicts[0].faults == ("primary, primary does not serve again: no automatic fail-back",)


def test_going_to_the_other_pipeline_for_good_is_as_it_should_be() -> None:
    def sticky(levers: Levers) -> tuple[str, str]:
        return "primary", "backup" if levers.done else "primary"

    assert play("source-everywhere", serves=sticky)[0].ok


def test_one_region_may_lose_a_pipeline_a_moment_before_the_other() -> None:
    def one_by_one(levers: Levers) -> tuple[str, str]:
        if not levers.done:
            return "primary", "primary"
        return ("secondary", "primary") if levers.clock.now < broken_at + 2 * SECONDS else ("primary", "backup")

    broken_at = 10.0
    verdict = play("source-everywhere", serves=one_by_one)[0].verdicts[0]
    assert verdict.ok
    assert verdict.meanwhile == Server("primary", "backup")


def test_after_a_blip_any_pipeline_serves_but_the_usual_region() -> None:
    assert play("blip", serves=lambda levers: ("primary", "backup" if levers.done else "primary"))[0].ok
    verdict = play("blip", serves=lambda levers: ("secondary" if levers.done else "primary", "primary"))[0].verdicts[0]
    assert verdict.faults == ("secondary, primary serves at last, not primary, primary: no automatic fail-back",)


def test_mediapackage_joins_the_pipelines_of_its_region() -> None:
    def joined(_levers: Levers) -> tuple[str, str]:
        return "primary", "segment"

    assert play("source", "mediapackage", joined)[0].ok
    assert play("source", "s3", joined)[0].ok is False


def test_without_a_stream_nothing_is_broken() -> None:
    clock = Clock()
    levers = Levers(clock)
    viewer = Viewer(clock, lambda: None)
    with pytest.raises(HeadendError, match="viewer has played 0 segments: nothing is on air"):
        run(find("region"), Stage("s3", SECONDS, levers, [viewer]), lambda _: None, now=clock, sleep=clock.sleep)
    assert levers.done == []
    assert viewer.ended


def test_what_was_broken_is_mended_when_the_drill_is_interrupted() -> None:
    clock = Clock()
    levers = Levers(clock)
    viewer = Viewer(clock, lambda: ideal(levers))

    def sleep(seconds: float) -> None:
        if levers.broken:
            raise KeyboardInterrupt
        clock.sleep(seconds)

    with pytest.raises(KeyboardInterrupt):
        run(find("region"), Stage("s3", SECONDS, levers, [viewer]), lambda _: None, now=clock, sleep=sleep)
    assert levers.broken == set()
    assert viewer.ended


def test_an_unknown_path_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="source, source-everywhere, origin-refused"):
        find("volcano")


def test_where_viewers_noticed_on_a_machine_that_is_too_busy_the_lines_say_so() -> None:
    noticed = play("region", serves=lambda levers: None if levers.broken else ("primary", "primary"))[0]
    busy, calm = replace(noticed, load=9.0), replace(noticed, load=0.5)
    assert list(lines(busy))[-1].strip() == "the machine had 9 times as much to do as it can: a stall may be its own"
    assert not any("the machine" in line for line in lines(calm))
    assert not any("the machine" in line for line in lines(replace(play("region")[0], load=9.0)))
