"""Composite alarms: their state follows their rule; a suppressor alarm keeps them from their actions.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
A change of state starts a WaitPeriod in which the suppressor may go into ALARM, and ends one that runs; a suppressor
that leaves ALARM starts an ExtensionPeriod. When nothing suppresses the actions any more, those of the present state
run, if there was a change that they did not run for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headend.localcloud.cloudwatch import alarm_rule
from headend.localcloud.cloudwatch.alarm_events import State, stamp

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Act = Callable[[Any, State, State], None]
"""(alarm, state before, state now): run the actions."""

Transition = Callable[[Any, Any, str, str, str | None], None]
"""(back end, alarm, new state, reason, reason data)."""

ALARM, WAIT, EXTENSION = "Alarm", "WaitPeriod", "ExtensionPeriod"


@dataclass
class _Held:
    """A change of state whose actions have not run; `period` numbers the wait or extension that counts."""

    before: State | None = None
    after: State | None = None
    period: int = 0


class Composites:
    """The composite alarms of all Regions."""

    def __init__(self, cloud: LocalCloudServer, lock: threading.RLock, transition: Transition, act: Act) -> None:
        self._cloud = cloud
        self._lock = lock
        self._transition = transition
        self._act = act
        self._held: dict[str, _Held] = {}

    def child_changed(self, backend: Any, child: Any) -> None:
        """Evaluate the composite alarms that look at `child`, and tell those that it suppresses."""
        others = [one for one in list(backend.alarms.values()) if one.rule]
        for composite in others:
            if child.name in alarm_rule.alarms_in(composite.rule):
                self.evaluate(backend, composite, child)
        for composite in others:
            if suppressor_of(composite) == child.name:
                self._suppressor_changed(composite, child)

    def evaluate(self, backend: Any, composite: Any, cause: Any | None) -> None:
        """Put a composite alarm into the state its rule has now; `cause` is the alarm that changed, if any did.

        The evaluation stops when the alarm depends on itself.
        """
        rules = {one.name: one.rule for one in list(backend.alarms.values()) if one.rule}
        if alarm_rule.in_a_circle(composite.name, rules):
            return

        def state_of(name: str) -> str:
            alarm = backend.alarms.get(name)
            return str(alarm.state_value) if alarm else "INSUFFICIENT_DATA"

        new = "ALARM" if alarm_rule.evaluate(composite.rule, state_of) else "OK"
        if new == composite.state_value:
            return
        children = [backend.alarms[name] for name in alarm_rule.alarms_in(composite.rule) if name in backend.alarms]
        data = {
            "triggeringAlarms": [
                {
                    "arn": child.alarm_arn,
                    "state": {"value": child.state_value, "timestamp": stamp(child.state_updated_timestamp)},
                }
                for child in ([cause] if cause is not None else children)
            ]
        }
        if cause is not None:
            moment = cause.state_updated_timestamp.strftime("%A %d %B, %Y %H:%M:%S UTC")
            why = f"{cause.alarm_arn} transitioned to {cause.state_value} at {moment}"
        else:
            done = "created" if composite.state_value == "INSUFFICIENT_DATA" else "updated"
            why = f"{composite.alarm_arn} was {done} and its alarm rule evaluates to {new}"
        self._transition(backend, composite, new, why, json.dumps(data, separators=(",", ":")))

    def suppression_of(self, backend: Any, composite: Any) -> str | None:
        """What will suppress the actions of a change of state that happens now; noted on the alarm."""
        name = suppressor_of(composite)
        with self._lock:
            if not name:
                by = None
            elif name in backend.alarms and backend.alarms[name].state_value == "ALARM":
                by = ALARM
            else:
                by = WAIT if int(composite.actions_suppressor_wait_period or 0) > 0 else None
            note(composite, by)
            return by

    def changed(self, composite: Any, before: State, after: State) -> None:
        """A composite alarm is in a new state: act, or hold the actions back as `after` says."""
        with self._lock:
            held = self._held.setdefault(composite.alarm_arn, _Held())
            held.period += 1
            if after.suppressed_by:
                held.before, held.after = held.before or before, after
                if after.suppressed_by == WAIT:
                    self._start(composite, held, int(composite.actions_suppressor_wait_period))
                return
            before = held.before or before
            held.before = held.after = None
        self._act(composite, before, after)

    def suppressor_replaced(self, backend: Any, composite: Any) -> None:
        """The configuration has another suppressor: what runs of the old one's periods is discarded."""
        name = suppressor_of(composite)
        with self._lock:
            held = self._held.setdefault(composite.alarm_arn, _Held())
            held.period += 1
            held.before = held.after = None
            alarming = name in backend.alarms and backend.alarms[name].state_value == "ALARM" if name else False
            note(composite, ALARM if alarming else None)

    def forget(self, alarm: Any) -> None:
        """The alarm is deleted."""
        with self._lock:
            if held := self._held.pop(alarm.alarm_arn, None):
                held.period += 1

    def _suppressor_changed(self, composite: Any, suppressor: Any) -> None:
        with self._lock:
            held = self._held.setdefault(composite.alarm_arn, _Held())
            if suppressor.state_value == "ALARM":
                held.period += 1
                note(composite, ALARM)
                return
            if composite.actions_suppressed_by != ALARM:
                return
            held.period += 1
            seconds = int(composite.actions_suppressor_extension_period or 0)
            if seconds > 0:
                note(composite, EXTENSION)
                self._start(composite, held, seconds)
                return
        self._end(composite, held, held.period)

    def _start(self, composite: Any, held: _Held, seconds: int) -> None:
        period = held.period

        def wait() -> None:
            if not self._cloud.clock.wait(self._cloud.stopping, seconds):
                self._end(composite, held, period)

        self._cloud.spawn(f"suppression of {composite.name}", wait)

    def _end(self, composite: Any, held: _Held, period: int) -> None:
        """A wait or extension is over, unless another took its place: run what was held back."""
        with self._lock:
            if held.period != period:
                return
            note(composite, None)
            before, after = held.before, held.after
            held.before = held.after = None
        if before is not None and after is not None:
            self._act(composite, before, after)


def suppressor_of(composite: Any) -> str:
    """The name of the alarm that suppresses the actions of a composite alarm, or ""."""
    return alarm_rule.name_in(getattr(composite, "actions_suppressor", None) or "")


def note(composite: Any, by: str | None) -> None:
    """Show on the alarm what suppresses its actions."""
    composite.actions_suppressed_by = by
    composite.actions_suppressed_reason = f"Actions suppressed by {by}" if by else None
