"""A channel's schedule: what may be asked for, and what an action does when its time has come.

A pause action pauses the pipelines that it names and un-pauses all others. Actions with a fixed start are asked for at
least 15 seconds ahead. In one request deletions come before creations.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/x-actions-in-schedule-pause.html
https://docs.aws.amazon.com/medialive/latest/ug/about-batch-update-schedule.html
https://docs.aws.amazon.com/medialive/latest/ug/schedule-modify.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from headend.localcloud.cloudcontrol.model_problems import Problem
from headend.localcloud.medialive.channel_model import LiveChannel

Json = dict[str, Any]
AHEAD = timedelta(seconds=15)
FARTHEST_PAUSE = timedelta(days=14)
IMMEDIATE = "ImmediateModeScheduleActionStartSettings"
FIXED = "FixedModeScheduleActionStartSettings"
FOLLOW = "FollowModeScheduleActionStartSettings"


def batch_problems(channel: LiveChannel, creates: list[Json], deletes: list[str], now: datetime) -> Iterator[Problem]:
    """What is wrong with one BatchUpdateSchedule."""
    known = {str(action["ActionName"]): action for action in channel.actions}
    for number, name in enumerate(deletes):
        if name not in known:
            yield Problem(f"deletes/actionNames/{number}", f"there is no action {name}")
        elif channel.state == "RUNNING" and _is_near(known[name], now):
            message = f"the action {name} starts in less than {AHEAD.seconds} seconds: it cannot be deleted any more"
            yield Problem(f"deletes/actionNames/{number}", message)
    names = set(known) - set(deletes)
    for number, action in enumerate(creates):
        place = f"creates/scheduleActions/{number}"
        name = str(action["ActionName"])
        if name in names:
            yield Problem(f"{place}/actionName", f"there is an action {name} already: delete it first")
        names.add(name)
        yield from _start_problems(channel, action, names, now, place)
        yield from _action_problems(channel, action, place)


def start_of(action: Json) -> datetime | None:
    """When an action with a fixed start starts; None for the others. Raises ValueError for what is no time."""
    fixed = action["ScheduleActionStartSettings"].get(FIXED)
    return datetime.fromisoformat(str(fixed["Time"])) if fixed else None


def is_immediate(action: Json) -> bool:
    """Whether the action starts when it is created."""
    return action["ScheduleActionStartSettings"].get(IMMEDIATE) is not None


def paused_by(action: Json) -> frozenset[str] | None:
    """The pipelines that the action pauses, all others being un-paused; None for other kinds of actions."""
    settings = action["ScheduleActionSettings"].get("PauseStateSettings")
    if settings is None:
        return None
    return frozenset(str(one["PipelineId"]) for one in settings.get("Pipelines") or [] if one.get("PipelineId"))


def input_of(action: Json) -> str | None:
    """The input attachment to which the action switches; None for other kinds of actions."""
    settings = action["ScheduleActionSettings"].get("InputSwitchSettings")
    return str(settings["InputAttachmentNameReference"]) if settings else None


def _is_near(action: Json, now: datetime) -> bool:
    start = start_of(action)
    return start is not None and now <= start < now + AHEAD


def _start_problems(
    channel: LiveChannel, action: Json, names: set[str], now: datetime, place: str
) -> Iterator[Problem]:
    settings = action["ScheduleActionStartSettings"]
    place = f"{place}/scheduleActionStartSettings"
    given = [name for name in (IMMEDIATE, FIXED, FOLLOW) if settings.get(name) is not None]
    if len(given) != 1:
        yield Problem(place, f"must hold one kind of start, it holds {len(given)}")
        return
    if given == [IMMEDIATE] and channel.state != "RUNNING":
        yield Problem(place, f"an immediate start needs a channel that is RUNNING, it is {channel.state}")
    pauses = paused_by(action) is not None
    if given == [FOLLOW]:
        if pauses:
            yield Problem(place, "a pause action starts at a fixed time or immediately")
        elif settings[FOLLOW]["ReferenceActionName"] not in names:
            yield Problem(place, f"there is no action {settings[FOLLOW]['ReferenceActionName']} to follow")
    if given == [FIXED]:
        time = str(settings[FIXED]["Time"])
        try:
            start = datetime.fromisoformat(time)
        except ValueError:
            start = None
        if start is None or start.tzinfo is None or start.utcoffset() != timedelta(0):
            yield Problem(place, f"{time!r} is not a time in UTC such as 2026-01-01T00:00:00.000Z")
        elif start < now + AHEAD:
            yield Problem(place, f"the start {time} is not at least {AHEAD.seconds} seconds ahead")
        elif pauses and start > now + FARTHEST_PAUSE:
            yield Problem(place, f"the start {time} is more than {FARTHEST_PAUSE.days} days ahead")


def _action_problems(channel: LiveChannel, action: Json, place: str) -> Iterator[Problem]:
    place = f"{place}/scheduleActionSettings"
    given = [name for name, value in action["ScheduleActionSettings"].items() if value is not None]
    if len(given) != 1:
        yield Problem(place, f"must hold one kind of action, it holds {len(given)}")
    there = {f"PIPELINE_{pipeline}" for pipeline in channel.pipelines}
    for pipeline in sorted((paused_by(action) or frozenset()) - there):
        yield Problem(f"{place}/pauseStateSettings", f"the channel has no {pipeline}")
    attachment = input_of(action)
    if attachment and attachment not in {str(one.get("InputAttachmentName")) for one in channel.attachments}:
        yield Problem(f"{place}/inputSwitchSettings", f"there is no input attachment {attachment}")
