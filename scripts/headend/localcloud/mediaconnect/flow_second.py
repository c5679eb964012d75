"""One second of a flow on air: what each source does, which the flow takes, and what goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from headend.localcloud.mediaconnect.content_quality import Fault, Watch
from headend.localcloud.mediaconnect.flow_model import Json, LiveFlow
from headend.localcloud.mediaconnect.scenario_model import Behaviour, Role, Step
from headend.localcloud.mediaconnect.source_failover import SILENCE_SECONDS, Mode, chosen, mode_of, primary_of
from headend.localcloud.mediaconnect.stream_metrics import (
    ARQ,
    Second,
    flow_metrics,
    hung_up,
    merged,
    output_metrics,
    source_metrics,
)

NORMAL_BIT_RATE = 20_000_000.0
SHARE_OF_MAXIMUM = 0.8
"""A stream's bit rate: this share of its source's MaxBitrate, or NORMAL_BIT_RATE."""

MERGE_LATENCY = (8.0, 4.0)
"""By how many milliseconds the second source is behind the first: mean, spread."""

ROLES: tuple[Role, ...] = ("primary", "backup")


@dataclass
class Memory:
    """What a flow on air carries over from one second to the next."""

    uptime: dict[str, float] = field(default_factory=dict)
    selected: str | None = None
    content: Watch = field(default_factory=Watch)
    hung_up: bool = False


@dataclass(frozen=True)
class SourceSecond:
    """A source: `metrics` is empty while it is silent."""

    name: str
    arn: str
    protocol: str
    sends: bool
    metrics: dict[str, float]
    content: tuple[str, ...]


@dataclass(frozen=True)
class OutputSecond:
    """An output: whether what goes out arrives."""

    arn: str
    protocol: str
    delivers: bool
    metrics: dict[str, float]


@dataclass(frozen=True)
class FlowSecond:
    """A flow: `taken` is the source that it takes, `previous` the one before, if it changed in this second.

    `metrics` are the flow's own; `picture` those of what it carries, by the names of a source's; empty where nothing
    comes in.
    """

    sources: tuple[SourceSecond, ...]
    outputs: tuple[OutputSecond, ...]
    mode: Mode | None
    taken: SourceSecond | None
    previous: str | None
    picture: dict[str, float]
    content: dict[Fault, bool]
    metrics: dict[str, float]


def play(flow: LiveFlow, step: Step, second: int, memory: Memory) -> FlowSecond:
    """The flow's `second` on air, counted from 1, under a scenario's step."""
    sources = tuple(
        _source(flow, source, step.of(role), second, memory, first=role == "primary")
        for source, role in zip(flow.sources, ROLES, strict=False)
    )
    config = flow.settings.get("sourceFailoverConfig")
    mode = mode_of(config) if len(sources) > 1 else None
    previous = memory.selected
    brief = step.seconds is not None and step.seconds < SILENCE_SECONDS
    sends = {source.name: source.sends or (brief and source.name == previous) for source in sources}
    memory.selected = chosen(sends, primary_of(config) if mode == "FAILOVER" else None, previous)
    taken = next((source for source in sources if source.name == memory.selected), None)
    switched = mode == "FAILOVER" and previous in sends and previous != memory.selected
    picture = _picture(sources, taken, mode)
    content = {}
    if picture and taken:
        content = memory.content.look(flow.settings.get("sourceMonitoringConfig"), taken.content)
    outputs = tuple(_outputs(flow, picture, memory, disconnected=step.outputs == "disconnected"))
    memory.hung_up = step.outputs == "disconnected"
    metrics: dict[str, float] = {}
    if picture:
        metrics = flow_metrics(picture)
        metrics |= {fault.metric: float(breaching) for fault, breaching in content.items()}
        metrics["ConnectedOutputs"] = float(sum(output.delivers for output in outputs))
        metrics |= _of_failover(flow, sources, mode, second, switched=switched)
    return FlowSecond(sources, outputs, mode, taken, previous if switched else None, picture, content, metrics)


def source_failover_metrics(flow: LiveFlow, second: int, played: FlowSecond) -> dict[str, dict[str, float]]:
    """What failover adds to the metrics of each source, by its name."""
    if played.mode == "FAILOVER":
        return {one.name: {"SourceSelected": float(one is played.taken)} for one in played.sources if one.metrics}
    if played.mode == "MERGE":
        both = all(one.sends for one in played.sources)
        delays = _delays(flow, second, played.sources)
        return {
            one.name: {"SourceMergeActive": float(both), "SourceMergeLatency": delays[one.name] if both else 0.0}
            for one in played.sources
            if one.metrics
        }
    return {}


def _of_failover(
    flow: LiveFlow, sources: tuple[SourceSecond, ...], mode: Mode | None, second: int, *, switched: bool
) -> dict[str, float]:
    if mode == "FAILOVER":
        return {"FailoverSwitches": float(switched)}
    if mode == "MERGE":
        both = all(source.sends for source in sources)
        latency = max(_delays(flow, second, sources).values()) if both else 0.0
        return {"MergeActive": float(both), "MergeLatency": latency}
    return {}


def _delays(flow: LiveFlow, second: int, sources: tuple[SourceSecond, ...]) -> dict[str, float]:
    mean, spread = MERGE_LATENCY
    noise = Random(f"{flow.name}/{second}/merge")  # noqa: S311 - noise, not a secret
    behind = round(mean + spread * noise.uniform(-1, 1), 3)
    return {source.name: 0.0 if index == 0 else behind for index, source in enumerate(sources)}


def _source(flow: LiveFlow, source: Json, does: Behaviour, second: int, memory: Memory, *, first: bool) -> SourceSecond:
    transport = source.get("transport", {})
    name, protocol, maximum = source["name"], transport.get("protocol", ""), transport.get("maxBitrate")
    metrics: dict[str, float] = {}
    if not does.silent:
        seed = f"{flow.name}/{second}" if first else f"{flow.name}/{second}/{name}"
        metrics = source_metrics(
            Second(
                protocol=protocol,
                bit_rate=maximum * SHARE_OF_MAXIMUM if maximum else NORMAL_BIT_RATE,
                uptime=memory.uptime.get(name, 0.0),
                levels=does.metrics,
                noise=Random(seed),  # noqa: S311 - noise, not a secret
                recovered=does.recovered,
            )
        )
    sends = bool(metrics.get("SourceBitRate"))
    memory.uptime[name] = memory.uptime.get(name, 0.0) + 1 if sends else 0.0
    return SourceSecond(name, source["sourceArn"], protocol, sends, metrics, does.content)


def _picture(sources: tuple[SourceSecond, ...], taken: SourceSecond | None, mode: Mode | None) -> dict[str, float]:
    if mode == "MERGE":
        sending = [source.metrics for source in sources if source.sends]
        if sending:
            return merged(sending)
    return taken.metrics if taken else {}


def _outputs(flow: LiveFlow, picture: dict[str, float], memory: Memory, *, disconnected: bool) -> list[OutputSecond]:
    found = []
    for output in flow.outputs:
        if output.get("outputStatus") != "ENABLED":
            continue
        protocol = output.get("transport", {}).get("protocol", "")
        gone = disconnected and protocol in ARQ
        metrics = hung_up(protocol, memory.hung_up) if gone else output_metrics(protocol, picture) if picture else {}
        found.append(OutputSecond(output["outputArn"], protocol, not gone, metrics if picture else {}))
    return found
