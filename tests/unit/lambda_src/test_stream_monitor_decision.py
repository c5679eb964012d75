"""What is done about a flow in trouble, and what is never done."""

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor.decision import (
    ACTIONS,
    DEAD,
    DEGRADED,
    FAILOVER,
    HEALTHY,
    MERGE,
    NONE,
    RESTART,
    STATES,
    SWITCH,
    UNKNOWN,
    Limits,
    Memory,
    Rule,
    Situation,
    SourceState,
    decide,
    helped,
)

NOW = 1_800_000_000_000
LIMITS = Limits(
    cool_down_seconds=300, maximum_switches_per_hour=3, restart_allowed=True, restart_cool_down_seconds=1800
)
RULES = (
    Rule("selected-dead", SWITCH, selected=frozenset({DEAD}), other=frozenset({HEALTHY}), bad_seconds=20),
    Rule("selected-degraded", SWITCH, selected=frozenset({DEGRADED}), other=frozenset({HEALTHY}), bad_seconds=30),
    Rule("every-source-dead", RESTART, every=frozenset({DEAD}), bad_seconds=30),
    Rule("no-better-source", NONE, selected=frozenset({DEGRADED, DEAD})),
    Rule("redundancy-lost", NONE, selected=frozenset({HEALTHY}), other=frozenset({DEGRADED, DEAD})),
)
"""The module's defaults (modules/flow_response/variables.tf)."""


def pair(first: str, second: str, bad: int = 60, taken: str | None = "first") -> Situation:
    """A flow with two sources; `taken` is the one that it takes."""
    states = {"first": first, "second": second}
    sources = tuple(
        SourceState(name, None if taken is None else name == taken, state, bad if state != HEALTHY else 0)
        for name, state in states.items()
    )
    return Situation(flow_status="ACTIVE", failover=FAILOVER, sources=sources, now=NOW)


DECIDED = {
    (HEALTHY, HEALTHY): (NONE, None, None),
    (HEALTHY, DEGRADED): (NONE, None, "redundancy-lost"),
    (HEALTHY, DEAD): (NONE, None, "redundancy-lost"),
    (HEALTHY, UNKNOWN): (NONE, None, None),
    (DEGRADED, HEALTHY): (SWITCH, "second", "selected-degraded"),
    (DEGRADED, DEGRADED): (NONE, None, "no-better-source"),
    (DEGRADED, DEAD): (NONE, None, "no-better-source"),
    (DEGRADED, UNKNOWN): (NONE, None, "no-better-source"),
    (DEAD, HEALTHY): (SWITCH, "second", "selected-dead"),
    (DEAD, DEGRADED): (NONE, None, "no-better-source"),
    (DEAD, DEAD): (RESTART, None, "every-source-dead"),
    (DEAD, UNKNOWN): (NONE, None, "no-better-source"),
    (UNKNOWN, HEALTHY): (NONE, None, None),
    (UNKNOWN, DEGRADED): (NONE, None, None),
    (UNKNOWN, DEAD): (NONE, None, None),
    (UNKNOWN, UNKNOWN): (NONE, None, None),
}


def test_the_table_is_complete() -> None:
    assert set(DECIDED) == set(product(STATES, STATES))


@pytest.mark.parametrize("taken", ["first", "second"])
@pytest.mark.parametrize("states", DECIDED, ids="-".join)
def test_what_is_decided_for_each_pair_of_states(states: tuple[str, str], taken: str) -> None:
    situation = pair(*(states if taken == "first" else states[::-1]), taken=taken)
    action, source, rule = DECIDED[states]
    if source and taken == "second":
        source = "first"
    found = decide(situation, RULES, LIMITS)
    assert (found.action, found.source, found.rule) == (action, source, rule)


def test_it_says_why() -> None:
    assert decide(pair(DEGRADED, HEALTHY), RULES, LIMITS).reason == "first is degraded (selected), second is healthy"
    assert decide(pair(DEGRADED, DEAD), RULES, LIMITS).reason == (
        "first is degraded (selected), second is dead: rule no-better-source leaves it so"
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"muted": "the flow is muted"}, "the flow is muted"),
        ({"flow_status": "UPDATING"}, "until it has settled"),
        ({"flow_status": "STANDBY"}, "not ACTIVE"),
        ({"failover": MERGE}, "merges"),
        ({"failover": None}, "no failover"),
        ({"memory": Memory(switches=(NOW - 299_000,))}, "switched 299 s ago, within 300 s"),
        ({"memory": Memory(switches=(NOW - 3_500_000, NOW - 2_000_000, NOW - 400_000))}, "switched 3 times within"),
    ],
)
def test_a_switch_that_a_rule_asks_for_is_not_made(changes: dict[str, object], says: str) -> None:
    situation = replace(pair(DEGRADED, HEALTHY), **changes)  # type: ignore[arg-type]
    found = decide(situation, RULES, LIMITS)
    assert found.action == NONE
    assert says in found.reason


