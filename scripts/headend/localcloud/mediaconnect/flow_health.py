"""What MediaConnect tells of a flow on air: an event whenever the health of a source, the flow or an output changes.

A flow that goes on air begins with everything idle. Source: the documents that flow_events names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from headend.localcloud.mediaconnect import flow_events
from headend.localcloud.mediaconnect.content_quality import Fault
from headend.localcloud.mediaconnect.flow_events import TR_101, Event, Health, State
from headend.localcloud.mediaconnect.flow_second import FlowSecond, OutputSecond, SourceSecond
from headend.localcloud.mediaconnect.scenario_model import Alert, Step
from headend.localcloud.mediaconnect.stream_metrics import ARQ, NOT_TRANSPORT_STREAM

MAINTENANCE_METRICS = {
    "CANCELED": "MaintenanceCanceled",
    "FAILED": "MaintenanceFailed",
    "FINISHED": "MaintenanceSucceeded",
    "INPROGRESS": "MaintenanceStarted",
    "RESCHEDULED": "MaintenanceRescheduled",
    "SCHEDULED": "MaintenanceScheduled",
}
"""The metric that counts each status.

https://docs.aws.amazon.com/mediaconnect/latest/ug/monitor-with-cloudwatch-metrics-flow-health.html
"""


@dataclass
class Told:
    """What was last told of a flow."""

    sources: dict[str, Health] = field(default_factory=dict)
    outputs: dict[str, State] = field(default_factory=dict)
    flow: Health | None = None
    content: dict[Fault, bool] = field(default_factory=dict)
    alert: Alert | None = None
    maintenance: str | None = None

    def changes(self, flow_arn: str, step: Step, second: FlowSecond) -> Iterator[Event]:
        """The events of one second, sources first."""
        yield from self._sources(flow_arn, second)
        yield from self._flow(flow_arn, second)
        yield from self._outputs(flow_arn, second)
        yield from self._content(flow_arn, second)
        yield from self._said(flow_arn, step)

    def _sources(self, flow_arn: str, second: FlowSecond) -> Iterator[Event]:
        for source in second.sources:
            now = _health(source, source.metrics)
            before = self.sources.get(source.arn, _idle(source))
            if now != before:
                yield flow_events.source_health(flow_arn, source.arn, now, before)
            self.sources[source.arn] = now

    def _flow(self, flow_arn: str, second: FlowSecond) -> Iterator[Event]:
        if second.taken is None:
            return
        health = _health(second.taken, second.picture)
        now = Health(health.state, health.tr101, failover_switch=second.previous is not None)
        before = self.flow or _idle(second.taken)
        if now != before:
            yield flow_events.flow_health(flow_arn, now, before)
        self.flow = now

    def _outputs(self, flow_arn: str, second: FlowSecond) -> Iterator[Event]:
        sends = bool(second.picture.get("SourceBitRate"))
        for output in second.outputs:
            now, before = _output_state(output, sends=sends), self.outputs.get(output.arn, "IDLE")
            if now != before:
                yield flow_events.output_health(flow_arn, output.arn, now, before)
            self.outputs[output.arn] = now

    def _content(self, flow_arn: str, second: FlowSecond) -> Iterator[Event]:
        if not second.picture:
            return
        before, self.content = self.content, second.content
        changed = {fault for fault, wrong in second.content.items() if wrong != before.get(fault, False)}
        if not changed:
            return
        streams = []
        for stream in ("video", "audio"):
            said = {
                fault.key: wrong
                for fault, wrong in second.content.items()
                if fault.stream == stream and (wrong or fault in changed)
            }
            if said:
                streams.append(said)
        yield flow_events.content_quality(flow_arn, streams)

    def _said(self, flow_arn: str, step: Step) -> Iterator[Event]:
        """What a scenario lets MediaConnect say by itself."""
        if step.alert != self.alert:
            for alert, errored in ((self.alert, False), (step.alert, True)):
                if alert:
                    yield flow_events.alert(flow_arn, alert.code, alert.message, errored=errored)
            self.alert = step.alert
        if step.maintenance != self.maintenance:
            if step.maintenance:
                yield flow_events.maintenance(flow_arn, step.maintenance)
            self.maintenance = step.maintenance


def _idle(source: SourceSecond) -> Health:
    return Health("IDLE", _nothing_wrong(source))


def _nothing_wrong(source: SourceSecond) -> tuple[bool, ...] | None:
    return None if source.protocol in NOT_TRANSPORT_STREAM else (False,) * len(TR_101)


def _health(source: SourceSecond, metrics: dict[str, float]) -> Health:
    """The health of a stream that comes in by a source's protocol."""
    alive = bool(metrics.get("SourceBitRate"))
    connected = source.protocol in ARQ
    state: State = ("CONNECTED" if connected else "RECEIVING") if alive else "DISCONNECTED" if connected else "IDLE"
    if source.protocol in NOT_TRANSPORT_STREAM:
        return Health(state)
    return Health(state, tuple(bool(metrics.get(f"Source{name}")) for name in TR_101.values()))


def _output_state(output: OutputSecond, *, sends: bool) -> State:
    if not output.delivers:
        return "DISCONNECTED"
    if not sends:
        return "IDLE"
    return "CONNECTED" if output.protocol in ARQ else "SENDING"
