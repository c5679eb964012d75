"""The metrics that MediaConnect writes for one second of a stream.

Source (names, units, dimensions): https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from headend.localcloud.mediaconnect.scenario_model import NORMAL, Level

NAMESPACE = "AWS/MediaConnect"
PACKET_BITS = 1316 * 8
"""Seven transport stream packets in a datagram."""

ARQ = frozenset({"rist", "srt-caller", "srt-listener", "zixi-push", "zixi-pull"})
"""Protocols that ask again for what was lost, and know whether they are connected."""

UNITS = {
    "ConnectedOutputs": "Count",
    "OutputBitrate": "Bits/Second",
    "OutputConnected": "None",
    "OutputDisconnections": "Count",
    "OutputNotRecoveredPackets": "Count",
    "OutputTotalPackets": "Count",
    "SourceARQRecovered": "Count",
    "SourceARQRequests": "Count",
    "SourceBitRate": "Bits/Second",
    "SourceConnected": "None",
    "SourceDisconnections": "Count",
    "SourceDroppedPackets": "Count",
    "SourceFECPackets": "Count",
    "SourceFECRecovered": "Count",
    "SourceJitter": "Milliseconds",
    "SourceLatency": "Milliseconds",
    "SourceNotRecoveredPackets": "Count",
    "SourcePacketLossPercent": "Percent",
    "SourceRecoveredPackets": "Count",
    "SourceRoundTripTime": "Milliseconds",
    "SourceTotalPackets": "Count",
    "SourceUptime": "Seconds",
}


@dataclass(frozen=True)
class Second:
    """One second of a stream: the levels that a scenario sets, and what the flow is.

    `bit_rate` is the flow's normal one in bits/s, `uptime` the seconds since the source (re)connected.
    """

    protocol: str
    bit_rate: float
    uptime: float
    levels: Mapping[str, Level]
    noise: Random


def source_metrics(second: Second) -> dict[str, float]:
    """The source's metrics by name."""
    rate = second.bit_rate * _drawn(second, "SourceBitRate") / 100
    loss = min(100.0, _drawn(second, "SourcePacketLossPercent"))
    jitter = _drawn(second, "SourceJitter")
    round_trip = _drawn(second, "SourceRoundTripTime")
    latency = _drawn(second, "SourceLatency")
    alive = rate > 0
    total = round(rate / PACKET_BITS)
    dropped = round(total * loss / 100) if alive else 0
    arq, fec = second.protocol in ARQ, second.protocol == "rtp-fec"
    recovered = round(dropped * (0.95 if arq else 0.8 if fec else 0.0))
    metrics = {
        "SourceBitRate": float(round(rate)),
        "SourceDroppedPackets": float(dropped),
        "SourceJitter": round(jitter, 3),
        "SourceNotRecoveredPackets": float(dropped - recovered),
        "SourcePacketLossPercent": round(loss, 4) if alive else 0.0,
        "SourceRecoveredPackets": float(recovered),
        "SourceTotalPackets": float(total),
        "SourceUptime": second.uptime if alive else 0.0,
    }
    if arq:
        metrics |= {
            "SourceARQRecovered": float(recovered),
            "SourceARQRequests": float(dropped),
            "SourceConnected": float(alive),
            "SourceDisconnections": 0.0,
            "SourceLatency": round(latency, 3),
            "SourceRoundTripTime": round(round_trip, 3) if alive else 0.0,
        }
    if fec:
        metrics |= {"SourceFECPackets": float(total // 10), "SourceFECRecovered": float(recovered)}
    return metrics


def output_metrics(protocol: str, source: Mapping[str, float]) -> dict[str, float]:
    """One output's metrics, from the source's: what comes in goes out."""
    metrics = {
        "OutputBitrate": source["SourceBitRate"],
        "OutputTotalPackets": source["SourceTotalPackets"] - source["SourceNotRecoveredPackets"],
    }
    if protocol in ARQ:
        metrics |= {"OutputConnected": 1.0, "OutputDisconnections": 0.0, "OutputNotRecoveredPackets": 0.0}
    return metrics


def _drawn(second: Second, metric: str) -> float:
    """A level with its noise. Every metric is drawn every second, so that the noise of one does not move another's."""
    level = second.levels.get(metric, NORMAL[metric])
    return max(0.0, level.mean + level.spread * second.noise.uniform(-1, 1))