@pytest.mark.parametrize("memory", [Memory(switches=(NOW - 300_000,)), Memory(switches=tuple([NOW - 3_600_000] * 5))])
def test_after_the_cool_down_it_is_made_again(memory: Memory) -> None:
    assert decide(replace(pair(DEGRADED, HEALTHY), memory=memory), RULES, LIMITS).action == SWITCH


def test_switches_can_be_turned_off() -> None:
    found = decide(pair(DEAD, HEALTHY), RULES, replace(LIMITS, switch_allowed=False))
    assert (found.action, found.rule) == (NONE, "selected-dead")


def test_a_source_must_be_bad_for_a_while() -> None:
    assert decide(pair(DEGRADED, HEALTHY, bad=29), RULES, LIMITS).action == NONE
    assert decide(pair(DEAD, HEALTHY, bad=19), RULES, LIMITS).action == NONE
    assert decide(pair(DEAD, DEAD, bad=29), RULES, LIMITS).action == NONE


def test_the_source_that_does_not_say_no_is_the_selected_one() -> None:
    silent = SourceState("first", None, DEAD, 60)
    found = decide(replace(pair(DEAD, HEALTHY), sources=(silent, SourceState("second", False, HEALTHY))), RULES, LIMITS)
    assert (found.action, found.source) == (SWITCH, "second")


def test_nothing_is_switched_where_nobody_knows_which_source_is_taken() -> None:
    assert decide(pair(DEGRADED, HEALTHY, taken=None), RULES, LIMITS).action == NONE
    rule = Rule("any-dead", SWITCH)
    assert "not known" in decide(pair(DEAD, HEALTHY, taken=None), (rule,), LIMITS).reason


def test_a_flow_with_one_source_is_restarted_when_that_is_dead_and_never_switched() -> None:
    alone = replace(pair(DEAD, DEAD), sources=(SourceState("only", True, DEAD, 60),), failover=None)
    assert decide(alone, RULES, LIMITS).action == RESTART
    degraded = replace(alone, sources=(SourceState("only", True, DEGRADED, 60),))
    assert decide(degraded, RULES, LIMITS).action == NONE


def test_a_restart_is_asked_for_once_within_its_cool_down_and_made_when_it_is_approved() -> None:
    dead = pair(DEAD, DEAD)
    asked = replace(dead, memory=Memory(restarts=(NOW - 60_000,)))
    assert "asked for 60 s ago" in decide(asked, RULES, LIMITS).reason
    approved = replace(dead, memory=Memory(restarts=(NOW - 60_000,), restart_approved=True))
    assert decide(approved, RULES, LIMITS).action == RESTART
    assert decide(replace(dead, memory=Memory(restarts=(NOW - 1_800_000,))), RULES, LIMITS).action == RESTART
    assert decide(dead, RULES, replace(LIMITS, restart_allowed=False)).action == NONE


def test_a_rule_may_look_at_what_the_picture_is_like() -> None:
    rule = Rule("black", SWITCH, flow_issues=frozenset({"BlackFramesBreaching"}), other=frozenset({HEALTHY}))
    black = replace(pair(HEALTHY, HEALTHY), issues=frozenset({"BlackFramesBreaching"}))
    assert decide(black, (rule,), LIMITS).source == "second"
    assert decide(pair(HEALTHY, HEALTHY), (rule,), LIMITS).action == NONE


SWITCHED = {"kind": "switch", "source": "second"}
RESTARTED = {"kind": "restart", "source": None}


@pytest.mark.parametrize(
    ("action", "first", "second", "verdict"),
    [
        (SWITCHED, (False, DEGRADED), (True, HEALTHY), True),
        (SWITCHED, (True, DEGRADED), (False, HEALTHY), False),
        (SWITCHED, (False, DEGRADED), (True, DEGRADED), False),
        (SWITCHED, (False, HEALTHY), (True, DEAD), False),
        (SWITCHED, (None, UNKNOWN), (None, UNKNOWN), None),
        (SWITCHED, (None, UNKNOWN), (True, UNKNOWN), None),
        (SWITCHED, (None, UNKNOWN), (None, HEALTHY), None),
        (RESTARTED, (None, DEAD), (None, DEAD), False),
        (RESTARTED, (None, DEAD), (True, HEALTHY), True),
        (RESTARTED, (True, DEGRADED), (None, DEAD), True),
        (RESTARTED, (None, UNKNOWN), (None, DEAD), None),
    ],
)
def test_whether_it_has_helped(
    action: dict[str, str | None],
    first: tuple[bool | None, str],
    second: tuple[bool | None, str],
    verdict: bool | None,
) -> None:
    assert helped(action, [SourceState("first", *first), SourceState("second", *second)]) is verdict


