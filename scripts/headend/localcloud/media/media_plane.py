"""Real pictures for the local cloud: ACTIVE flows relay what feeds send, RUNNING channels encode what flows relay.

Feeds are the contribution sites, outside of AWS: `POST /_headend/feeds {"name": …, "flows": [ARN, …]}` starts one,
`DELETE /_headend/feeds?name=…` ends it. `POST /_headend/cuts {"flow": ARN}` cuts the way to one flow, `DELETE
/_headend/cuts?flow=ARN` mends it. While nothing comes to a flow that had a feed, its metrics and events are those of
the stream simulator's scenario `both-dead`.

Source: https://docs.aws.amazon.com/medialive/latest/ug/channel-class.html (two sources for two pipelines)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.models import logs_backends
from werkzeug.wrappers import Request

from headend.errors import HeadendError
from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudwatch.metrics import store_of
from headend.localcloud.control import body
from headend.localcloud.faults.faults import Faults
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.identity import Identity
from headend.localcloud.logs import log_writer
from headend.localcloud.media import as_run, channel_metrics
from headend.localcloud.media.carriage import Carriage
from headend.localcloud.media.channel_encoding import PipelineRun
from headend.localcloud.media.channel_plan import GroupPlan, plans
from headend.localcloud.media.destinations import put_for
from headend.localcloud.media.ffmpeg import executable
from headend.localcloud.media.pipeline_encoder import Segment
from headend.localcloud.media.supervisor import Supervisor
from headend.localcloud.mediaconnect.media_connect import ON_AIR, MediaConnect
from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from headend.localcloud.medialive.channel_model import LiveChannel
from headend.localcloud.medialive.channel_plane import ChannelPlane
from headend.localcloud.medialive.media_live import MediaLive
from headend.localcloud.service_clients import Clients

SESSION = "MediaLive"
TICK_SECONDS = 0.25
HIGHEST_RATE = 60
INPUT_LOSS = "Video Not Detected"
"""https://docs.aws.amazon.com/medialive/latest/ug/monitor-activity-types-alerts-channels.html"""
SENDING, SILENT = "clean", "both-dead"

Json = dict[str, Any]


@dataclass
class _Running:
    """A channel that is on air, and its runs by pipeline and output group."""

    channel: LiveChannel
    runs: dict[tuple[str, str], PipelineRun] = field(default_factory=dict)


