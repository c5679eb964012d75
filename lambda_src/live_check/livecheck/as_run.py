"""MediaLive's as-run log: the first timecode of each output, beside the time of day at which it was seen.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/working-with-logs.html (group and stream),
https://aws.amazon.com/blogs/media/part1-how-to-set-up-a-resilient-end-to-end-live-workflow/ (initial_timecode)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

GROUP = "ElementalMediaLive"
KIND = "initial_timecode"
DAY = 86_400.0
_TIMECODE = re.compile(r"(\d{2}):(\d{2}):(\d{2})[:;](\d{2,3})")


@dataclass(frozen=True)
class Timecode:
    """The first timecode of an output (as written), and when it was logged."""

    output: str
    timecode: str
    logged: datetime

    @property
    def seconds_ahead(self) -> float:
        """Seconds by which the timecode is ahead of the time of day. It has no date: what is less than 12 h counts."""
        hours, minutes, seconds = (int(part) for part in _TIMECODE.fullmatch(self.timecode).groups()[:3])  # type: ignore[union-attr]
        of_day = self.logged.hour * 3600 + self.logged.minute * 60 + self.logged.second + self.logged.microsecond / 1e6
        ahead: float = hours * 3600 + minutes * 60 + seconds - of_day
        return (ahead + DAY / 2) % DAY - DAY / 2


def stream(channel_arn: str, pipeline: str) -> str:
    """The log stream of a pipeline."""
    return f"{channel_arn.replace(':', '_')}_{pipeline}_as_run"


def timecodes(messages: Iterable[str]) -> dict[str, Timecode]:
    """The newest first timecode of each output, of log messages in time order. Other lines are passed over."""
    found: dict[str, Timecode] = {}
    for message in messages:
        one = _timecode(message)
        if one and (one.output not in found or found[one.output].logged <= one.logged):
            found[one.output] = one
    return found


def _timecode(message: str) -> Timecode | None:
    try:
        line = json.loads(message)
        if not isinstance(line, dict) or line.get("as_run_type") != KIND:
            return None
        logged = datetime.fromisoformat(str(line["timestamp"]))
        timecode = str(line["timecode"])
    except (ValueError, KeyError):
        return None
    if not _TIMECODE.fullmatch(timecode):
        return None
    return Timecode(str(line.get("output_name", "")), timecode, logged if logged.tzinfo else logged.replace(tzinfo=UTC))
