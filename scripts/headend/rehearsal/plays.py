"""The scenarios that are rehearsed, and what is expected of each.

Every one is also expected to alert once for each incident, to break nothing, and to end by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from headend.rehearsal.facts import CLOSES, Facts

HTTP_OK = 200
MINUTE = 60.0
NATIVE_SECONDS = 2.0
"""MediaConnect switches after 500 ms; the local cloud's streams have a step of one second."""
PAGE_SECONDS = 60.0

Bad = Literal["black", "loss", "silence"]
Holds = Callable[[Facts], bool]


def _never(_: Facts) -> bool:
    return False


@dataclass(frozen=True)
class Expectation:
    """One thing that is expected, in words, and whether it is so."""

    says: str
    holds: Holds


@dataclass(frozen=True)
class Play:
    """A scenario on the flow. `bad` is how its first bad second is known; it is over when `done`, at the latest after
    `seconds`, and watched for `linger` seconds more. `answer` is given to the approval; `healed` says when the sources
    are to come back by themselves."""

    name: str
    title: str
    scenario: str
    bad: Bad
    expects: tuple[Expectation, ...]
    done: Holds
    seconds: float = 20 * MINUTE
    linger: float = 2 * MINUTE
    answer: Literal["approve", "reject"] | None = None
    healed: Holds = _never

    @property
    def all_expected(self) -> tuple[Expectation, ...]:
        """What is expected of it, with what is expected of all."""
        return (*self.expects, *OF_ALL)


def _recovered(facts: Facts) -> bool:
    return bool(facts.of(CLOSES))


def _switched_by_us(facts: Facts) -> bool:
    return bool(facts.of("action", action_kind="switch"))


def _outcome(facts: Facts, kind: str, outcome: str) -> bool:
    told = facts.of("action", action_kind=kind)
    return bool(told) and told[-1].action.get("outcome") == outcome


def _stopped_before_approval(facts: Facts) -> bool:
    stops = facts.off_air()
    return bool(stops) and (facts.answered_at is None or stops[0].at < facts.answered_at)


ALERTED_ONCE = Expectation("one alert", lambda facts: len(facts.of("alert")) == 1)
RECOVERED_ONCE = Expectation("one recovery notice", lambda facts: len(facts.of(CLOSES)) == 1)
NOBODY_TOLD = Expectation("nobody is told", lambda facts: not facts.notices)
NOT_SWITCHED = Expectation("the workflow does not switch", lambda facts: not _switched_by_us(facts))
STAYS = Expectation("the flow stays with its source", lambda facts: not facts.switches)
NOT_RESTARTED = Expectation("the flow is not restarted", lambda facts: not facts.off_air())
OF_ALL = (
    Expectation("never two alerts for one incident", lambda facts: facts.alerts_per_incident <= 1),
    Expectation("no execution fails and nothing is denied", lambda facts: not facts.faults),
)
ASKED_ONCE = Expectation("one approval is asked for", lambda facts: len(facts.of("approval")) == 1)
ANSWERED = Expectation(
    "the link shows a page, and takes the answer", lambda facts: facts.page_status == facts.answer_status == HTTP_OK
)
NOT_BEFORE = Expectation("not stopped before the approval", lambda facts: not _stopped_before_approval(facts))

