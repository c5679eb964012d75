"""Incidents of the response workflow in the table: one item `incident#<flow ARN>` for each flow that has one open.

What `incidents` writes (`metric#<name>`, `opened_at`, `version`, `expiration`) is written here alike, so a deployment
may change between the two ways while an incident is open. Besides: `flow_key`, `notices`, `firings`, `conditions`,
`actions`, `reported`, `before`, as `course.Course` has them.

Every change writes the whole item, if it is still the one that was read.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alerts import course as courses
from alerts.course import Course, Notice
from alerts.incidents import Claim
from alerts.requests import Request, severest
from alerts.schemas import ALERT, LASTING, RECOVERY
from alerts.table import KEPT_SECONDS, Table, until_unchanged

_PREFIX = "metric#"


@dataclass(frozen=True)
class Settings:
    """What counts as flapping, and how long an event's condition holds that is never taken back."""

    flapping_count: int = 3
    condition_seconds: int = 300


@dataclass(frozen=True)
class Step:
    """What became of a request: the incident, and the key of what is to be told, if anything.

    `held` says that an incident is not to be closed yet.
    """

    course: Course | None
    key: str | None = None
    held: bool = False


class CourseStore:
    """The table's incidents.

    Every method raises StateStoreFailed when the table cannot be used, or changes faster than it can be followed.
    """

    def __init__(self, table: Table, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._table, self._settings, self._clock = table, settings, clock

    def report(self, request: Request) -> Step:
        """Record what a request reports, and claim what is to be told because of it."""
        return until_unchanged(lambda: self._report(request))

    def _report(self, request: Request) -> Step:
        now = self._now()
        course, version = self._read(request)
        closing = course.notices.get(RECOVERY) if course else None
        if course is None or closing:
            if course and closing and request.found <= closing.at:
                return Step(course)  # whoever closes it looked later, and found nothing
            following = courses.begun(request, course)
        else:
            following = course
        following = courses.recorded(following, request)
        key = courses.due(following, request, now, self._settings.flapping_count)
        if key:
            severity = severest([issue.severity for issue in request.issues])
            following = courses.claimed(following, key, request, severity, now)
        if following != course:
            self._write(following, version)
        return Step(following, key)

    def clear(self, request: Request) -> Course | None:
        """Take conditions back, as a request says; the incident, if it is still of use to anybody."""
        return until_unchanged(lambda: self._clear(request))

    def _clear(self, request: Request) -> Course | None:
        course, version = self._read(request)
        if course is None or version is None:
            return None
        following = courses.cleared(course, request)
        if following.is_over:
            return None
        if not following.conditions and courses.is_nothing(following):
            self._table.delete(_key(request), version)
            return None
        if following != course:
            self._write(following, version)
        return following

    def escalate(self, request: Request) -> Step:
        """Claim the notice that an incident lasts."""
        return until_unchanged(lambda: self._follow_up(request, LASTING))

    def act(self, request: Request, *, silently: bool) -> Step:
        """Record an action, and claim the notice of it unless it is done silently."""
        return until_unchanged(lambda: self._follow_up(request, courses.action_key(request), silently))

    def _follow_up(self, request: Request, key: str, silently: bool = False) -> Step:
        now = self._now()
        course, version = self._read(request)
        if course is None or course.id != request.incident_id or RECOVERY in course.notices:
            return Step(None)
        if not course.may_tell(key, request.idempotency_key, now):
            return Step(course)
        following = courses.acted(course, request)
        if not silently:
            following = courses.claimed(following, key, request, course.severity, now)
        if following != course:
            self._write(following, version)
        return Step(following, None if silently else key)

    def begin_close(self, request: Request) -> Step:
        """Claim the notice that the request's incident is over.

        An incident that nobody was told of is forgotten. One that is being told over by another is held: should that
        one have died, the next attempt tells it.
        """
        return until_unchanged(lambda: self._begin_close(request))

    def _begin_close(self, request: Request) -> Step:
        now, by = self._now(), request.idempotency_key
        newest, version = self._read(request)
        if newest is None or version is None:
            return Step(None)
        course = courses.named(newest, request.incident_id)
        if course is None:
            return Step(None)
        if not course.may_tell(RECOVERY, by, now):
            return Step(course, held=not course.notices[RECOVERY].told)
        if RECOVERY not in course.notices:
            if not courses.may_close(course, request.at, now, self._settings.condition_seconds * 1000):
                return Step(course, held=True)
            if ALERT not in course.notices and course is newest and not course.before:
                self._table.delete(_key(request), version)
                return Step(None)
        following = courses.claimed(course, RECOVERY, request, course.severity, now)
        self._write(following if course is newest else courses.with_before(newest, course, following), version)
        return Step(following, RECOVERY)

    def finish(self, request: Request, key: str) -> None:
        """Mark a notice as told; the incident whose end it tells is forgotten, and one that has begun since stays."""
        until_unchanged(lambda: self._finish(request, key))

    def _finish(self, request: Request, key: str) -> None:
        course, version = self._read(request)
        if course is None or version is None:
            return
        if key != RECOVERY:
            self._change(course, courses.told(course, key), version)
            return
        closed = courses.named(course, request.incident_id)
        if closed is None:
            return
        following = courses.told(course, key) if closed is course else courses.with_before(course, closed, None)
        if following.is_over and not following.before:
            self._table.delete(_key(request), version)
        else:
            self._change(course, following, version)

    def release(self, request: Request, key: str) -> None:
        """Give a notice back that could not be told."""
        until_unchanged(lambda: self._release(request, key))

    def _release(self, request: Request, key: str) -> None:
        course, version = self._read(request)
        if course is None or version is None:
            return
        by = request.idempotency_key
        closing = courses.named(course, request.incident_id) if key == RECOVERY else course
        if closing is None:
            return
        released = courses.given_back(closing, key, by)
        following = released if closing is course else courses.with_before(course, closing, released)
        if key == ALERT and courses.is_nothing(following, request.transition_id):
            self._table.delete(_key(request), version)
        else:
            self._change(course, following, version)

    def get(self, request: Request) -> Course | None:
        """The incident of the request's flow; None where there is none of the response workflow."""
        return self._read(request)[0]

    def is_foreign(self, request: Request) -> bool:
        """Whether an incident is open that was told without the response workflow: nobody looks after it."""
        item = self._table.get(_key(request))
        return item is not None and "notices" not in item

    def _read(self, request: Request) -> tuple[Course | None, int | None]:
        item = self._table.get(_key(request))
        if item is None:
            return None, None
        # One of the other way is taken over by the next alert, which people are told once more.
        return (_course(request, item) if "notices" in item else None), int(item["version"])

    def _change(self, course: Course, following: Course, version: int) -> None:
        if following != course:
            self._write(following, version)

    def _write(self, course: Course, version: int | None) -> None:
        item = {**_item(course), "expiration": round(self._clock()) + KEPT_SECONDS}
        self._table.put(f"incident#{course.flow_arn}", item, version)

    def _now(self) -> int:
        return round(self._clock() * 1000)


def _key(request: Request) -> str:
    return f"incident#{request.flow_arn}"


def _item(course: Course) -> dict[str, Any]:
    return {
        **{f"{_PREFIX}{metric}": vars(claim) for metric, claim in course.claims.items()},
        "opened_at": course.opened_at,
        "flow_key": course.flow_key,
        "notices": {key: vars(notice) for key, notice in course.notices.items()},
        "firings": {name: list(times) for name, times in course.firings.items()},
        "conditions": course.conditions,
        "actions": list(course.actions),
        "reported": course.reported,
        "before": [_item(one) for one in course.before],
    }


def _course(request: Request, item: dict[str, Any]) -> Course:
    return Course(
        flow_arn=str(request.flow_arn),
        flow_key=item["flow_key"],
        opened_at=int(item["opened_at"]),
        claims={
            name.removeprefix(_PREFIX): Claim(**{**claim, "at": int(claim["at"])})
            for name, claim in item.items()
            if name.startswith(_PREFIX)
        },
        notices={
            key: Notice(**{**notice, "started": int(notice["started"]), "at": int(notice["at"])})
            for key, notice in item["notices"].items()
        },
        firings={name: tuple(map(int, times)) for name, times in item["firings"].items()},
        conditions={name: int(at) for name, at in item["conditions"].items()},
        actions=tuple({**action, "at": int(action["at"])} for action in item["actions"]),
        reported=int(item["reported"]),
        before=tuple(_course(request, one) for one in item["before"]),
    )
