"""One pipeline of a channel: one ffmpeg that makes all renditions, cut where the epoch's grid says.

Its first key frame is the first frame on the grid, and each frame with which a new segment begins is a key frame.
Segments are named by their time stamps, never by counting: two encoders that know nothing of each other agree, also
after either of them was started anew. A segment that is not whole, at a start, at an input loss, is given to nobody.

Source: https://docs.aws.amazon.com/elemental-live/latest/ug/opl-epoch-how-it-works.html
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from headend.localcloud.media.ffmpeg import command
from headend.localcloud.media.fmp4 import Splitter
from headend.localcloud.media.grid import TICKS, WRAP, Grid, unwrapped
from headend.localcloud.media.ladder import PICTURE_BIT_RATE, SOUND_BIT_RATE, Ladder, Rendition
from headend.localcloud.media.mpegts import first_video_pts
from headend.localcloud.media.ports import HOST
from headend.localcloud.media.supervisor import Supervisor

WINDOW_SECONDS = 120.0
"""How far a timecode may be from the time of day for outputs to be locked to the epoch.

Source: https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-verify-input.html
"""
WRAP_SECONDS = 60.0
"""So long before time stamps begin anew ffmpeg counts them as negative ones of the next turn."""
READ_BYTES = 1 << 16


@dataclass(frozen=True)
class Segment:
    """A whole segment of one rendition (by its name modifier).

    `pts` is its first time stamp in ticks of 90 kHz since the epoch, `arrived` when it was ready (seconds since the
    epoch). `header` is what a player needs first of an fMP4 rendition. `slate`: the input is lost, the picture stands.
    """

    modifier: str
    number: int
    pts: int
    body: bytes
    header: bytes
    arrived: float
    slate: bool = False

    @property
    def lockable(self) -> bool:
        """Whether its timecode is near enough to the time of day."""
        return abs(self.pts / TICKS - self.arrived) <= WINDOW_SECONDS


class PipelineEncoder:
    """Reads the UDP `port`, gives whole segments to `took`, which is called on one thread for each rendition."""

    def __init__(
        self,
        name: str,
        port: int,
        ladder: Ladder,
        took: Callable[[Segment], None],
        directory: Path,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self._port = port
        self._ladder = ladder
        self._took = took
        self._directory = directory
        self._now = now
        self._wraps: int | None = None
        self._supervisor: Supervisor | None = None

    def start(self, supervisor: Supervisor) -> subprocess.Popen[bytes]:
        """Encode from now on; what an ffmpeg before this one has left behind is removed."""
        self._supervisor = supervisor
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True)
        wraps = int((self._now() + WRAP_SECONDS) * TICKS // WRAP) if self._wraps is None else self._wraps
        pipes = [os.pipe() for _ in self._ladder.renditions]
        try:
            process = supervisor.popen(
                self.arguments(wraps, [write for _, write in pipes]), self.name, [write for _, write in pipes]
            )
        except BaseException:
            for read, _ in pipes:
                os.close(read)
            raise
        finally:
            for _, write in pipes:
                os.close(write)
        for (read, _), rendition in zip(pipes, self._ladder.renditions, strict=True):
            source = os.fdopen(read, "rb", buffering=0 if self._ladder.fragmented else -1)
            threading.Thread(
                target=self._read, args=(source, rendition, wraps), name=f"media-{self.name}-out", daemon=True
            ).start()
        return process

    def arguments(self, wraps: int, pipes: list[int]) -> list[str]:
        """ffmpeg's command line. `wraps` is how often time stamps have begun anew since the epoch."""
        offset = round(Fraction(wraps * WRAP * 1_000_000, TICKS))
        source = f"udp://{HOST}:{self._port}?fifo_size=4096&overrun_nonfatal=1&buffer_size=1048576"
        first = self._ladder.renditions[0]
        chains = [f"[0:v]{_first_on_grid(first.grid(self._ladder.segment_seconds))},split={len(pipes)}"]
        chains[0] += "".join(f"[s{index}]" for index in range(len(pipes)))
        for index, one in enumerate(self._ladder.renditions):
            width, height = one.picture
            frames = _frames(one.grid(self._ladder.segment_seconds))
            chains.append(f"[s{index}]{frames},scale={width}:{height}[v{index}]")
        given = ["-copyts", "-fflags", "nobuffer", "-analyzeduration", "1000000", "-itsoffset", f"{offset}us"]
        given += ["-f", "mpegts", "-i", source, "-filter_complex_threads", "1", "-filter_complex", ";".join(chains)]
        for index, (one, pipe) in enumerate(zip(self._ladder.renditions, pipes, strict=True)):
            given += [*self._codecs(index, one), *self._container(index, pipe)]
        return command(*given)

    def _codecs(self, index: int, one: Rendition) -> Iterator[str]:
        grid = one.grid(self._ladder.segment_seconds)
        yield from ("-map", f"[v{index}]", "-fps_mode", "passthrough", "-enc_time_base:v", f"1:{TICKS}")
        yield from ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1")
        yield from ("-profile:v", "baseline", "-level", "3.0", "-b:v", str(min(one.bit_rate, PICTURE_BIT_RATE)))
        yield from ("-g", str(grid.frames * 2), "-sc_threshold", "0", "-force_key_frames", _key_frames(grid))
        if one.audio_bit_rate:
            yield from ("-map", "0:a?", "-c:a", "aac", "-b:a", str(min(one.audio_bit_rate, SOUND_BIT_RATE)))

    def _container(self, index: int, pipe: int) -> Iterator[str]:
        if self._ladder.fragmented:
            flags = "+frag_keyframe+empty_moov+default_base_moof+frag_discont+skip_trailer"
            yield from ("-f", "mp4", "-movflags", flags, "-avoid_negative_ts", "disabled", f"pipe:{pipe}")
            return
        yield from ("-muxdelay", "0", "-muxpreload", "0", "-f", "segment", "-segment_time", "0.1")
        yield from (
            "-segment_format",
            "mpegts",
            "-segment_format_options",
            "mpegts_copyts=1:pat_period=1:pcr_period=90",
        )
        yield from ("-segment_list", f"pipe:{pipe}", "-segment_list_type", "csv", "-segment_list_size", "0")
        yield str(self._directory / f"{index}-%06d.ts")

    def _read(self, source: BinaryIO, rendition: Rendition, wraps: int) -> None:
        """Take in what the encoder has finished until it ends."""
        grid = rendition.grid(self._ladder.segment_seconds)
        with contextlib.closing(source):
            for done in self._fragments(source, grid) if self._ladder.fragmented else self._files(source):
                arrived = self._now()
                pts = unwrapped(done.pts, arrived)
                if turns := round((pts - done.end) / WRAP):
                    self._begin_anew(wraps + turns)
                    return
                number = grid.number(pts)
                if number is not None and grid.complete(pts, done.end):
                    self._hand_on(Segment(rendition.modifier, number, pts, done.body, done.header, arrived))

    def _hand_on(self, segment: Segment) -> None:
        """What goes wrong with one segment must not end the others."""
        try:
            self._took(segment)
        except Exception as error:  # noqa: BLE001 - this thread has nobody else to tell
            if self._supervisor:
                self._supervisor.report(f"media {self.name}", error)

    def _files(self, source: BinaryIO) -> Iterator[_Done]:
        """MPEG-TS files, as the segment muxer lists them: `name,begin,end`."""
        for line in source:
            name, _, end = line.decode("ascii").strip().split(",")
            path = self._directory / name
            try:
                body = path.read_bytes()
                path.unlink()
                yield _Done(first_video_pts(body), round(float(end) * TICKS), body)
            except (OSError, ValueError):
                continue  # the directory is gone, or no picture came

    def _fragments(self, source: BinaryIO, grid: Grid) -> Iterator[_Done]:
        """Fragments as they come through the pipe."""
        splitter = Splitter()
        while data := source.read(READ_BYTES):
            for one in splitter.feed(data):
                pts, last = one.pts * TICKS // one.timescale, one.last * TICKS // one.timescale
                yield _Done(pts % WRAP, last + round(grid.frame), one.body, splitter.header)

    def _begin_anew(self, wraps: int) -> None:
        """The time stamps have begun anew more or less often than was thought: start again with the right number."""
        self._wraps = wraps
        with contextlib.suppress(KeyError):  # it has been stopped meanwhile
            if self._supervisor:
                self._supervisor.restart(self.name)