PLAYS = (
    Play(
        name="arq-recovers",
        title="the primary source loses packets, and ARQ brings back all of them",
        scenario="primary-loss-recovered",
        bad="loss",
        expects=(NOBODY_TOLD, STAYS, NOT_RESTARTED),
        done=_never,
        seconds=5 * MINUTE,
    ),
    Play(
        name="beyond-recovery",
        title="the primary source loses more than ARQ can bring back",
        scenario="primary-loss",
        bad="loss",
        expects=(
            ALERTED_ONCE,
            Expectation("the flow takes the backup source", lambda facts: bool(facts.switches)),
            Expectation("the switch is reported as a help", lambda facts: _outcome(facts, "switch", "helped")),
            NOT_RESTARTED,
            RECOVERED_ONCE,
        ),
        done=_recovered,
    ),
    Play(
        name="silence",
        title="the primary source falls silent, and MediaConnect switches by itself",
        scenario="primary-silent",
        bad="silence",
        expects=(
            Expectation(
                "MediaConnect has switched within 2 s",
                lambda facts: (
                    bool(facts.switches) and facts.switches[0].at - (facts.first_bad or facts.began) <= NATIVE_SECONDS
                ),
            ),
            Expectation(
                "the failover is reported",
                lambda facts: any(
                    metric in ("FailoverSwitch", "FailoverSwitches") for one in facts.notices for metric in one.metrics
                ),
            ),
            ALERTED_ONCE,
            NOT_SWITCHED,
            NOT_RESTARTED,
            RECOVERED_ONCE,
        ),
        done=_recovered,
    ),
    Play(
        name="both-dead",
        title="both sources are dead; a person approves the restart",
        scenario="both-dead",
        bad="silence",
        expects=(
            ALERTED_ONCE,
            ASKED_ONCE,
            ANSWERED,
            NOT_BEFORE,
            Expectation("restarted once", lambda facts: len(facts.off_air()) == 1),
            Expectation("the restart is reported as a help", lambda facts: _outcome(facts, "restart", "helped")),
            RECOVERED_ONCE,
        ),
        done=_recovered,
        answer="approve",
    ),
    Play(
        name="both-dead-rejected",
        title="both sources are dead; a person rejects the restart",
        scenario="both-dead",
        bad="silence",
        expects=(
            ALERTED_ONCE,
            ASKED_ONCE,
            ANSWERED,
            NOT_RESTARTED,
            Expectation("the rejection is reported", lambda facts: _outcome(facts, "restart", "rejected")),
            RECOVERED_ONCE,
        ),
        done=_recovered,
        answer="reject",
        healed=lambda facts: _outcome(facts, "restart", "rejected"),
    ),
    Play(
        name="flapping",
        title="the primary source comes and goes",
        scenario="primary-flapping",
        bad="silence",
        expects=(
            Expectation("one incident", lambda facts: len(facts.incidents) == 1),
            ALERTED_ONCE,
            Expectation(
                "escalated as flapping, once", lambda facts: len(facts.of("escalation", reason="flapping")) == 1
            ),
            Expectation(
                "no ping-pong: at most one switch by the workflow",
                lambda facts: len(facts.of("action", action_kind="switch")) <= 1,
            ),
            NOT_RESTARTED,
            RECOVERED_ONCE,
        ),
        done=_recovered,
    ),
    Play(
        name="backup-worse",
        title="both sources lose packets, the backup more",
        scenario="backup-worse",
        bad="loss",
        expects=(ALERTED_ONCE, NOT_SWITCHED, STAYS, NOT_RESTARTED, RECOVERED_ONCE),
        done=_recovered,
    ),
    Play(
        name="maintenance",
        title="AWS maintains the flow",
        scenario="maintenance",
        bad="silence",
        expects=(NOBODY_TOLD, NOT_SWITCHED, NOT_RESTARTED),
        done=_never,
        seconds=6 * MINUTE,
    ),
    Play(
        name="black",
        title="the primary source's picture is black",
        scenario="black",
        bad="black",
        expects=(
            ALERTED_ONCE,
            Expectation(
                "paged with HIGH severity within a minute of the fault",
                lambda facts: any(
                    one.severity == "HIGH" and one.at - (facts.first_bad or facts.began) <= PAGE_SECONDS
                    for one in facts.of("alert")
                ),
            ),
            NOT_RESTARTED,
            RECOVERED_ONCE,
        ),
        done=_recovered,
    ),
)
BY_NAME = {play.name: play for play in PLAYS}
