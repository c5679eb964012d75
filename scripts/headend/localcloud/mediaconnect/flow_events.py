"""The events that MediaConnect puts on the default bus, as it documents them.

Below https://docs.aws.amazon.com/mediaconnect/latest/ug/: monitoring-cloudwatch-events-source-health.html,
…-flow-health.html, …-output-health.html, …-alert.html, …-flow-maintenance.html, …-output-status-change.html and
monitoring-eventbridge-events-content-quality.html. Older documents of Source Health say `source_state` where newer
ones say `state`; these are the newer ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
State = Literal["CONNECTED", "RECEIVING", "SENDING", "DISCONNECTED", "IDLE"]
"""CONNECTED and DISCONNECTED are of protocols with a connection; the others receive, send, or are idle."""
DEAD = frozenset({"DISCONNECTED", "IDLE"})

TR_101 = {
    "ts_sync_loss": "TSSyncLoss",
    "continuity_count_error": "ContinuityCounter",
    "transport_error": "TransportError",
    "pcr_error": "PCRError",
}
"""What a health event says of a transport stream, and the metric that counts it."""


@dataclass(frozen=True)
class Event:
    """One event: `resources` are ARNs, the flow's first."""

    detail_type: str
    resources: tuple[str, ...]
    detail: Json


@dataclass(frozen=True)
class Health:
    """The health of a source, or of what a flow carries. `tr101` is None where it is no transport stream."""

    state: State = "IDLE"
    tr101: tuple[bool, ...] | None = None
    failover_switch: bool = False

    @property
    def unhealthy(self) -> bool:
        """Nothing comes in, or the transport stream has errors."""
        return self.state in DEAD or any(self.tr101 or ())

    def shown(self, state_key: str, *, with_switch: bool) -> Json:
        """As an event shows it."""
        said: Json = {"failover_switch": self.failover_switch} if with_switch else {}
        said[state_key] = self.state
        if self.tr101 is not None:
            said["tr101"] = dict(zip(TR_101, self.tr101, strict=True))
        return said


def source_health(flow_arn: str, source_arn: str, current: Health, previous: Health) -> Event:
    """A source's health has changed."""
    detail = {
        "unhealthy": current.unhealthy,
        "current": current.shown("state", with_switch=False),
        "previous": previous.shown("state", with_switch=False),
    }
    return Event("MediaConnect Source Health", (flow_arn, source_arn), detail)


def flow_health(flow_arn: str, current: Health, previous: Health) -> Event:
    """The health of what a flow carries has changed, or the source that it takes."""
    detail = {
        "unhealthy": current.unhealthy,
        "current": current.shown("source_state", with_switch=True),
        "previous": previous.shown("source_state", with_switch=True),
    }
    return Event("MediaConnect Flow Health", (flow_arn,), detail)


def output_health(flow_arn: str, output_arn: str, current: State, previous: State) -> Event:
    """An output's state has changed."""
    detail = {"current": {"state": current}, "previous": {"state": previous}}
    return Event("MediaConnect Output Health", (flow_arn, output_arn), detail)


def output_status_change(flow_arn: str, output_arn: str, current: str, previous: str) -> Event:
    """An output was enabled or disabled."""
    detail = {"currentStatus": current, "previousStatus": previous}
    return Event("MediaConnect Output Status Change", (flow_arn, output_arn), detail)


def content_quality(flow_arn: str, streams: Sequence[Mapping[str, bool]]) -> Event:
    """What is wrong with the content has changed: per stream what is wrong now, and what no longer is."""
    impacted = any(wrong for stream in streams for wrong in stream.values())
    detail = {"impacted": impacted, "streams": [dict(stream) for stream in streams]}
    return Event("MediaConnect Flow Content Quality", (flow_arn,), detail)


def alert(flow_arn: str, code: str, message: str, *, errored: bool) -> Event:
    """An error has come, or has gone."""
    detail = {"errored": errored, "error-code": code, "error-message": message}
    return Event("MediaConnect Alert", (flow_arn,), detail)


def maintenance(flow_arn: str, status: str) -> Event:
    """Maintenance of a flow has come to `status`."""
    return Event("MediaConnect Flow Maintenance", (flow_arn,), {"currentStatus": status})