class MediaPlane(ChannelPlane):
    """Feeds, relays and encoders of all Regions. Thread-safe."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._making = threading.Lock()
        self._carriage = Carriage(self._supervisor)
        self._running: dict[str, _Running] = {}
        self._clients = Clients(cloud.endpoint, lambda role: cloud.part(Identity).session(role, SESSION))
        self._made: Supervisor | None = None

    # Feeds

    def start_feed(self, name: str, flows: list[str], frame_rate: Fraction, skew_seconds: float) -> None:
        """Send to these flows (ARNs) from now on. Raises HeadendError for an unknown flow, or without ffmpeg."""
        executable()
        self._carriage.start(name, flows, self._flows(), frame_rate, skew_seconds)
        self._tell("", name, f"feed {name}: sends to {len(flows)} flows", flows=flows)
        self._simulate(flows)
        self.reconcile()

    def end_feed(self, name: str) -> None:
        """Send no more. Raises HeadendError for an unknown feed."""
        silent = self._carriage.end(name)
        self._tell("", name, f"feed {name}: sends no more", flows=silent)
        self._simulate(silent)

    def cut(self, flow: str, *, cut: bool) -> None:
        """Let nothing come to a flow that has a feed, or let it come again. Raises HeadendError for another flow."""
        self._carriage.cut(flow, cut=cut)
        self._tell(flow.split(":")[3], flow, f"{flow}: the way to it is {'cut' if cut else 'mended'}")
        self._simulate([flow])
        self.reconcile()

    def state(self) -> Json:
        """What Carriage.state says, and `processes`: name → what it has used."""
        used = self._made.usage() if self._made else {}
        return {**self._carriage.state(), "processes": {name: asdict(one) for name, one in used.items()}}

    # What MediaLive tells

    def channel_started(self, channel: LiveChannel) -> None:
        """Encode what its flows relay."""
        with self._lock:
            self._running[channel.arn] = _Running(channel)
        self.reconcile()

    def channel_stopped(self, channel: LiveChannel) -> None:
        """Stop encoding, and end the manifests."""
        with self._lock:
            running = self._running.pop(channel.arn, None)
        for run in running.runs.values() if running else ():
            run.end(self._supervisor())
            self._carriage.release(run.name)

    def pipelines_paused(self, channel: LiveChannel, paused: frozenset[str]) -> None:
        """Write nothing of these pipelines."""
        with self._lock:
            running = self._running.get(channel.arn)
            for (pipeline, _), run in (running.runs if running else {}).items():
                run.pause(f"PIPELINE_{pipeline}" in paused)

    # Keeping what runs in step with what is configured

    def reconcile(self) -> None:
        """Start and end relays and encoders by the states of flows and channels."""
        if not self._carriage.state()["flows"]:
            return
        self._carriage.relay(self._flows())
        with self._lock:
            for running in self._running.values():
                _reported(self._cloud, lambda running=running: self._start_runs(running))  # type: ignore[misc]

    def seen(self, _region: str, event: Json) -> None:
        """An event of the default bus: when a flow has changed its state, something may have to start or end."""
        if event["source"] == "aws.mediaconnect" and event["detail-type"] == "MediaConnect Flow Status Change":
            self.reconcile()

    def _start_runs(self, running: _Running) -> None:
        channel = running.channel
        for pipeline, flow in enumerate(self._flows_of(channel)[: len(channel.pipelines)]):
            for plan in plans(channel.settings):
                name = f"channel-{channel.id}-{channel.region}-{pipeline}-{plan.name}"
                if (str(pipeline), plan.name) in running.runs or pipeline >= len(plan.urls):
                    continue
                port = self._carriage.receive(flow, name)
                if port is None:
                    continue
                run = self._run(channel, plan, pipeline, name, port)
                run.pause(f"PIPELINE_{pipeline}" in channel.paused)
                run.start(self._supervisor())
                running.runs[str(pipeline), plan.name] = run

    def _run(self, channel: LiveChannel, plan: GroupPlan, pipeline: int, name: str, port: int) -> PipelineRun:
        destination = put_for(
            plan.urls[pipeline],
            lambda: self._s3(channel),
            lambda url, content, slate: self._ingest(channel, url, content, slate=slate),
        )

        def began(segment: Segment) -> None:
            for one in plan.ladder.renditions:
                source = channel.active_input
                line = as_run.initial_timecode(segment.arrived, segment.pts, one.frame_rate, source, one.output)
                self._log(channel, str(pipeline), segment.arrived, line)

        def told(text: str) -> None:
            self._tell(channel.region, channel.arn, f"{channel.name}: {text}")

        directory = self._supervisor().directory / name
        return PipelineRun(name, plan, pipeline, port, destination, directory, began=began, told=told)

    def _flows(self) -> dict[str, bool]:
        """The flows that there are, and whether they are on air."""
        return {flow.flow_arn: flow.status in ON_AIR for flow in self._cloud.part(MediaConnect).flows()}

    def _flows_of(self, channel: LiveChannel) -> list[str]:
        """The flows of the channel's first input, one for each pipeline."""
        for attachment in channel.attachments:
            held = self._cloud.part(MediaLive).input(channel.region, attachment["InputId"])
            flows = held.settings.get("MediaConnectFlows") or []
            if flows:
                return [flow["FlowArn"] for flow in flows]
        return []

    # Writing, as the channel's role

    def _s3(self, channel: LiveChannel) -> Any:
        """A client in the channel's role. Raises AccessDenied when that does not trust MediaLive."""
        self._cloud.part(MediaLive).principal(channel)
        return self._clients.client("s3", channel.region, channel.settings["RoleArn"])

    def _ingest(self, channel: LiveChannel, url: str, content: bytes, *, slate: bool) -> None:
        from headend.localcloud.mediapackage.origin_sites import MediaOrigin  # it reads what is made here

        if self._cloud.part(Faults).region_gone(channel.region):
            raise ConnectionError(f"{channel.region} is gone")
        who = self._cloud.part(MediaLive).principal(channel)
        self._cloud.part(MediaOrigin).put(url, content, who, slate=slate)

    def _log(self, channel: LiveChannel, pipeline: str, moment: float, line: str) -> None:
        """Write a line of the as-run log, if the channel's role may: the timeline says so where it may not."""
        account, region = self._cloud.account_id, channel.region
        stream = as_run.stream(channel.arn, pipeline)
        identity, known = self._cloud.part(Identity), logs_backends[account][region].groups.get(as_run.GROUP)
        try:
            who = self._cloud.part(MediaLive).principal(channel)
            for action, resource in as_run.needs(account, region, stream, known.streams if known else None):
                identity.authorise(who, action, resource)
        except AccessDenied:
            return
        log_writer.write(account, region, as_run.GROUP, stream, [(moment, line)], create=True)

    # Once a second

    def measure(self) -> None:
        """Write a second's metrics of each channel that is encoded, set and clear its alerts."""
        with self._lock:
            channels = [(one.channel, dict(one.runs)) for one in self._running.values() if one.runs]
        now, moment = time.time(), float(int(self._cloud.clock.time()))
        for channel, runs in channels:
            if self._cloud.part(Faults).region_gone(channel.region):
                continue
            pipelines: dict[str, dict[str, Any]] = {}
            alerts: dict[str, int] = {}
            for (pipeline, group), run in runs.items():
                outputs = len(run.plan.ladder.renditions)
                pipelines.setdefault(pipeline, {})[group] = (run.health(now), outputs)
                alerts[pipeline] = max(alerts.get(pipeline, 0), int(run.lost(now)))
            for pipeline, lost in alerts.items():
                message = f"No video is detected on pipeline {pipeline}."
                self._cloud.part(MediaLive).alert(channel, INPUT_LOSS, pipeline, message, is_set=bool(lost))
            store = store_of(cloudwatch_backends[self._cloud.account_id][channel.region])
            for key, sample in channel_metrics.samples(channel.id, moment, pipelines, alerts):
                store.put(key, sample)

    # Inside

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            running = list(self._running.values())
            self._running.clear()
        if self._made:
            self._made.close()
            for run in [run for one in running for run in one.runs.values()]:
                run.end(self._made, ending=False)
            self._carriage.close()

    def _supervisor(self) -> Supervisor:
        with self._making:  # a lock of its own: the carriage asks with its lock held
            if self._made is None:
                self._made = Supervisor(self._cloud.state_dir / "media", self._cloud.report)
            return self._made

    def _simulate(self, flows: list[str]) -> None:
        """Let the metrics and events of flows say whether anything comes."""
        simulator = self._cloud.part(StreamSimulator)
        for arn in flows:
            try:
                simulator.set_scenario(arn, SENDING if self._carriage.comes(arn) else SILENT)
            except HeadendError:
                continue  # the flow has been deleted

    def _tell(self, region: str, resource: str, summary: str, **detail: Any) -> None:
        self._cloud.timeline.record("media", region, resource, summary, **detail)


