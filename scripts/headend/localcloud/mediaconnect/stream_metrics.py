"""The metrics that MediaConnect writes for one second of a stream.

Source (names, units, dimensions): https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from headend.localcloud.mediaconnect.scenario_model import COUNTERS, NORMAL, Level

NAMESPACE = "AWS/MediaConnect"
PACKET_BITS = 1316 * 8
"""Seven transport stream packets in a datagram."""

ARQ = frozenset({"rist", "srt-caller", "srt-listener", "zixi-push", "zixi-pull"})
"""Protocols that ask again for what was lost, and know whether they are connected."""

NOT_TRANSPORT_STREAM = frozenset({"cdi", "ndi-speed-hq", "st2110-jpegxs"})
"""Protocols without a transport stream: TR 101 290 says nothing of them."""

PLAIN = (
    "BitRate",
    "Connected",
    "Disconnections",
    "DroppedPackets",
    "NotRecoveredPackets",
    "PacketLossPercent",
    "RecoveredPackets",
    "TotalPackets",
    *(name.removeprefix("Source") for name in COUNTERS),
)
"""The flow's own metrics: those of its source, or of what it makes of two, without the prefix.

Source: https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-flow-health.html
"""

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
    "SourceMergeActive": "None",
    "SourceMergeLatency": "Milliseconds",
    "SourceSelected": "None",
    "AudioStreamMissing": "None",
    "BlackFramesBreaching": "None",
    "FailoverSwitches": "Count",
    "FrozenFramesBreaching": "None",
    "MaintenanceCanceled": "Count",
    "MaintenanceFailed": "Count",
    "MaintenanceRescheduled": "Count",
    "MaintenanceScheduled": "Count",
    "MaintenanceStarted": "Count",
    "MaintenanceSucceeded": "Count",
    "MergeActive": "None",
    "MergeLatency": "Milliseconds",
    "SilentAudioBreaching": "None",
    "VideoStreamMissing": "None",
}
UNITS |= dict.fromkeys(COUNTERS, "Count")
UNITS |= {name: UNITS[f"Source{name}"] for name in PLAIN}


@dataclass(frozen=True)
class Second:
    """One second of a stream: the levels that a scenario sets, and what the flow is.

    `bit_rate` is the flow's normal one in bits/s, `uptime` the seconds since the source (re)connected, `recovered` the
    percentage of what is lost that error correction brings back, where the protocol has one.
    """

    protocol: str
    bit_rate: float
    uptime: float
    levels: Mapping[str, Level]
    noise: Random
    recovered: float | None = None


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
    share = (95.0 if arq else 80.0) if second.recovered is None else second.recovered
    recovered = round(dropped * share / 100) if arq or fec else 0
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
    if second.protocol not in NOT_TRANSPORT_STREAM:
        metrics |= {name: _counted(second, name) if alive else 0.0 for name in COUNTERS}
        metrics["SourceContinuityCounter"] += metrics["SourceNotRecoveredPackets"]
    return metrics


def merged(sources: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What a flow makes of identical sources: a packet is lost only where every source lost it.

    Losses are taken as independent of each other. `sources` are those that send; one alone is as it is.
    """
    if len(sources) == 1:
        return dict(sources[0])
    made = dict(sources[0])
    total = max(source["SourceTotalPackets"] for source in sources)
    share = 1.0
    for source in sources:
        share *= source["SourceNotRecoveredPackets"] / max(1.0, source["SourceTotalPackets"])
    lost = float(round(total * share))
    errors = {name: min(source[name] for source in sources) for name in COUNTERS if all(name in one for one in sources)}
    made |= errors
    if "SourceContinuityCounter" in errors:
        beside = min(one["SourceContinuityCounter"] - one["SourceNotRecoveredPackets"] for one in sources)
        made["SourceContinuityCounter"] = beside + lost
    made["SourceTotalPackets"] = total
    made["SourceNotRecoveredPackets"] = lost
    made["SourceRecoveredPackets"] = max(0.0, made["SourceDroppedPackets"] - lost)
    return made


def flow_metrics(picture: Mapping[str, float]) -> dict[str, float]:
    """The flow's own metrics, of what it carries."""
    return {name: picture[f"Source{name}"] for name in PLAIN if f"Source{name}" in picture}


def output_metrics(protocol: str, source: Mapping[str, float]) -> dict[str, float]:
    """One output's metrics, from the source's: what comes in goes out."""
    metrics = {
        "OutputBitrate": source["SourceBitRate"],
        "OutputTotalPackets": source["SourceTotalPackets"] - source["SourceNotRecoveredPackets"],
    }
    if protocol in ARQ:
        metrics |= {"OutputConnected": 1.0, "OutputDisconnections": 0.0, "OutputNotRecoveredPackets": 0.0}
    return metrics


def hung_up(protocol: str, before: bool) -> dict[str, float]:
    """The metrics of an output whose receiver is gone; `before`: it was gone a second ago already."""
    metrics = {"OutputBitrate": 0.0, "OutputTotalPackets": 0.0}
    if protocol in ARQ:
        metrics |= {"OutputConnected": 0.0, "OutputDisconnections": float(not before)}
        metrics["OutputNotRecoveredPackets"] = 0.0
    return metrics


def _counted(second: Second, metric: str) -> float:
    """Errors in this second: none, unless the scenario says so."""
    return float(round(_drawn(second, metric))) if metric in second.levels else 0.0


def _drawn(second: Second, metric: str) -> float:
    """A level with its noise. Every metric is drawn every second, so that the noise of one does not move another's."""
    level = second.levels[metric] if metric in second.levels else NORMAL[metric]
    return max(0.0, level.mean + level.spread * second.noise.uniform(-1, 1))
