"""What a CMAF output sends while its input is lost: its last segment again and again, marked as slate.

MediaLive fills the output so that its real time goes on; MediaPackage is told, and may answer with an error instead
(SLATE_INPUT). HLS outputs pause instead: see `uploader`.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/feature-input-loss.html,
https://docs.aws.amazon.com/mediapackage/latest/APIReference/API_ForceEndpointErrorConfiguration.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from headend.localcloud.media.fmp4 import shifted
from headend.localcloud.media.grid import TICKS
from headend.localcloud.media.pipeline_encoder import Segment

BACK = 2
GRACE = 0.5
"""Durations of a segment by which one may be late before slate takes its place."""


class Filler:
    """Tells `fill` of a slate segment whenever one of a rendition is due and has not come."""

    def __init__(
        self, duration: Fraction, fill: Callable[[Segment], None], now: Callable[[], float] = time.time
    ) -> None:
        self._duration = duration
        self._fill = fill
        self._now = now
        self._last: dict[str, Segment] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        """Watch on a thread until `end`."""
        self._thread = threading.Thread(target=self._watch, name=f"media-{name}-slate", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Fill no more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()

    def came(self, segment: Segment) -> bool:
        """A segment has come. False when slate has just taken its place.

        A timecode that goes far back is another timecode, and is followed.
        """
        with self._changed:
            last = self._last.get(segment.modifier)
            if last and last.slate and 0 <= last.pts - segment.pts <= BACK * self._duration * TICKS:
                return False
            self._last[segment.modifier] = segment
            self._changed.notify_all()
        return True

    def due(self) -> list[Segment]:
        """The slate that is due now; it counts as come."""
        now = self._now()
        made = []
        with self._changed:
            for modifier, last in self._last.items():
                if self._moment(last) <= now:
                    self._last[modifier] = _next(last, self._duration)
                    made.append(self._last[modifier])
        return made

    def _moment(self, last: Segment) -> float:
        """When the one after `last` is overdue. Slate keeps the time of the last segment that came."""
        late = 0.0 if last.slate else GRACE
        return last.arrived + float(self._duration) * (1 + late)

    def _watch(self) -> None:
        while True:
            with self._changed:
                if self._ended:
                    return
                moments = [self._moment(last) for last in self._last.values()]
                wait = max(0.0, min(moments) - self._now()) if moments else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
            for segment in self.due():
                self._fill(segment)


def _next(last: Segment, duration: Fraction) -> Segment:
    late = 0.0 if last.slate else GRACE
    return replace(
        last,
        number=last.number + 1,
        pts=last.pts + round(duration * TICKS),
        body=shifted(last.header, last.body, duration),
        arrived=last.arrived + float(duration) * (1 + late),
        slate=True,
    )
