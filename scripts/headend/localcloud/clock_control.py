"""The clock's control routes: GET and POST /_headend/clock."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.wrappers import Request

from headend.errors import HeadendError, UsageError
from headend.localcloud.clock import Clock, iso
from headend.localcloud.control import Control, body

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def seconds_of(text: str) -> float:
    """`90`, `90s`, `5m`, `3h`, `1d` or `1h30m` in seconds. Raises UsageError for anything else."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not re.fullmatch(f"({DURATION.pattern})+", text):
        raise UsageError(f"{text!r} is not a duration: write it as 90s, 5m, 3h, 1d or 1h30m")
    return sum(float(number) * UNITS[unit] for number, unit in DURATION.findall(text))


def shown(clock: Clock) -> dict[str, Any]:
    """The clock as its routes show it: `time` in seconds since the epoch, `iso`, `speed`, `paused`."""
    return {"time": clock.time(), "iso": iso(clock.now()), "speed": clock.speed, "paused": clock.paused}


def change(clock: Clock, wanted: dict[str, Any]) -> None:
    """Do what `speed` (number), `paused` (bool) and `step` (seconds, or text such as 3h) ask, in this order.

    Raises UsageError for unknown names or values, and HeadendError when a step does not end.
    """
    unknown = sorted(set(wanted) - {"speed", "paused", "step"})
    if unknown or not wanted:
        raise UsageError(f"the clock takes speed, paused and step, not {', '.join(unknown) or 'nothing'}")
    try:
        speed = float(wanted["speed"]) if "speed" in wanted else None
        step = seconds_of(str(wanted["step"])) if "step" in wanted else None
    except (TypeError, ValueError) as error:
        raise UsageError(f"speed is a number: {error}") from error
    paused = wanted.get("paused")
    if paused not in (None, True, False):
        raise UsageError("paused is true or false")
    if speed is not None:
        clock.set_speed(speed)
    if paused is not None:
        (clock.pause if paused else clock.resume)()
    if step is not None:
        clock.step(step)


def add_routes(control: Control, clock: Clock) -> None:
    """Answer GET /_headend/clock, and POST with what `change` takes."""

    def post(request: Request) -> dict[str, Any]:
        try:
            change(clock, body(request))
        except OverflowError as error:
            raise HeadendError(f"the clock cannot go that far: {error}") from error
        return shown(clock)

    control.add("GET", "clock", lambda _: shown(clock))
    control.add("POST", "clock", post)