def test_a_source_that_is_gone_has_not_helped() -> None:
    assert helped(SWITCHED, [SourceState("first", True, HEALTHY)]) is False


# Whatever the rules say

states = st.sampled_from(STATES)
some_states = st.none() | st.frozensets(states, min_size=1)
rules = st.lists(
    st.builds(
        Rule,
        name=st.sampled_from(["a", "b", "c"]),
        action=st.sampled_from(ACTIONS),
        selected=some_states,
        other=some_states,
        every=some_states,
        flow_issues=st.none() | st.just(frozenset({"BlackFramesBreaching"})),
        bad_seconds=st.integers(0, 120),
    ),
    max_size=5,
)
ages = st.lists(st.integers(0, 2 * 3_600_000).map(lambda age: NOW - age), max_size=6).map(tuple)
situations = st.builds(
    Situation,
    flow_status=st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "UPDATING", "STANDBY", "STARTING", "STOPPING", "ERROR"]),
    failover=st.sampled_from([FAILOVER, FAILOVER, MERGE, None]),
    sources=st.lists(
        st.builds(
            SourceState,
            name=st.sampled_from(["first", "second", "third"]),
            selected=st.none() | st.booleans(),
            state=states,
            bad_seconds=st.integers(0, 200),
        ),
        max_size=3,
        unique_by=lambda source: source.name,
    ).map(tuple),
    now=st.just(NOW),
    issues=st.frozensets(st.just("BlackFramesBreaching")),
    muted=st.none() | st.none() | st.just("muted"),
    memory=st.builds(Memory, switches=ages, restarts=ages, restart_approved=st.booleans()),
)
limits = st.builds(
    Limits,
    cool_down_seconds=st.integers(0, 7200),
    maximum_switches_per_hour=st.integers(0, 5),
    restart_allowed=st.booleans(),
    restart_cool_down_seconds=st.integers(0, 7200),
    switch_allowed=st.booleans(),
)


@given(situation=situations, rules=rules, limits=limits)
def test_a_flow_is_only_ever_switched_to_a_healthy_source_that_it_does_not_take(
    situation: Situation, rules: list[Rule], limits: Limits
) -> None:
    found = decide(situation, rules, limits)
    if found.action != SWITCH:
        return
    target = next(one for one in situation.sources if one.name == found.source)
    assert target.state == HEALTHY
    assert target.selected is not True
    assert situation.failover == FAILOVER
    assert limits.switch_allowed


@given(situation=situations, rules=rules, limits=limits)
def test_there_are_never_two_switches_within_the_cool_down_nor_too_many_within_an_hour(
    situation: Situation, rules: list[Rule], limits: Limits
) -> None:
    if decide(situation, rules, limits).action == SWITCH:
        assert all(NOW - at >= limits.cool_down_seconds * 1000 for at in situation.memory.switches)
        assert sum(NOW - at < 3_600_000 for at in situation.memory.switches) < limits.maximum_switches_per_hour


@given(situation=situations, rules=rules, limits=limits)
def test_a_flow_with_a_live_source_is_never_restarted(situation: Situation, rules: list[Rule], limits: Limits) -> None:
    if decide(situation, rules, limits).action == RESTART:
        assert situation.sources
        assert {one.state for one in situation.sources} == {DEAD}
        assert limits.restart_allowed


@given(situation=situations, rules=rules, limits=limits)
def test_nothing_is_done_to_a_flow_that_is_muted_or_not_settled_on_air(
    situation: Situation, rules: list[Rule], limits: Limits
) -> None:
    if situation.muted or situation.flow_status != "ACTIVE":
        assert decide(situation, rules, limits).action == NONE


@given(situation=situations, rules=rules, limits=limits)
def test_every_decision_has_a_reason_and_names_only_what_there_is(
    situation: Situation, rules: list[Rule], limits: Limits
) -> None:
    found = decide(situation, rules, limits)
    assert found.reason
    assert found.rule is None or found.rule in {rule.name for rule in rules}
    assert (found.source is not None) == (found.action == SWITCH)
    assert set(found.as_dict()) == {"action", "source", "rule", "reason"}


@given(states=st.lists(st.tuples(states, states), min_size=2, max_size=40), step=st.integers(10_000, 120_000))
def test_over_any_course_of_events_switches_keep_their_distance(states: list[tuple[str, str]], step: int) -> None:
    taken, switches = "first", []
    for number, (first, second) in enumerate(states):
        now = NOW + number * step
        situation = replace(pair(first, second, taken=taken), now=now, memory=Memory(switches=tuple(switches)))
        found = decide(situation, RULES, LIMITS)
        if found.action == SWITCH:
            switches.append(now)
            taken = str(found.source)
    assert all(later - earlier >= 300_000 for earlier, later in pairwise(switches))
