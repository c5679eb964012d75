"""The course of an incident that the response workflow closes: what each report changes, and what is to be told.

Only decisions: nothing here reads a clock or a table. Times are milliseconds since the epoch.

What people are told about an incident has keys: `alert`, `worse#<severity>`, `flapping`, `lasting`, `action#<…>`,
`recovery`. Each is told once. Whoever wants to tell one claims it first and marks it as told afterwards; whoever could
not tell gives it back; and if neither happens, the one who claimed it has died, and another may tell it
(`ABANDONED_MILLISECONDS`). One who died after telling and before marking leaves a notice that is told twice: better
than one that nobody hears.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alerts.incidents import Claim
from alerts.requests import Request, severest
from alerts.schemas import ALERT, LASTING, RECOVERY, SEVERITIES

WORSE, FLAPPING = "worse", "flapping"
ABANDONED_MILLISECONDS = 120_000  # longer than any function runs
_KEPT_FIRINGS = 50
_KEPT_NAMES = 100
_KEPT_BEFORE = 10


@dataclass(frozen=True)
class Notice:
    """What people are told.

    Attributes:
        by: the request that tells it (its idempotency key).
        started: when it was claimed, by the clock of the function.
        at: what the request knows of: it was found then.
        severity: with which it is told.
        told: whether it is known to have been told.
        doubtful: whether one who claimed it earlier has died, perhaps after telling it.
    """

    by: str
    started: int
    at: int
    severity: str
    told: bool = False
    doubtful: bool = False


@dataclass(frozen=True)
class Course:
    """An open incident.

    Attributes:
        claims: by metric, the severest that was reported of it, and by which transition.
        firings: by alarm, or by condition, when it fired.
        conditions: what events have said and not taken back, and when.
        actions: what was done meanwhile, in order: {kind, source, rule, reason, outcome, at, key}.
        reported: when trouble was last found.
        before: the incidents that were being told over when this one began, until they are known to have been told.
    """

    flow_arn: str
    flow_key: str
    opened_at: int
    claims: dict[str, Claim] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    firings: dict[str, tuple[int, ...]] = field(default_factory=dict)
    conditions: dict[str, int] = field(default_factory=dict)
    actions: tuple[dict[str, Any], ...] = ()
    reported: int = 0
    before: "tuple[Course, ...]" = ()

    @property
    def id(self) -> str:
        """Names the incident, and the execution of the response workflow that looks after it."""
        return f"{self.flow_key}-{self.opened_at}"

    @property
    def severity(self) -> str:
        """The highest severity that people were told."""
        told = [notice.severity for key, notice in self.notices.items() if key != RECOVERY]
        return severest(told or [claim.severity for claim in self.claims.values()])

    @property
    def is_over(self) -> bool:
        """Whether people were told that it is over."""
        return RECOVERY in self.notices and self.notices[RECOVERY].told

    def may_tell(self, key: str, by: str, now: int) -> bool:
        """Whether `by` may tell the notice: nobody has, or is about to."""
        notice = self.notices.get(key)
        if notice is None:
            return True
        return not notice.told and (notice.by == by or now - notice.started > ABANDONED_MILLISECONDS)


def begun(request: Request, previous: Course | None) -> Course:
    """A new incident, in place of one that is over or being told over."""
    again = previous is not None and request.at <= previous.opened_at
    before = previous.before if previous else ()
    if previous and not previous.is_over:
        before = (*before, replace(previous, before=()))
    return Course(
        flow_arn=str(request.flow_arn),
        flow_key=request.flow_key,
        opened_at=request.found if again else request.at,
        before=before[-_KEPT_BEFORE:],
    )


def recorded(course: Course, request: Request) -> Course:
    """The incident with what a request reports: issues, firings, conditions."""
    claims = dict(course.claims)
    firings = dict(course.firings)
    conditions = _cleared(course.conditions, request)
    alarm = request.alarm.name if request.alarm else None
    if request.alarm and request.alarm.state == "ALARM":
        firings = _fired(firings, request.alarm.name, request.at)
    for issue in request.issues:
        known = claims.get(issue.metric)
        if known is None or SEVERITIES.index(issue.severity) < SEVERITIES.index(known.severity):
            claims[issue.metric] = Claim(request.transition_id, alarm, issue.severity, request.at)
        if issue.condition:
            if issue.condition not in conditions:  # an event that only repeats what is known is no firing
                firings = _fired(firings, issue.condition, request.at)
            conditions[issue.condition] = max(request.at, conditions.get(issue.condition, 0))
    return replace(
        course,
        claims=claims,
        firings=dict(list(firings.items())[-_KEPT_NAMES:]),
        conditions=dict(list(conditions.items())[-_KEPT_NAMES:]),
        reported=max(course.reported, request.found),
    )


def cleared(course: Course, request: Request) -> Course:
    """The incident without the conditions that a request takes back."""
    return replace(course, conditions=_cleared(course.conditions, request))


def acted(course: Course, request: Request) -> Course:
    """The incident with an action that a request reports."""
    key = action_key(request)
    if request.action is None or any(action["key"] == key for action in course.actions):
        return course
    return replace(course, actions=(*course.actions, {**vars(request.action), "at": request.found, "key": key}))


def due(course: Course, request: Request, now: int, flapping_count: int) -> str | None:
    """The key of what is to be told because of a request that reports issues; None: people know."""
    by = request.idempotency_key
    severity = severest([issue.severity for issue in request.issues])
    if course.may_tell(ALERT, by, now):
        return ALERT
    announced = [
        notice.severity
        for key, notice in course.notices.items()
        if (key == ALERT or key.startswith(f"{WORSE}#")) and not course.may_tell(key, by, now)
    ]
    if all(SEVERITIES.index(severity) < SEVERITIES.index(known) for known in announced):
        return f"{WORSE}#{severity}"
    fires_again = max(map(len, course.firings.values()), default=0) >= flapping_count
    # Not before people know of the incident at all; what is worse does not wait for that.
    known = course.notices[ALERT].told
    return FLAPPING if known and fires_again and course.may_tell(FLAPPING, by, now) else None


def claimed(course: Course, key: str, request: Request, severity: str, now: int) -> Course:
    """The incident with a notice that the request is about to tell."""
    notice = Notice(request.idempotency_key, now, request.found or request.at, severity, doubtful=key in course.notices)
    return replace(course, notices={**course.notices, key: notice})


def told(course: Course, key: str) -> Course:
    """The incident with a notice that people have been told."""
    if key not in course.notices:
        return course
    return replace(course, notices={**course.notices, key: replace(course.notices[key], told=True)})


def given_back(course: Course, key: str, by: str) -> Course:
    """The incident without a notice that could not be told; others may try. A doubtful one stays, for them to take."""
    found = course.notices.get(key)
    if found is None or found.by != by or found.told:
        return course
    if found.doubtful:
        return replace(course, notices={**course.notices, key: replace(found, by="", started=0)})
    return replace(course, notices={name: notice for name, notice in course.notices.items() if name != key})


def is_nothing(course: Course, transition_id: str | None = None) -> bool:
    """Whether nobody would miss the incident: nobody was told of it, and nobody else has reported anything."""
    others = [claim for claim in course.claims.values() if claim.transition_id != transition_id]
    return not course.notices and not (transition_id and others) and not course.before


def named(course: Course, incident_id: str | None) -> Course | None:
    """The incident of this id: the open one, or one before it."""
    return next((one for one in (course, *course.before) if one.id == incident_id), None)


def with_before(course: Course, old: Course, new: Course | None) -> Course:
    """The incident with another in place of one before it, or with none."""
    kept = [(new if one is old else one) for one in course.before]
    return replace(course, before=tuple(one for one in kept if one is not None))


def may_close(course: Course, at: int, now: int, condition_milliseconds: int) -> bool:
    """Whether people may be told that it is over, by one who found it healthy `at`.

    Not while the first notice is under way, nor if trouble was found later, nor before every condition has been
    taken back or has lapsed: the event that takes it back may never come.
    """
    alert = course.notices.get(ALERT)
    if alert and not alert.told and now - alert.started <= ABANDONED_MILLISECONDS:
        return False
    if course.reported > at:
        return False
    return not any(at - since < condition_milliseconds for since in course.conditions.values())


def flapping(course: Course, count: int) -> Sequence[tuple[str, int]]:
    """What fired so often, and how often."""
    return [(name, len(times)) for name, times in course.firings.items() if len(times) >= count]


def action_key(request: Request) -> str:
    """An action is the one that follows from one assessment."""
    return f"action#{request.idempotency_key}"


def reason_of(key: str) -> str | None:
    """The reason of an escalation; None for any other notice."""
    name = key.partition("#")[0]
    return name if name in (WORSE, FLAPPING, LASTING) else None


def _cleared(conditions: dict[str, int], request: Request) -> dict[str, int]:
    return {name: at for name, at in conditions.items() if name not in request.cleared or at > request.at}


def _fired(firings: dict[str, tuple[int, ...]], name: str, at: int) -> dict[str, tuple[int, ...]]:
    times = firings.get(name, ())
    if at in times:
        return firings
    return {**firings, name: (*times, at)[-_KEPT_FIRINGS:]}