def install(cloud: LocalCloudServer) -> None:
    """Follow flows and channels, answer /_headend/feeds and /_headend/cuts."""
    plane = MediaPlane(cloud)
    cloud.provide(plane)
    cloud.part(MediaLive).plane = plane
    cloud.add_bus(plane.seen)
    cloud.at_the_end(plane.close)

    def start(request: Request) -> Json:
        plane.start_feed(*_asked(body(request)))
        return plane.state()

    def end(request: Request) -> Json:
        plane.end_feed(request.args.get("name", ""))
        return plane.state()

    def cut(request: Request) -> Json:
        plane.cut(str(body(request).get("flow", "")), cut=True)
        return plane.state()

    def mend(request: Request) -> Json:
        plane.cut(request.args.get("flow", ""), cut=False)
        return plane.state()

    def watch() -> None:
        second = 0
        while not cloud.stopping.is_set():
            now = int(cloud.clock.time())
            if now != second:
                second = now
                _reported(cloud, plane.measure)
            cloud.stopping.wait(TICK_SECONDS)

    cloud.control.add("POST", "feeds", start)
    cloud.control.add("DELETE", "feeds", end)
    cloud.control.add("GET", "feeds", lambda _: plane.state())
    cloud.control.add("POST", "cuts", cut)
    cloud.control.add("DELETE", "cuts", mend)
    cloud.spawn("media-plane", watch, counts=False)


def _asked(given: Json) -> tuple[str, list[str], Fraction, float]:
    """What a feed is started with: name, flows, frame rate, and seconds by which its clock is wrong."""
    name, flows = given.get("name"), given.get("flows")
    if not isinstance(name, str) or not name or not isinstance(flows, list) or not flows:
        raise HeadendError('a feed is started with {"name": …, "flows": [ARN, …], "frame_rate": "25"}')
    try:
        rate, skew = Fraction(str(given.get("frame_rate", "25"))), float(given.get("skew_seconds", 0))
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise HeadendError('frame_rate is text like "25" or "30000/1001", skew_seconds a number') from error
    if not 1 <= rate <= HIGHEST_RATE:
        raise HeadendError(f"frame_rate is between 1 and {HIGHEST_RATE}")
    return name, [str(arn) for arn in flows], rate, skew


def _reported(cloud: LocalCloudServer, action: Callable[[], None]) -> None:
    try:
        action()
    except Exception as error:  # noqa: BLE001 - one failure must not end the round
        cloud.report("media-plane", error)
