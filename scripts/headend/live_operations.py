"""A live channel in two Regions, on air and off it: the Regions' workflows in order, and where viewers are.

Step Functions calls no other Region, so each Region has a workflow (modules/live_lifecycle) and the order between them
is kept here. What is started again goes on from what it finds: every action may be repeated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError, UsageError, one_line
from headend.live_outputs import LiveOutputs, RegionOutput
from headend.prefer import AUTO, Preference

Tell = Callable[[str], None]
RUNNING = "RUNNING"
POLL_SECONDS = 3.0
POLL_LOCAL_SECONDS = 0.2


@dataclass
class LiveOperations:
    """What is done with a deployed channel. `tell` receives progress, one line each."""

    aws: Aws
    live: LiveOutputs
    preference: Preference
    tell: Tell

    def start(self, region: str | None = None, feeds: int | None = None) -> None:
        """Take a Region on air, or both: the secondary one first, so that viewers who come have where to go.

        When both are ready, viewers are served by location again, whatever was preferred while they were off air.
        """
        more = {} if feeds is None else {"feeds": feeds}
        if region:
            self.run(self._region(region), "start", **more)
            return
        for one in reversed(self._both()):
            try:
                self.run(one, "start", **more)
            except HeadendError as error:
                other = self._other(one.region).region
                raise HeadendError(f"{error}; start again, or the other Region alone: --region {other}") from None
        if (before := self.preference.write(AUTO)) not in (AUTO, None):
            self.tell(f"viewers were served from {before} first; now by their location")

    def ready(self, region: str) -> None:
        """Ask a Region whether viewers can be served from there. Raises HeadendError with what is missing."""
        self.run(self._region(region), "ready")

    def switch(self, region: str) -> None:
        """Serve all viewers from a Region first, once it has said that it is ready. The other one stays on air."""
        self.ready(region)
        before = self.preference.write(region)
        said = "already" if before == region else f"until now {before or AUTO}"
        self.tell(f"viewers: {region} first, {said}; edges follow within seconds")

    def pause(self, region: str, pipelines: Sequence[int]) -> None:
        """Pause pipelines of a Region; those that are paused stay so."""
        self.run(self._region(region), "pause", pipelines=_names(pipelines))

    def resume(self, region: str, pipelines: Sequence[int] = ()) -> None:
        """Un-pause pipelines of a Region, all without names."""
        more = {"pipelines": _names(pipelines)} if pipelines else {}
        self.run(self._region(region), "resume", **more)

    def stop(self, region: str | None = None, *, clean_up: bool = False) -> None:
        """Take a Region off air, or both, where the programme is over.

        Of one Region: viewers are moved to the other one, which has to be ready. Raises HeadendError, with nothing
        stopped, where it is not. Of both: they end where viewers are last, and one that cannot be stopped does not keep
        the other one on air. Raises HeadendError with what could not be stopped.
        """
        action = "clean-up" if clean_up else "stop"
        if region:
            self.switch(self._other(region).region)
            self.run(self._region(region), action, viewers="moved")
            return
        last = self._last()
        viewers = "moved" if self._keeps_viewers(last) else "ended"
        failed = []
        for one, where in ((self._other(last.region), viewers), (last, "ended")):
            try:
                self.run(one, action, viewers=where)
            except HeadendError as error:
                failed.append(str(error))
        if failed:
            raise HeadendError("; ".join(failed))

    def run(self, region: RegionOutput, action: str, **more: Any) -> dict[str, Any]:
        """Start a Region's workflow, tell the states that it comes to, and return its answer. Raises HeadendError."""
        client = self.aws.client("stepfunctions", region.region)
        try:
            asked = json.dumps({"action": action, **more})
            execution = client.start_execution(stateMachineArn=region.lifecycle_arn, input=asked)["executionArn"]
            told = 0
            while True:
                found = client.describe_execution(executionArn=execution)
                told = self._tell_new(client, execution, region.region, told)
                if found["status"] != RUNNING:
                    break
                time.sleep(POLL_LOCAL_SECONDS if self.aws.is_local else POLL_SECONDS)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise HeadendError(f"{region.region}: {action}: {one_line(error)}") from None
        if found["status"] != "SUCCEEDED":
            cause = " ".join(str(found.get("cause") or "no cause given").split())
            raise HeadendError(f"{region.region}: {action}: {found.get('error') or found['status']}: {cause}")
        answer: dict[str, Any] = json.loads(found["output"])
        return answer

    def _tell_new(self, client: Any, execution: str, region: str, told: int) -> int:
        """Tell the states that were entered since event number `told`; returns the last event's number."""
        pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
        for event in (one for page in pages for one in page["events"] if one["id"] > told):
            told = int(event["id"])
            entered = event.get("stateEnteredEventDetails")
            if entered and event["type"] in ("TaskStateEntered", "MapStateEntered", "WaitStateEntered"):
                self.tell(f"{region}: {entered['name']}")
        return told

    def _keeps_viewers(self, last: RegionOutput) -> bool:
        """Whether the Region that is stopped last can serve all viewers meanwhile; they are told to go there."""
        try:
            self.switch(last.region)
        except HeadendError as error:
            self.tell(f"{error}; both Regions end at once")
            return False
        return True

    def _last(self) -> RegionOutput:
        """The Region that viewers are in: the preferred one, or the primary one."""
        preferred = self.preference.read()
        return next((one for one in self._both() if one.region == preferred), self._both()[0])

    def _both(self) -> tuple[RegionOutput, RegionOutput]:
        return self.live.regions.both()

    def _region(self, region: str) -> RegionOutput:
        for one in self._both():
            if one.region == region:
                return one
        known = " and ".join(one.region for one in self._both())
        raise UsageError(f"--region {region}: the channel is in {known}; name one of them")

    def _other(self, region: str) -> RegionOutput:
        here = self._region(region)
        return next(one for one in self._both() if one is not here)


def _names(pipelines: Sequence[int]) -> list[str]:
    return [f"PIPELINE_{number}" for number in sorted(set(pipelines))]
