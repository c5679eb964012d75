"""Streams through the flows: one sample a second of every metric of every ACTIVE flow, by scenario.

A scenario's time is air time: it stands still while the flow is off the air, so a flow can start with a dead source.
The noise is the same for the same flow name and the same second since it went on air.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from werkzeug.wrappers import Request

from headend.errors import HeadendError
from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudwatch.metric_store import MetricKey, Sample, key_of
from headend.localcloud.cloudwatch.metrics import store_of
from headend.localcloud.control import body
from headend.localcloud.faults.faults import Faults
from headend.localcloud.mediaconnect import flow_second
from headend.localcloud.mediaconnect.flow_health import MAINTENANCE_METRICS, Told
from headend.localcloud.mediaconnect.flow_model import LiveFlow
from headend.localcloud.mediaconnect.flow_second import FlowSecond, Memory, SourceSecond
from headend.localcloud.mediaconnect.media_connect import ON_AIR, MediaConnect, Sight
from headend.localcloud.mediaconnect.scenario_model import CLEAN, Behaviour, Playing, Scenario, Step, load_all
from headend.localcloud.mediaconnect.stream_metrics import NAMESPACE, UNITS

TICK_SECONDS = 0.25
LATE_SECONDS = 30
"""Seconds that are made up for when the machine stood still; a longer pause leaves a gap. A jump of the clock never
does."""

Put = Callable[[str, MetricKey, Sample], None]
"""(region, metric, sample): where samples go."""


@dataclass
class _Stream:
    """What is remembered of one flow; `step` is the one that the timeline has been told of.

    `restless`: something has changed in the last second, so that the next one may say more.
    """

    playing: Playing
    step: Step
    second: int = 0
    memory: Memory = field(default_factory=Memory)
    told: Told = field(default_factory=Told)
    restless: bool = True
    keys: dict[tuple[str, str, str], MetricKey] = field(default_factory=dict)
    sight: Sight | None = None


class StreamSimulator:
    """Plays scenarios on the flows of all Regions."""

    def __init__(
        self, cloud: LocalCloudServer, service: MediaConnect, scenarios: dict[str, Scenario], put: Put
    ) -> None:
        self._cloud = cloud
        self._service = service
        self._scenarios = scenarios
        self._put = put
        self._lock = threading.RLock()
        self._streams: dict[str, _Stream] = {}
        self._last = int(cloud.clock.time())

    def set_scenario(self, flow: str, name: str) -> list[str]:
        """Play a scenario on the flow with this name or ARN, or on all (`*`); returns their ARNs.

        Raises HeadendError for a scenario or flow that does not exist.
        """
        if name not in self._scenarios:
            raise HeadendError(f"no scenario {name!r}; there are: {', '.join(sorted(self._scenarios))}")
        flows = list(self._service.flows())
        chosen = [known for known in flows if flow in ("*", known.flow_arn, known.name)]
        if not chosen:
            names = ", ".join(sorted({known.name for known in flows})) or "none"
            raise HeadendError(f"no flow {flow!r}; there are: {names}")
        with self._lock:
            for known in chosen:
                stream = self._stream(known)
                stream.playing = Playing(name, self._scenarios[name])
                stream.step = stream.playing.step
                stream.restless = True
                self._tell(known, stream.playing)
        return [known.flow_arn for known in chosen]

    def look(self, flow: LiveFlow) -> Sight:
        """What comes in from the source that the flow takes."""
        with self._lock:
            now = self._cloud.clock.time()
            return (flow.status in ON_AIR and self._stream(flow).sight) or Sight(None, now, now)

    def leave(self, flow: LiveFlow) -> None:
        """The flow leaves the air: a fast clock would not let a round see it."""
        with self._lock:
            self._off_air(self._stream(flow))

    def state(self) -> dict[str, Any]:
        """`scenarios`: name → description; `flows`: ARN → {flow_name, scenario, step}, and for one that fails over
        `selected`, the name of the source that it takes."""
        shown = {}
        flows = list(self._service.flows())  # before the lock: MediaConnect looks here with its own one held
        with self._lock:
            for flow in flows:
                stream = self._stream(flow)
                playing = stream.playing
                shown[flow.flow_arn] = {"flow_name": flow.name, "scenario": playing.name, "step": playing.step.name}
                if len(flow.sources) > 1 and stream.memory.selected:
                    shown[flow.flow_arn]["selected"] = stream.memory.selected
        return {"scenarios": {name: known.description for name, known in self._scenarios.items()}, "flows": shown}

    def tick(self) -> None:
        """Write the samples of every whole second that has passed since the last call."""
        now = int(self._cloud.clock.time())
        flows = list(self._service.flows())
        with self._lock:
            late = LATE_SECONDS if self._cloud.clock.real else now
            first = max(self._last + 1, now - late)
            for second in range(first, now + 1):
                for flow in flows:
                    if flow.status in ON_AIR:
                        self._play(flow, second)
                    elif flow.flow_arn in self._streams:
                        self._off_air(self._streams[flow.flow_arn])
            self._last = max(self._last, now)
            present = {flow.flow_arn for flow in flows}
            self._streams = {arn: stream for arn, stream in self._streams.items() if arn in present}

    def next_change(self) -> float:
        """When the next step of a scenario begins, in seconds since the epoch; math.inf when none does."""
        flows = [flow for flow in list(self._service.flows()) if flow.status in ON_AIR]
        with self._lock:
            moments = [math.inf]
            for flow in flows:
                stream = self._stream(flow)
                playing = stream.playing
                begins = playing.step is not stream.step
                if begins or stream.restless or flow.status == "UPDATING" or not playing.step.steady:
                    moments.append(self._last + 1)
                    continue
                left = playing.scenario.next_change(playing.seconds) - playing.seconds
                moments.append(left if left == math.inf else self._last + 1 + math.ceil(left))
        return min(moments)

    def _play(self, flow: LiveFlow, moment: int) -> None:
        stream = self._stream(flow)
        step = stream.playing.step
        if step is not stream.step:
            self._tell(flow, stream.playing)
            stream.step = step
        stream.playing = stream.playing.after(1.0)
        stream.second += 1
        played = flow_second.play(flow, step, stream.second, stream.memory)
        stream.sight = _seen(stream.sight, played, float(moment))
        if played.previous and played.taken:
            self._tell_switch(flow, played.previous, played.taken.name)
        self._measure(flow, stream, moment, played)
        self._report(flow, stream, moment, step, played)

    def _measure(self, flow: LiveFlow, stream: _Stream, moment: int, played: FlowSecond) -> None:
        more = flow_second.source_failover_metrics(flow, stream.second, played)
        for source in played.sources:
            metrics = source.metrics | more.get(source.name, {})
            self._write(flow, stream, moment, "SourceARN", source.arn, metrics)
        for output in played.outputs:
            self._write(flow, stream, moment, "OutputARN", output.arn, output.metrics)
        for name, value in played.metrics.items():
            self._sample(flow, stream, moment, ("FlowARN", flow.flow_arn), name, value)

    def _report(self, flow: LiveFlow, stream: _Stream, moment: int, step: Step, played: FlowSecond) -> None:
        """Put what has changed on the bus."""
        if step.maintenance and step.maintenance != stream.told.maintenance:
            name = MAINTENANCE_METRICS[step.maintenance]
            self._sample(flow, stream, moment, ("FlowARN", flow.flow_arn), name, 1.0)
        events = list(stream.told.changes(flow.flow_arn, step, played))
        for event in events:
            self._cloud.publish(flow.region, "aws.mediaconnect", event.detail_type, list(event.resources), event.detail)
        stream.restless = bool(events)

    def _off_air(self, stream: _Stream) -> None:
        if stream.second and stream.playing.step.ends == "off-air":
            stream.playing = stream.playing.at_next_step()
        stream.second, stream.sight = 0, None
        stream.memory, stream.told, stream.restless = Memory(), Told(), True

    def _write(
        self, flow: LiveFlow, stream: _Stream, moment: int, dimension: str, arn: str, metrics: dict[str, float]
    ) -> None:
        """Every source and output metric is there twice: by its own ARN and by the flow's."""
        for name, value in metrics.items():
            self._sample(flow, stream, moment, (dimension, arn), name, value)
            self._sample(flow, stream, moment, ("FlowARN", flow.flow_arn), name, value)

    def _sample(
        self, flow: LiveFlow, stream: _Stream, moment: int, dimension: tuple[str, str], name: str, value: float
    ) -> None:
        known = (*dimension, name)
        if known not in stream.keys:
            stream.keys[known] = key_of(NAMESPACE, name, [dimension])
        unit = UNITS[name]
        sample = Sample(float(moment), value, value, value, 1.0, None if unit == "None" else unit)
        self._put(flow.region, stream.keys[known], sample)

    def _stream(self, flow: LiveFlow) -> _Stream:
        if flow.flow_arn not in self._streams:
            playing = Playing(CLEAN, self._scenarios[CLEAN])
            self._streams[flow.flow_arn] = _Stream(playing, playing.step)
        return self._streams[flow.flow_arn]

    def _tell_switch(self, flow: LiveFlow, previous: str, taken: str) -> None:
        detail = {"flow_arn": flow.flow_arn, "flow_name": flow.name, "from": previous, "to": taken}
        summary = f"{flow.name}: takes {taken} in the place of {previous}"
        self._cloud.timeline.record("source-switch", flow.region, flow.flow_arn, summary, **detail)

    def _tell(self, flow: LiveFlow, playing: Playing) -> None:
        step = playing.step
        what = _said(step)
        label = step.name if step.name == playing.name else f"{playing.name}, {step.name}"
        self._cloud.timeline.record(
            "scenario",
            flow.region,
            flow.flow_arn,
            f"{flow.name}: {label} ({what})",
            flow_arn=flow.flow_arn,
            flow_name=flow.name,
            scenario=playing.name,
            step=step.name,
            seconds=step.seconds,
        )


