"""Post-deploy checks of a live channel: both Regions, and the edge in front of them.

Nothing is changed: a channel that is off air stays off air. One that is on air is asked whether viewers can be served
from there, as before a planned switch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError
from headend.flows import Flows, name_of
from headend.live_operations import LiveOperations
from headend.live_outputs import LiveOutputs, RegionOutput
from headend.prefer import AUTO, Preference
from headend.verify.live import verify

Action = Callable[[], str]
ON_AIR = "RUNNING"
LASTING = ("IDLE", ON_AIR)
IN_BETWEEN = ("CREATING", "RECOVERING", "STARTING", "STOPPING", "UPDATING")
"""States of a channel: https://docs.aws.amazon.com/medialive/latest/apireference/channels-channelid.html"""
SETTLE_SECONDS = 300.0


@dataclass
class LiveSmoke:
    """The checks of one live channel. Each returns what it has seen, or raises HeadendError. `tell`: progress."""

    aws: Aws
    live: LiveOutputs
    preference: Preference
    tell: Callable[[str], None]

    def plan(self) -> Iterator[tuple[str, Action]]:
        """Name and action of each check."""
        regions = self.live.regions.both()
        states = {one.region: self._state_now(one) for one in regions}
        for one in regions:
            yield f"the channel in {one.region} is settled", lambda one=one: self.channel(one)  # type: ignore[misc]
            if states[one.region] == ON_AIR:
                yield f"viewers can be served from {one.region}", lambda one=one: self.ready(one)  # type: ignore[misc]
        if regions[0].origin.kind == "s3" or set(states.values()) == {ON_AIR}:
            yield "the manifests say what the channels make", self.manifests
        yield "the edge is deployed", self.edge
        yield "the edge knows who is served first", self.preferred

    def channel(self, region: RegionOutput) -> str:
        """The channel is idle or runs, and so do its flows."""
        end = time.monotonic() + SETTLE_SECONDS
        while (state := self._state(region)) in IN_BETWEEN and time.monotonic() < end:
            time.sleep(0.5 if self.aws.is_local else 5)
        if state not in LASTING:
            raise HeadendError(f"channel {region.channel_id} is {state}; its alerts in MediaLive's console say why")
        wanted = ("ACTIVE",) if state == ON_AIR else ("ACTIVE", "STANDBY")
        flows = Flows(self.aws, self.tell)
        for arn in (region.flow_arns.primary, region.flow_arns.backup):
            if (status := flows.settle(arn)) not in wanted:
                raise HeadendError(f"channel {region.channel_id} is {state} and its flow {name_of(arn)} {status}")
        return f"channel {region.channel_id} is {state}"

    def ready(self, region: RegionOutput) -> str:
        """The Region's own workflow finds nothing that keeps viewers from being served from there."""
        LiveOperations(self.aws, self.live, self.preference, self.tell).ready(region.region)
        return "runs, numbered by the epoch, and its manifest says what it makes"

    def manifests(self) -> str:
        """The manifest in each origin names what the channel makes."""
        found = verify("manifest", self.live, self.aws)
        if wrong := [one for one in found if not one.ok]:
            raise HeadendError("; ".join(f"{one.place}: {one.detail}" for one in wrong))
        return f"{len(found)} findings, none wrong"

    def edge(self) -> str:
        """The distribution is enabled, and every edge has its configuration."""
        found: dict[str, Any] = self.aws.client("cloudfront").get_distribution(Id=self.live.distribution_id)
        status, enabled = found["Distribution"]["Status"], found["Distribution"]["DistributionConfig"]["Enabled"]
        if status != "Deployed" or not enabled:
            raise HeadendError(
                f"distribution {self.live.distribution_id} is {status} and {'enabled' if enabled else 'disabled'}; "
                "wait some minutes, or apply"
            )
        return f"distribution {self.live.distribution_id} is {status}"

    def preferred(self) -> str:
        """An operator's word, or none, can be read."""
        word = self.preference.read() or AUTO
        return "viewers are served by their location" if word == AUTO else f"all viewers are served from {word} first"

    def _state_now(self, region: RegionOutput) -> str:
        """The channel's state; empty where it cannot be asked for, which its check says."""
        try:
            return self._state(region)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            return ""

    def _state(self, region: RegionOutput) -> str:
        client = self.aws.client("medialive", region.region)
        return str(client.describe_channel(ChannelId=region.channel_id)["State"])
