"""A stream simulator on a hand-turned clock, with flows but no MediaConnect."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from headend.localcloud.clock import Clock
from headend.localcloud.cloudwatch.metric_store import MetricKey, Sample, key_of
from headend.localcloud.mediaconnect.flow_model import LiveFlow
from headend.localcloud.mediaconnect.scenario_model import Scenario, load_all
from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from headend.localcloud.timeline import Timeline

SCENARIOS = load_all()


class HandClock(Clock):
    """A clock that tests turn by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1_800_000_000.0

    def time(self) -> float:
        return self.seconds


class Stage:
    """A simulator on a hand-turned clock, with flows but no MediaConnect."""

    def __init__(self, folder: Path, *flows: LiveFlow) -> None:
        self.clock = HandClock()
        self.flows = list(flows)
        self.written: list[tuple[str, MetricKey, Sample]] = []
        self.timeline = Timeline(folder / "timeline.jsonl", self.clock)
        self.events: list[tuple[str, list[str], dict[str, Any]]] = []
        cloud: Any = SimpleNamespace(clock=self.clock, timeline=self.timeline, publish=self._publish)
        service: Any = SimpleNamespace(flows=lambda: iter(self.flows))
        self.scenarios = dict(SCENARIOS)
        self.simulator = StreamSimulator(cloud, service, self.scenarios, lambda *sample: self.written.append(sample))

    def play(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.seconds += 1
            self.simulator.tick()

    def _publish(self, region: str, source: str, detail_type: str, resources: list[str], detail: Any) -> None:
        assert (region, source) == ("eu-central-1", "aws.mediaconnect")
        self.events.append((detail_type, resources, detail))

    def values(self, flow: LiveFlow, metric: str, source: str | None = None) -> list[float]:
        """A metric's values by the flow's ARN, or by that of its source of this name."""
        arns = {one["name"]: one["sourceArn"] for one in flow.sources}
        dimension = ("SourceARN", arns[source]) if source else ("FlowARN", flow.flow_arn)
        key = key_of("AWS/MediaConnect", metric, [dimension])
        return [sample.total for _, known, sample in self.written if known == key]

    def plays(self, flow: LiveFlow, **step: Any) -> None:
        """Play a scenario of the test's own: one step that lasts."""
        made = Scenario.model_validate({"description": "x", "steps": [{"name": "test", **step}]})
        self.scenarios["test"] = made
        self.simulator.set_scenario(flow.flow_arn, "test")

    def steps(self) -> list[str]:
        return [str(entry["detail"]["step"]) for entry in self.timeline.since() if entry["kind"] == "scenario"]


def a_flow(name: str = "live-a", protocol: str = "rtp", status: str = "ACTIVE", **source: Any) -> LiveFlow:
    flow = LiveFlow("123456789012", "eu-central-1", {"name": name})
    flow.add_source({"name": "studio", "protocol": protocol, "whitelistCidr": "203.0.113.0/24", **source})
    flow.add_output({"name": "primary", "protocol": "rtp", "destination": "198.51.100.10", "port": 5001})
    flow.status = status
    return flow


def a_pair(protocol: str = "rtp", **failover: Any) -> LiveFlow:
    """A flow with the sources `first` and `second`, and failover as given."""
    flow = LiveFlow("123456789012", "eu-central-1", {"name": "live-pair"})
    for name in ("first", "second"):
        flow.add_source({"name": name, "protocol": protocol, "whitelistCidr": "203.0.113.0/24"})
    flow.add_output({"name": "receiver", "protocol": "srt-listener", "port": 7000})
    flow.settings["sourceFailoverConfig"] = {"state": "ENABLED", "failoverMode": "FAILOVER", **failover}
    flow.status = "ACTIVE"
    return flow


def preferring(name: str) -> dict[str, Any]:
    """The priority of one source."""
    return {"sourcePriority": {"primarySource": name}}


def told(stage: Stage, kind: str) -> list[dict[str, Any]]:
    """The details of the events of one kind (`Flow Health`), in order."""
    return [detail for detail_type, _, detail in stage.events if detail_type == f"MediaConnect {kind}"]