@dataclass(frozen=True)
class _Done:
    """What the encoder has finished: `pts` of its first picture (33 bits), `end` as the encoder counts (ticks)."""

    pts: int
    end: int
    body: bytes
    header: bytes = b""


def _counted(time_name: str, grid: Grid) -> str:
    """Frames until a moment, and a quarter: with whole numbers, because rounded ones would add up since the epoch."""
    return f"({time_name}*{grid.frame_rate.numerator}/{grid.frame_rate.denominator}+0.25)"


def _first_on_grid(grid: Grid) -> str:
    """Lets nothing pass before the first frame with which a segment begins."""
    return f"select='if(ld(0),1,st(0,lt(mod({_counted('t', grid)},{grid.frames}),0.5)))'"


def _frames(grid: Grid) -> str:
    """One frame in each frame time of the output: of twice as many frames every second one."""
    now, before = (f"floor{_counted(name, grid)}" for name in ("t", "prev_selected_t"))
    return f"select='isnan(prev_selected_t)+gt({now},{before})'"


def _key_frames(grid: Grid) -> str:
    """The first frame of each segment; ffmpeg counts the time from the first frame, which is on the grid."""
    now, before = (f"floor({_counted(name, grid)}/{grid.frames})" for name in ("t", "prev_forced_t"))
    return f"expr:if(isnan(prev_forced_t),1,gt({now},{before}))"
