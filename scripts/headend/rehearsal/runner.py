"""Playing: one scenario at a time on one flow, watched until it is over, judged by what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from headend.rehearsal.facts import Facts, Notice
from headend.rehearsal.plays import Bad, Play

STEP_SECONDS = 5.0
ANSWER_AFTER_SECONDS = 20.0
"""How long a person takes to answer: long enough to see that nothing happens before."""
CALM_SECONDS = 1800.0
APART_SECONDS = 2000.0
"""Between two scenarios: longer than the workflow's cool-downs, so that what it did in one is no reason in the next."""


class Venue(Protocol):
    """Where it plays: a deployment with one flow. Times are seconds since the epoch."""

    flow_arn: str

    def now(self) -> float:
        """The clock."""

    def advance(self, seconds: float) -> None:
        """Let time pass."""

    def skip(self, seconds: float) -> None:
        """Let time pass at once, in which nothing is measured."""

    def play(self, scenario: str) -> None:
        """Play a scenario on the flow."""

    def timeline(self) -> list[Mapping[str, Any]]:
        """What has happened since it was last asked."""

    def notices(self) -> list[Notice]:
        """What subscribers were told since it was last asked, in order."""

    def look(self, link: str) -> int:
        """Open the page behind a link, which decides nothing; the HTTP status."""

    def answer(self, link: str, answer: str) -> int:
        """Answer the approval behind a link; the HTTP status."""

    def first_bad(self, bad: Bad, since: float) -> float | None:
        """The first second after `since` in which the stream was bad."""

    def preferred(self) -> str | None:
        """The name of the source that the flow prefers."""

    def busy(self) -> list[str]:
        """What still goes on: alarms that have not cleared, workflows that run."""

    def restore(self) -> None:
        """A healthy stream, the first source preferred, on air."""


@dataclass(frozen=True)
class Result:
    """What came of a play: each expectation in words, and whether it held."""

    play: Play
    facts: Facts
    verdicts: dict[str, bool]

    @property
    def ok(self) -> bool:
        """Whether all held."""
        return all(self.verdicts.values())


def run(play: Play, venue: Venue) -> Result:
    """Play one scenario from calm to calm."""
    left = quieten(venue)
    facts = Facts(began=venue.now())
    venue.play(play.scenario)
    healed = False
    end = facts.began + play.seconds
    while not play.done(facts) and venue.now() < end:
        _pass(venue, facts, STEP_SECONDS)
        _answer(play, venue, facts)
        if not healed and play.healed(facts):
            healed = True
            venue.play("clean")
    _pass(venue, facts, play.linger)
    facts.first_bad = venue.first_bad(play.bad, facts.began)
    facts.preferred = venue.preferred()
    facts.ended = venue.now()
    verdicts = {one.says: one.holds(facts) for one in play.all_expected}
    verdicts["began in calm"] = not left
    return Result(play, facts, verdicts)


def quieten(venue: Venue) -> list[str]:
    """Restore the flow, wait until nothing goes on any more, and forget what was said; what still goes on after all."""
    venue.restore()
    end = venue.now() + CALM_SECONDS
    while (left := venue.busy()) and venue.now() < end:
        venue.skip(10 * STEP_SECONDS)
    venue.skip(APART_SECONDS)
    venue.timeline()
    venue.notices()
    return left


def _pass(venue: Venue, facts: Facts, seconds: float) -> None:
    venue.advance(seconds)
    facts.add(venue.timeline(), venue.flow_arn)
    facts.notices += venue.notices()
    facts.notices.sort(key=lambda one: one.at)


def _answer(play: Play, venue: Venue, facts: Facts) -> None:
    asked = next((one for one in facts.of("approval") if one.link), None)
    if play.answer is None or asked is None or asked.link is None or facts.answered_at is not None:
        return
    if facts.page_status is None:
        facts.page_status = venue.look(asked.link)
    if venue.now() - asked.at >= ANSWER_AFTER_SECONDS:
        facts.answered_at = venue.now()
        facts.answer_status = venue.answer(asked.link, play.answer)
