"""The encoders of one running channel: one for each pipeline and output group, with what they write and how they are.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/schedule-fields-for-pause.html (pause and un-pause),
https://docs.aws.amazon.com/medialive/latest/ug/pipeline-lock.html (locking)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from headend.localcloud.media.channel_plan import GroupPlan
from headend.localcloud.media.destinations import Destination
from headend.localcloud.media.pipeline_encoder import PipelineEncoder, Segment
from headend.localcloud.media.slate import Filler
from headend.localcloud.media.supervisor import Supervisor
from headend.localcloud.media.uploader import Uploader

LOSS_SEGMENTS = 2.5
"""Durations of a segment without one, after which the input counts as lost."""


@dataclass(frozen=True)
class Health:
    """How a pipeline is: whether its input comes in, its outputs are written, and their numbers are the epoch's."""

    input: bool
    writing: bool
    locked: bool
    frame_rate: float


class Numbering:
    """The numbers of a pipeline's segments: the epoch's while its timecode allows it, else one more than the last one.

    Source: https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-verify-input.html (processing continues)
    """

    def __init__(self, *, locks: bool) -> None:
        self._locks = locks
        self._last: dict[str, int] = {}

    def number(self, segment: Segment) -> int:
        """The number under which a segment is written."""
        number = segment.number
        if not (self._locks and segment.lockable):
            number = self._last.get(segment.modifier, 0) + 1
        self._last[segment.modifier] = number
        return number


class PipelineRun:
    """One pipeline of one output group. `began(segment)` is told of the first segment after each time without
    input, `told(text)` when writing begins to fail, and when it succeeds again."""

    def __init__(
        self,
        name: str,
        plan: GroupPlan,
        pipeline: int,
        port: int,
        destination: Destination,
        directory: Path,
        *,
        began: Callable[[Segment], None],
        told: Callable[[str], None],
    ) -> None:
        self.name = name
        self.plan = plan
        self._began = began
        self._told = told
        self._failing = False
        self._lock = threading.Lock()
        self._numbering = Numbering(locks=plan.locks)
        self._last = 0.0
        self._written = 0.0
        self._lockable = False
        self._uploader = Uploader(
            destination.put,
            destination.base,
            plan.ladder,
            redundant=plan.other_base(pipeline),
            window=plan.window,
            remove=destination.remove,
            keep=plan.keep,
            failed=self._failed,
            wrote=self._wrote,
        )
        self._encoder = PipelineEncoder(name, port, plan.ladder, self._took, directory)
        duration = plan.ladder.renditions[0].grid(plan.ladder.segment_seconds).duration
        self._filler = Filler(duration, self._write) if plan.ladder.fragmented else None
        self._started = time.time()

    def start(self, supervisor: Supervisor) -> None:
        """Encode what comes in from now on."""
        supervisor.run(self.name, self._encoder.start, kill=True)
        if self._filler:
            self._filler.start(self.name)

    def end(self, supervisor: Supervisor, *, ending: bool = True) -> None:
        """Stop encoding; with `ending`, players are told that the stream is over."""
        supervisor.stop(self.name)
        if self._filler:
            self._filler.end()
        self._uploader.end(ending=ending)

    def pause(self, paused: bool) -> None:
        """Write nothing while paused; the encoder goes on."""
        if paused:
            self._uploader.pause()
        else:
            self._uploader.resume()

    def health(self, now: float) -> Health:
        """How it is at a moment (seconds since the epoch)."""
        longest = float(self.plan.ladder.segment_seconds) * LOSS_SEGMENTS
        with self._lock:
            there = now - self._last <= longest
            writing = now - self._written <= longest
            return Health(
                there,
                writing and not self._uploader.paused,
                there and self._lockable and self.plan.locks,
                float(self.plan.ladder.renditions[0].frame_rate) if there else 0.0,
            )

    def lost(self, now: float) -> bool:
        """Whether the input has been lost: none for long enough, since the last segment or the start."""
        longest = float(self.plan.ladder.segment_seconds) * LOSS_SEGMENTS
        with self._lock:
            return now - max(self._last, self._started) > longest

    def _took(self, segment: Segment) -> None:
        longest = float(self.plan.ladder.segment_seconds) * LOSS_SEGMENTS
        with self._lock:
            first = segment.arrived - self._last > longest
            self._last = segment.arrived
            self._lockable = segment.lockable
        if first:
            self._began(segment)
        if self._filler is None or self._filler.came(segment):
            self._write(segment)

    def _write(self, segment: Segment) -> None:
        with self._lock:
            number = self._numbering.number(segment)
        self._uploader.take(replace(segment, number=number))

    def _wrote(self, key: str) -> None:
        with self._lock:
            again, self._failing = self._failing, False
            self._written = time.time()
        if again:
            self._told(f"{key} was written again")

    def _failed(self, key: str, error: Exception) -> None:
        with self._lock:
            first, self._failing = not self._failing, True
        if first:
            self._told(f"{key} was not written: {error}")