def _seen(before: Sight | None, played: FlowSecond, moment: float) -> Sight:
    """What is seen in this second, and since when it is so."""
    taken = played.taken
    if before is None or _carried(before.taken) != _carried(taken):
        return Sight(taken, moment, moment)
    return Sight(taken, moment, before.since)


def _carried(source: SourceSecond | None) -> tuple[object, ...]:
    return (source.name, source.sends, source.content) if source else ()


def _said(step: Step) -> str:
    """What a step does to the stream."""
    words = _behaviour(step)
    for role, does in step.sources.items():
        words += [f"{role}: {word}" for word in _behaviour(does)]
    if step.outputs:
        words.append(f"outputs {step.outputs}")
    if step.alert:
        words.append(step.alert.code)
    if step.maintenance:
        words.append(f"maintenance {step.maintenance}")
    return ", ".join(words) or "healthy"


def _behaviour(does: Behaviour) -> list[str]:
    if does.silent:
        return ["no datapoints"]
    recovered = [] if does.recovered is None else [f"{does.recovered:g} % of what is lost recovered"]
    return [*_in_words(does.metrics), *recovered, *does.content]


def _in_words(levels: dict[str, Any]) -> list[str]:
    words = []
    for name, level in levels.items():
        unit = {"Percent": "%", "Milliseconds": "ms", "Bits/Second": "% of normal"}.get(UNITS[name], UNITS[name])
        words.append(f"{name} {level.mean:g} {unit}")
    return words


def install(cloud: LocalCloudServer) -> None:
    """Start the streams and answer /_headend/scenario."""

    def put(region: str, key: MetricKey, sample: Sample) -> None:
        if cloud.part(Faults).region_gone(region):
            return
        store_of(cloudwatch_backends[cloud.account_id][region]).put(key, sample)

    service = cloud.part(MediaConnect)
    simulator = StreamSimulator(cloud, service, load_all(), put)
    service.look, service.left_air = simulator.look, simulator.leave

    def choose(request: Request) -> dict[str, Any]:
        given = body(request)
        flow = given.get("flow") or given.get("flow_arn") or given.get("flow_name")
        if not flow or not given.get("scenario"):
            raise HeadendError('a scenario is set with {"flow": name, ARN or "*", "scenario": name}')
        return {"flows": simulator.set_scenario(str(flow), str(given["scenario"]))}

    cloud.provide(simulator)
    cloud.control.add("GET", "scenario", lambda _: simulator.state())
    cloud.control.add("POST", "scenario", choose)
    cloud.clock.before_wakes(simulator.tick)
    cloud.every(TICK_SECONDS, "stream-simulator", simulator.tick, simulator.next_change)
