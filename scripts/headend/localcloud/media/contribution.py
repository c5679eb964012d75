"""A contribution feed: a test picture and a tone over SRT, whose time stamps are the time of day in UTC.

The time stamps stand in for the embedded timecode of a contribution encoder; libx264 writes none. Both tracks begin on
their own frame grid since the epoch, so that two feeds cut on the same frames and an encoder finds the same audio
frames whenever either of them was started.

Source: https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-verify-input.html
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from headend.localcloud.media.ffmpeg import command
from headend.localcloud.media.ports import HOST
from headend.localcloud.media.supervisor import Supervisor

SAMPLE_RATE = 48_000
AUDIO_FRAME = 1024
"""Samples of one AAC frame."""
LATENCY_MS = 100
"""Packets that are later than this are waited for: a busy machine is no lossy network."""
CONNECT_MS = 1000
FIFO = "attempt_recovery=1:recover_any_error=1:recovery_wait_time=0.2:drop_pkts_on_overflow=1:queue_size=60"
"""A receiver that goes away is looked for again, and the others do not wait for it."""


@dataclass(frozen=True)
class Contribution:
    """One feed to the flows that listen on `ports`; `skew_seconds` is by how much its clock is wrong."""

    name: str
    ports: Sequence[int]
    frame_rate: Fraction = Fraction(25)
    width: int = 192
    height: int = 108
    tone_hz: int = 1000
    skew_seconds: float = 0.0

    def start(self, supervisor: Supervisor) -> subprocess.Popen[bytes]:
        """Send from now on."""
        return supervisor.popen(self.arguments(time.time()), self.name)

    def arguments(self, now: float) -> list[str]:
        """ffmpeg's command line for a feed whose first frames are those at or next after `now`."""
        moment = Fraction(now) + Fraction(self.skew_seconds)
        frame = -(-moment * self.frame_rate // 1)
        sample = -(-moment * SAMPLE_RATE // AUDIO_FRAME) * AUDIO_FRAME
        rate = f"{self.frame_rate.numerator}/{self.frame_rate.denominator}"
        picture = f"testsrc2=size={self.width}x{self.height}:rate={rate}"
        tone = f"sine=frequency={self.tone_hz}:sample_rate={SAMPLE_RATE}:samples_per_frame={AUDIO_FRAME}"
        receivers = "|".join(
            f"[f=mpegts:mpegts_copyts=1]srt://{HOST}:{port}?mode=caller&connect_timeout={CONNECT_MS}"
            f"&latency={LATENCY_MS * 1000}&tlpktdrop=0&pkt_size=1316"
            for port in self.ports
        )
        return command(
            *("-re", "-f", "lavfi", "-i", picture, "-re", "-f", "lavfi", "-i", tone),
            *("-map", "0:v", "-map", "1:a", "-copyts", "-fps_mode", "passthrough"),
            *("-filter_threads", "1", "-vf", f"setpts=PTS+{frame}", "-af", f"asetpts=PTS+{sample}"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"),
            *("-g", str(max(1, round(self.frame_rate / 2))), "-b:v", "300k", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-b:a", "48k"),
            *("-f", "tee", "-use_fifo", "1", "-fifo_options", FIFO, receivers),
        )
