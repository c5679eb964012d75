"""How a deployed workflow is broken: by the local cloud's faults, and by what AWS itself offers.

On AWS only what is done on purpose can be rehearsed so: a switch, a pause, a stop. Nobody can make a Region vanish.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/x-actions-in-schedule-pause.html (a pause un-pauses the others)
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from headend.aws import Aws
from headend.drill.scenarios import Undo, Where
from headend.errors import HeadendError, UsageError
from headend.live_outputs import LiveOutputs, RegionOutput

PAUSE = "headend-drill"
SETTLE_SECONDS = 600.0
LOOK_SECONDS = 1.0


class Cloud(Protocol):
    """The part of headend.localcloud.launcher.LocalCloud that breaks things."""

    def cut_flow(self, flow: str) -> dict[str, Any]:
        """Let nothing come to a flow."""

    def mend_flow(self, flow: str) -> dict[str, Any]:
        """Let it come again."""

    def add_origin_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        """Begin a fault of origins."""

    def clear_origin_faults(self, identifier: str = "") -> list[str]:
        """End one."""

    def add_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        """Begin a fault of services."""

    def clear_faults(self, identifier: str | None = None) -> list[str]:
        """End one."""


class DeployedLevers:
    """Levers of a deployed workflow. `cloud` is None on AWS; `prefer` says to the edge which Region comes first."""

    def __init__(
        self,
        live: LiveOutputs,
        aws: Aws,
        cloud: Cloud | None,
        prefer: Callable[[str], str | None],
        segment_seconds: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._segment_seconds = segment_seconds
        self._sleep = sleep
        self._live = live
        self._aws = aws
        self._cloud = cloud
        self._prefer = prefer

    def lose_source(self, where: Where, pipeline: int) -> Undo:
        """See Levers."""
        cloud, flow = self._local("a lost source"), self._at(where).flow_arns.of(pipeline)
        cloud.cut_flow(flow)
        return _once(lambda: cloud.mend_flow(flow))

    def break_origin(self, where: Where, kind: str) -> Undo:
        """See Levers."""
        cloud = self._local("a broken origin")
        fault = cloud.add_origin_fault(kind, host=self._at(where).origin.domain_name)["id"]
        return _once(lambda: cloud.clear_origin_faults(fault))

    def lose_region(self, where: Where) -> Undo:
        """See Levers."""
        cloud, region = self._local("a lost Region"), self._at(where).region
        origins = cloud.add_origin_fault("unreachable", region=region)["id"]
        services = cloud.add_fault("region-gone", region=region)["id"]

        def mend() -> None:
            cloud.clear_faults(services)
            cloud.clear_origin_faults(origins)

        return _once(mend)

    def pause(self, where: Where, pipeline: int) -> Undo:
        """See Levers. What is paused already stays so."""
        at = self._at(where)
        media = self._aws.client("medialive", at.region)
        paused = paused_pipelines(media, at.channel_id)
        self._set_paused(media, at, paused | {f"PIPELINE_{pipeline}"})
        return _once(lambda: self._set_paused(media, at, paused))

    def prefer(self, where: Where) -> Undo:
        """See Levers."""
        before = self._prefer(self._at(where).region)
        return _once(lambda: self._prefer(before or "auto"))

    def stop(self, where: Where) -> Undo:
        """See Levers. Returns when the channel is IDLE."""
        at = self._at(where)
        media = self._aws.client("medialive", at.region)
        media.stop_channel(ChannelId=at.channel_id)
        self._settle(media, at, "IDLE")

        def start() -> None:
            media.start_channel(ChannelId=at.channel_id)
            self._settle(media, at, "RUNNING")

        return _once(start)

    def wait(self, segments: float) -> None:
        """See Levers."""
        self._sleep(segments * self._segment_seconds)

    def _settle(self, media: Any, at: RegionOutput, wanted: str) -> None:
        for _ in range(int(SETTLE_SECONDS / LOOK_SECONDS)):
            state = media.describe_channel(ChannelId=at.channel_id)["State"]
            if state == wanted:
                return
            self._sleep(LOOK_SECONDS)
        raise HeadendError(f"channel {at.channel_id} in {at.region} is {state}, not {wanted}: look at its alerts")

    def _at(self, where: Where) -> RegionOutput:
        regions = self._live.regions
        return regions.primary if where == "primary" else regions.secondary

    def _local(self, what: str) -> Cloud:
        if self._cloud is None:
            raise UsageError(f"{what}: only on the local cloud; on AWS there are the drills pause, stop and switch")
        return self._cloud

    def _set_paused(self, media: Any, at: RegionOutput, pipelines: frozenset[str]) -> None:
        named = [{"PipelineId": one} for one in sorted(pipelines)]
        action = {
            "ActionName": f"{PAUSE}-{uuid.uuid4().hex[:12]}",
            "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": named} if named else {}},
            "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
        }
        media.batch_update_schedule(ChannelId=at.channel_id, Creates={"ScheduleActions": [action]})


def paused_pipelines(media: Any, channel_id: str) -> frozenset[str]:
    """The pipelines that the channel's newest pause action in effect names. Raises HeadendError off air."""
    described = media.describe_channel(ChannelId=channel_id)
    if described["State"] != "RUNNING":
        raise HeadendError(f"channel {channel_id} is {described['State']}; start it with `headend live start`")
    found: frozenset[str] = frozenset()
    for page in media.get_paginator("describe_schedule").paginate(ChannelId=channel_id):
        for action in page["ScheduleActions"]:
            settings = action["ScheduleActionSettings"].get("PauseStateSettings")
            if (
                settings is not None
                and "ImmediateModeScheduleActionStartSettings" in action["ScheduleActionStartSettings"]
            ):
                found = frozenset(one["PipelineId"] for one in settings.get("Pipelines") or [])
    return found


def _once(undo: Callable[[], object]) -> Undo:
    done = False

    def mend() -> None:
        nonlocal done
        if not done:
            undo()
            done = True

    return mend
