"""EventBridge's archives keep events, and replays send them again.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.events.exceptions import IllegalStatusException, ValidationException
from moto.events.models import ReplayState, events_backends

from headend.localcloud import moto_patches
from headend.localcloud.eventbridge.event_input import compact
from headend.localcloud.eventbridge.event_requests import checked
from headend.localcloud.eventbridge.events import Event, Events
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

MODELS = "moto.events.models"
DAY = 86_400.0
STARTING_SECONDS = 5.0
"""AWS gives no figure for how long a replay is STARTING."""
MAX_REPLAYS = 10


class Archives:
    """What the archives keep, and the replays in progress."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud

    def keep(self, rule: Any, event: Event) -> None:
        """Put an event that an archive's managed rule matched into the archive."""
        archive = self._archive_of(rule)
        if archive is not None and "replay-name" not in event:
            self._forget(archive)
            archive.events.append(dict(event))

    def _archive_of(self, rule: Any) -> Any:
        backend = events_backends[self._cloud.account_id][rule.region_name]
        return next((one for one in backend.archives.values() if one.rule is rule), None)

    def _forget(self, archive: Any) -> None:
        """Drop what is older than the archive keeps events; 0 days are for ever."""
        if archive.retention:
            oldest = self._cloud.clock.time() - int(archive.retention) * DAY
            archive.events = [event for event in archive.events if _time(event) >= oldest]

    def begin(self, replay: Any, archive: Any) -> None:
        """Run a replay in the background: STARTING, RUNNING, then COMPLETED."""
        replay.last_replayed = None
        self._cloud.part(Timers).after(STARTING_SECONDS, f"replay {replay.name}", lambda: self._run(replay, archive))

    def _run(self, replay: Any, archive: Any) -> None:
        if replay.state is not ReplayState.STARTING:
            return
        replay.state = ReplayState.RUNNING
        self._forget(archive)
        first, last = float(replay.event_start_time), float(replay.event_end_time)
        events = sorted((event for event in archive.events if first <= _time(event) < last), key=_time)
        minutes: dict[int, list[Event]] = {}
        for event in events:
            minutes.setdefault(int(_time(event) // 60), []).append(event)
        self._next_minute(replay, list(minutes.values()))

    def _next_minute(self, replay: Any, minutes: list[list[Event]]) -> None:
        """Send the events of one minute after those of another."""
        if replay.state is not ReplayState.RUNNING:
            return
        if not minutes:
            replay.state = ReplayState.COMPLETED
            replay.end_time = self._cloud.clock.time()
            return
        chosen = set(replay.destination.get("FilterArns") or [])
        bus = events_backends[self._cloud.account_id][replay.region].event_buses[
            replay.destination["Arn"].rpartition("/")[2]
        ]
        for event in minutes[0]:
            for rule in list(bus.rules.values()):
                if not chosen or rule.arn in chosen:
                    self._cloud.part(Events).offer(rule, {**event, "replay-name": replay.name})
            replay.last_replayed = _time(event)
        self._cloud.part(Timers).after(0.1, f"replay {replay.name}", lambda: self._next_minute(replay, minutes[1:]))


def _time(event: Event) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()


def install(cloud: LocalCloudServer) -> None:
    """Keep events and replay them on the clock."""
    archives = Archives(cloud)
    cloud.provide(archives)
    cloud.part(Events).archive = archives.keep

    def replay_events(self: Any, archive: Any) -> None:
        archives.begin(self, archive)

    def start_replay(self: Any, *arguments: Any, **named: Any) -> Any:
        active = (ReplayState.STARTING, ReplayState.RUNNING)
        if sum(replay.state in active for replay in self.replays.values()) >= MAX_REPLAYS:
            raise ValidationException(f"There can be {MAX_REPLAYS} replays at a time.")
        return moto_patches.original(f"{MODELS}:EventsBackend", "start_replay")(self, *arguments, **named)

    def cancel_replay(self: Any, name: str) -> dict[str, str]:
        replay = self._get_replay(name)
        if replay.state not in (ReplayState.STARTING, ReplayState.RUNNING):
            raise IllegalStatusException(f"Replay {name} is not in a valid state for this operation.")
        replay.state = ReplayState.CANCELLED
        return {"ReplayArn": replay.arn, "State": ReplayState.CANCELLING.value}

    def describe_replay(self: Any) -> dict[str, Any]:
        shown: dict[str, Any] = moto_patches.original(f"{MODELS}:Replay", "describe")(self)
        return {**shown, "EventLastReplayedTime": getattr(self, "last_replayed", None)}

    def describe_archive(self: Any) -> dict[str, Any]:
        shown: dict[str, Any] = moto_patches.original(f"{MODELS}:Archive", "describe_short")(self)
        return {**shown, "SizeBytes": sum(len(compact(event).encode()) for event in self.events)}

    def update_archive(self: Any, description: Any, event_pattern: str | None, retention: Any) -> None:
        moto_patches.original(f"{MODELS}:Archive", "update")(self, description, event_pattern, retention)
        if event_pattern and self.rule is not None:
            pattern = {**json.loads(event_pattern), "replay-name": [{"exists": False}]}
            self.rule.event_pattern = checked(json.dumps(pattern))

    moto_patches.replace(f"{MODELS}:Replay", "replay_events", replay_events)
    moto_patches.replace(f"{MODELS}:Replay", "describe", describe_replay)
    moto_patches.replace(f"{MODELS}:Archive", "describe_short", describe_archive)
    moto_patches.replace(f"{MODELS}:Archive", "update", update_archive)
    moto_patches.replace(f"{MODELS}:EventsBackend", "start_replay", start_replay)
    moto_patches.replace(f"{MODELS}:EventsBackend", "cancel_replay", cancel_replay)
