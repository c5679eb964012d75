"""What a flow does with its stream: takes it in by SRT and hands it on, byte by byte.

It listens by SRT, whatever the protocol of the flow's source, and takes one sender. It hands the stream to the encoder
by UDP on loopback, as MediaConnect hands a flow to MediaLive inside of AWS: the encoder may come and go without the
flow noticing it. When the sender hangs up, the relay ends, and its supervisor lets it listen again.

Source: https://docs.aws.amazon.com/mediaconnect/latest/ug/protocols.html
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from headend.localcloud.media.contribution import LATENCY_MS
from headend.localcloud.media.ffmpeg import command
from headend.localcloud.media.ports import HOST
from headend.localcloud.media.supervisor import Supervisor

MESSAGE = 1316
"""Bytes of one SRT message, and of one datagram: seven MPEG-TS packets."""


@dataclass(frozen=True)
class FlowRelay:
    """From the SRT listener on `port` to the receivers on `receivers` (UDP)."""

    name: str
    port: int
    receivers: Sequence[int]

    def start(self, supervisor: Supervisor) -> subprocess.Popen[bytes]:
        """Listen from now on."""
        return supervisor.popen(self.arguments(), self.name)

    def arguments(self) -> list[str]:
        """ffmpeg's command line."""
        source = f"srt://{HOST}:{self.port}?mode=listener&latency={LATENCY_MS * 1000}&tlpktdrop=0"
        given = ["-fflags", "nobuffer", "-f", "data", "-raw_packet_size", str(MESSAGE), "-i", source]
        for receiver in self.receivers:
            given += ["-map", "0", "-c", "copy", "-f", "data", f"udp://{HOST}:{receiver}?pkt_size={MESSAGE}"]
        return command(*given)
