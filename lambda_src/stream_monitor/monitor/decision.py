"""What to do about a flow in trouble: a pure function of what is known, the rules and the limits.

The rules are configuration. What no rule can do is said here: move a flow to a source that is not healthy, move a flow
that merges, act twice within a cool-down, act on a flow that is muted or changing, restart one that has a live source.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HEALTHY, DEGRADED, DEAD, UNKNOWN = "healthy", "degraded", "dead", "unknown"
STATES = (HEALTHY, DEGRADED, DEAD, UNKNOWN)
NONE, SWITCH, RESTART = "none", "switch", "restart"
ACTIONS = (NONE, SWITCH, RESTART)
FAILOVER, MERGE = "FAILOVER", "MERGE"

_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class SourceState:
    """A source as the decision sees it.

    Attributes:
        selected: whether the flow takes it; None = not known.
        state: healthy, degraded, dead or unknown.
        bad_seconds: for how long, within the window, it was not healthy.
    """

    name: str
    selected: bool | None
    state: str
    bad_seconds: int = 0


@dataclass(frozen=True)
class Rule:
    """A condition and what to do about it; a condition that is None holds always.

    Attributes:
        selected: states of the source that the flow takes.
        other: states, of which some other source has one.
        every: states, of which every source has one.
        flow_issues: metrics, of which the flow has an issue.
        bad_seconds: for how long the selected source (without `selected`: every source) was not healthy, at least.
    """

    name: str
    action: str
    selected: frozenset[str] | None = None
    other: frozenset[str] | None = None
    every: frozenset[str] | None = None
    flow_issues: frozenset[str] | None = None
    bad_seconds: int = 0


@dataclass(frozen=True)
class Limits:
    """What may be done, and how often; seconds."""

    cool_down_seconds: int
    maximum_switches_per_hour: int
    restart_allowed: bool
    restart_cool_down_seconds: int
    switch_allowed: bool = True


@dataclass(frozen=True)
class Memory:
    """What was done before: times in milliseconds since the epoch.

    Attributes:
        restarts: when a restart was asked for.
        restart_approved: somebody has approved the restart that was asked for last.
    """

    switches: tuple[int, ...] = ()
    restarts: tuple[int, ...] = ()
    restart_approved: bool = False


@dataclass(frozen=True)
class Situation:
    """A flow at the time `now` (milliseconds since the epoch).

    Attributes:
        failover: FAILOVER, MERGE, or None where the flow does not switch at all.
        issues: metrics of the flow's issues.
        muted: why nothing is to be done, or None.
    """

    flow_status: str
    failover: str | None
    sources: tuple[SourceState, ...]
    now: int
    issues: frozenset[str] = frozenset()
    muted: str | None = None
    memory: Memory = Memory()


@dataclass(frozen=True)
class Decision:
    """What to do: `source` is the one to switch to, `rule` the one that decided."""

    action: str
    source: str | None
    rule: str | None
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """The decision as the workflow reads it."""
        return {"action": self.action, "source": self.source, "rule": self.rule, "reason": self.reason}


def decide(situation: Situation, rules: Iterable[Rule], limits: Limits) -> Decision:
    """The first rule whose conditions hold decides, within the limits."""
    if situation.muted:
        return Decision(NONE, None, None, situation.muted)
    if situation.flow_status == "UPDATING":
        return Decision(NONE, None, None, "the flow is UPDATING: nothing is done until it has settled")
    if situation.flow_status != "ACTIVE":
        return Decision(NONE, None, None, f"the flow is {situation.flow_status}, not ACTIVE")
    for rule in rules:
        if not _holds(rule, situation):
            continue
        if rule.action == SWITCH:
            return _switch(rule, situation, limits)
        if rule.action == RESTART:
            return _restart(rule, situation, limits)
        return Decision(NONE, None, rule.name, f"{_words(situation)}: rule {rule.name} leaves it so")
    return Decision(NONE, None, None, f"{_words(situation)}: no rule asks for anything")


def helped(action: Mapping[str, Any], sources: Iterable[SourceState]) -> bool | None:
    """Whether what was done has helped, by what has arrived since; None = it cannot be told yet.

    Args:
        action: {"kind": "switch" or "restart", "source": the source switched to}.
        sources: as judged by what arrived after the action.
    """
    known = list(sources)
    if action.get("kind") == SWITCH:
        target = next((one for one in known if one.name == action.get("source")), None)
        if target is None or target.selected is False or target.state in (DEGRADED, DEAD):
            return False
        return True if target.selected and target.state == HEALTHY else None
    if any(one.state in (HEALTHY, DEGRADED) for one in known):
        return True
    return False if known and all(one.state == DEAD for one in known) else None


def _holds(rule: Rule, situation: Situation) -> bool:
    sources = situation.sources
    if rule.every is not None and not (sources and all(one.state in rule.every for one in sources)):
        return False
    if rule.flow_issues is not None and not rule.flow_issues & situation.issues:
        return False
    selected = _selected(sources)
    if rule.selected is not None and (selected is None or selected.state not in rule.selected):
        return False
    if rule.other is not None and not any(one.state in rule.other for one in sources if one is not selected):
        return False
    looked_at = [selected] if rule.selected is not None and selected else list(sources)
    return min((one.bad_seconds for one in looked_at), default=0) >= rule.bad_seconds


def _selected(sources: tuple[SourceState, ...]) -> SourceState | None:
    """The source that the flow takes: the one that says so, else the only one that does not say no."""
    taken = [one for one in sources if one.selected]
    if not taken:
        taken = [one for one in sources if one.selected is None]
    return taken[0] if len(taken) == 1 else None


def _switch(rule: Rule, situation: Situation, limits: Limits) -> Decision:
    def nothing(reason: str) -> Decision:
        return Decision(NONE, None, rule.name, f"{_words(situation)}: {reason}")

    if not limits.switch_allowed:
        return nothing("switches are not configured")
    if situation.failover == MERGE:
        return nothing("a flow that merges takes both sources and is never switched")
    if situation.failover != FAILOVER:
        return nothing("the flow has no failover between sources")
    selected = _selected(situation.sources)
    if selected is None:
        return nothing("it is not known which source the flow takes")
    target = next((one for one in situation.sources if one is not selected and one.state == HEALTHY), None)
    if target is None:
        return nothing("no other source is healthy")
    last = max(situation.memory.switches, default=None)
    if last is not None and situation.now - last < limits.cool_down_seconds * 1000:
        return nothing(f"switched {_seconds(situation.now - last)} s ago, within {limits.cool_down_seconds} s")
    recent = sum(1 for at in situation.memory.switches if situation.now - at < _HOUR_MS)
    if recent >= limits.maximum_switches_per_hour:
        return nothing(f"switched {recent} times within an hour, as often as is allowed")
    return Decision(SWITCH, target.name, rule.name, _words(situation))


def _restart(rule: Rule, situation: Situation, limits: Limits) -> Decision:
    def nothing(reason: str) -> Decision:
        return Decision(NONE, None, rule.name, f"{_words(situation)}: {reason}")

    if not limits.restart_allowed:
        return nothing("restarts are not configured")
    if not situation.sources or any(one.state != DEAD for one in situation.sources):
        return nothing("a flow is restarted only when every source is dead")
    last = max(situation.memory.restarts, default=None)
    since = None if last is None else situation.now - last
    if not situation.memory.restart_approved and since is not None and since < limits.restart_cool_down_seconds * 1000:
        return nothing(f"a restart was asked for {_seconds(since)} s ago, within {limits.restart_cool_down_seconds} s")
    return Decision(RESTART, None, rule.name, _words(situation))


def _words(situation: Situation) -> str:
    """`first is degraded (selected), second is healthy`."""
    chosen = _selected(situation.sources)
    said = [f"{one.name} is {one.state}{' (selected)' if one is chosen else ''}" for one in situation.sources]
    return ", ".join(said) or "no source is known"


def _seconds(milliseconds: int) -> int:
    return max(0, milliseconds // 1000)
