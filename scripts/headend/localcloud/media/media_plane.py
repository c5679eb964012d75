"""Real pictures for the local cloud: ACTIVE flows relay what feeds send, RUNNING channels encode what flows relay.

A flow takes part when a feed sends to it: until then there is nothing to see, and no process runs. Feeds are the
contribution sites, outside of AWS: `POST /_headend/feeds {"name": …, "flows": [ARN, …]}` starts one, `DELETE
/_headend/feeds?name=…` ends it. `POST /_headend/cuts {"flow": ARN}` cuts the way to one flow, `DELETE
/_headend/cuts?flow=ARN` mends it. While nothing comes to a flow that had a feed, its metrics and events are those of
the stream simulator's scenario `both-dead`.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/input-create-emx-flows.html (a flow for each pipeline),
https://docs.aws.amazon.com/mediaconnect/latest/ug/flows-states.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from werkzeug.wrappers import Request

from headend.errors import HeadendError
from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudwatch.metrics import store_of
from headend.localcloud.control import body
from headend.localcloud.iam.identity import Identity
from headend.localcloud.logs import log_writer
from headend.localcloud.media import as_run, channel_metrics
from headend.localcloud.media.channel_encoding import PipelineRun
from headend.localcloud.media.channel_plan import GroupPlan, plans
from headend.localcloud.media.contribution import Contribution
from headend.localcloud.media.destinations import put_for
from headend.localcloud.media.ffmpeg import executable
from headend.localcloud.media.flow_relay import FlowRelay
from headend.localcloud.media.pipeline_encoder import Segment
from headend.localcloud.media.ports import Ports
from headend.localcloud.media.supervisor import Supervisor
from headend.localcloud.mediaconnect.media_connect import ON_AIR, MediaConnect
from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from headend.localcloud.medialive.channel_model import LiveChannel
from headend.localcloud.medialive.channel_plane import ChannelPlane
from headend.localcloud.medialive.media_live import MediaLive
from headend.localcloud.stepfunctions.task_clients import Clients

RECEIVERS = 2
"""Encoders that may take one flow."""
SESSION = "MediaLive"
TICK_SECONDS = 0.25
HIGHEST_RATE = 60
INPUT_LOSS = "Video Not Detected"
"""https://docs.aws.amazon.com/medialive/latest/ug/monitor-activity-types-alerts-channels.html"""
SENDING, SILENT = "clean", "both-dead"

Json = dict[str, Any]


@dataclass
class _Fed:
    """A flow that a feed sends to, or has sent to: its ports, and which encoder has which of the inner ones."""

    arn: str
    region: str
    port: int
    inner: list[int]
    takers: dict[str, int] = field(default_factory=dict)
    relaying: bool = False
    cut: bool = False

    @property
    def relay(self) -> str:
        """The name of its relay."""
        return f"flow-{self.arn.rpartition(':')[2]}-{self.port}"


@dataclass
class _Running:
    """A channel that is on air."""

    channel: LiveChannel
    runs: dict[tuple[str, str], PipelineRun] = field(default_factory=dict)


class MediaPlane(ChannelPlane):
    """Feeds, relays and encoders of all Regions. Thread-safe."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._ports = Ports()
        self._feeds: dict[str, Contribution] = {}
        self._feed_flows: dict[str, list[str]] = {}
        self._fed: dict[str, _Fed] = {}
        self._running: dict[str, _Running] = {}
        self._clients = Clients(cloud.endpoint, lambda role: cloud.part(Identity).session(role, SESSION))
        self._failing: set[str] = set()
        self._made: Supervisor | None = None

    # Feeds

    def start_feed(self, name: str, flows: list[str], frame_rate: Fraction, skew_seconds: float) -> None:
        """Send to these flows (ARNs) from now on. Raises HeadendError for an unknown flow, or without ffmpeg."""
        executable()
        known = {flow.flow_arn: flow for flow in self._cloud.part(MediaConnect).flows()}
        for arn in flows:
            if arn not in known:
                raise HeadendError(f"no flow {arn}; there are: {', '.join(sorted(known)) or 'none'}")
        with self._lock:
            if name in self._feeds:
                raise HeadendError(f"the feed {name} sends already: end it first")
            for arn in flows:
                if arn not in self._fed:
                    inner = [self._ports.take() for _ in range(RECEIVERS)]
                    self._fed[arn] = _Fed(arn, known[arn].region, self._ports.take(), inner)
            ports = [self._fed[arn].port for arn in flows]
            feed = Contribution(f"feed-{name}", ports, frame_rate, skew_seconds=skew_seconds)
            self._supervisor.run(feed.name, feed.start)
            self._feeds[name], self._feed_flows[name] = feed, list(flows)
        self._tell("media", "", name, f"feed {name}: sends to {len(flows)} flows", flows=flows)
        self._simulate(flows, SENDING)
        self.reconcile()

    def end_feed(self, name: str) -> None:
        """Send no more. Raises HeadendError for an unknown feed."""
        with self._lock:
            feed, flows = self._feeds.pop(name, None), self._feed_flows.pop(name, [])
        if feed is None:
            raise HeadendError(f"no feed {name}; there are: {', '.join(sorted(self._feeds)) or 'none'}")
        self._supervisor.stop(feed.name)
        self._tell("media", "", name, f"feed {name}: sends no more", flows=flows)
        still = {arn for others in self._feed_flows.values() for arn in others}
        self._simulate([arn for arn in flows if arn not in still], SILENT)

    def cut(self, flow: str, cut: bool) -> None:
        """Let nothing come to a flow that has a feed, or let it come again. Raises HeadendError for another flow."""
        with self._lock:
            if flow not in self._fed:
                raise HeadendError(f"no feed sends to {flow or 'a flow without ARN'}: start one first")
            self._fed[flow].cut = cut
            sends = any(flow in flows for flows in self._feed_flows.values())
        self._tell("media", self._fed[flow].region, flow, f"{flow}: the way to it is {'cut' if cut else 'mended'}")
        self._simulate([flow], SENDING if sends and not cut else SILENT)
        self.reconcile()

    def state(self) -> Json:
        """`feeds`: name → flows; `processes`: name → what it has used; `flows`: ARN → SRT port of its source; `cuts`:
        ARNs."""
        with self._lock:
            made = self._made
            return {
                "feeds": {name: list(flows) for name, flows in self._feed_flows.items()},
                "cuts": [fed.arn for fed in self._fed.values() if fed.cut],
                "flows": {fed.arn: fed.port for fed in self._fed.values()},
                "processes": {name: asdict(used) for name, used in made.usage().items()} if made else {},
            }

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
        runs = list(running.runs.values()) if running else []
        for run in runs:
            run.end(self._supervisor)
        with self._lock:
            for fed in self._fed.values():
                for run in runs:
                    fed.takers.pop(run.name, None)

    def pipelines_paused(self, channel: LiveChannel, paused: frozenset[str]) -> None:
        """Write nothing of these pipelines."""
        with self._lock:
            running = self._running.get(channel.arn)
            for (pipeline, _), run in (running.runs if running else {}).items():
                run.pause(f"PIPELINE_{pipeline}" in paused)

    # Keeping what runs in step with what is configured

    def reconcile(self) -> None:
        """Start and end relays and encoders by the states of flows and channels."""
        with self._lock:
            if not self._fed:
                return
            flows = {flow.flow_arn: flow for flow in self._cloud.part(MediaConnect).flows()}
            for arn, fed in list(self._fed.items()):
                wanted = arn in flows and flows[arn].status in ON_AIR and not fed.cut
                if wanted and not fed.relaying:
                    relay = FlowRelay(fed.relay, fed.port, fed.inner)
                    self._supervisor.run(relay.name, relay.start)
                elif fed.relaying and not wanted:
                    self._supervisor.stop(fed.relay)
                fed.relaying = wanted
                if arn not in flows and not fed.takers:
                    self._forget(fed)
            for running in self._running.values():
                _reported(self._cloud, lambda running=running: self._start_runs(running))  # type: ignore[misc]

    def _forget(self, fed: _Fed) -> None:
        del self._fed[fed.arn]
        for port in (fed.port, *fed.inner):
            self._ports.give_back(port)

    def _start_runs(self, running: _Running) -> None:
        channel = running.channel
        for index, arn in enumerate(self._flows_of(channel)[: len(channel.pipelines)]):
            fed = self._fed.get(arn)
            for plan in plans(channel.settings) if fed else ():
                if (str(index), plan.name) in running.runs or index >= len(plan.urls) or fed is None:
                    continue
                name = f"channel-{channel.id}-{channel.region}-{index}-{plan.name}"
                free = [port for port in fed.inner if port not in fed.takers.values()]
                if not free:
                    raise HeadendError(f"{arn} feeds {RECEIVERS} encoders already, no more than that here")
                fed.takers[name] = free[0]
                run = self._run(channel, plan, index, name, free[0])
                run.pause(f"PIPELINE_{index}" in channel.paused)
                run.start(self._supervisor)
                running.runs[str(index), plan.name] = run

    def _run(self, channel: LiveChannel, plan: GroupPlan, pipeline: int, name: str, port: int) -> PipelineRun:
        put, base = put_for(
            plan.urls[pipeline], lambda: self._s3(channel), lambda url, content: self._ingest(channel, url, content)
        )

        def began(segment: Segment) -> None:
            for one in plan.ladder.renditions:
                source = channel.active_input
                line = as_run.initial_timecode(segment.arrived, segment.pts, one.frame_rate, source, one.output)
                self._log(channel, str(pipeline), segment.arrived, line)

        def failed(key: str, error: Exception) -> None:
            with self._lock:
                if name in self._failing:
                    return
                self._failing.add(name)
            self._tell("media", channel.region, channel.arn, f"{channel.name}: {key} was not written: {error}")

        def wrote(key: str) -> None:
            with self._lock:
                if name not in self._failing:
                    return
                self._failing.discard(name)
            self._tell("media", channel.region, channel.arn, f"{channel.name}: {key} was written again")

        return PipelineRun(
            name,
            plan,
            pipeline,
            port,
            put,
            base,
            self._supervisor.directory / name,
            began=began,
            failed=failed,
            wrote=wrote,
        )

    def _flows_of(self, channel: LiveChannel) -> list[str]:
        """The flows of the channel's first input, one for each pipeline."""
        for attachment in channel.attachments:
            held = self._cloud.part(MediaLive).input(channel.region, attachment["InputId"])
            flows = held.settings.get("MediaConnectFlows") or []
            if flows:
                return [flow["FlowArn"] for flow in flows]
        return []

    def _s3(self, channel: LiveChannel) -> Any:
        """A client in the channel's role. Raises AccessDenied when that does not trust MediaLive."""
        self._cloud.part(MediaLive).principal(channel)
        return self._clients.client("s3", channel.region, channel.settings["RoleArn"])

    def _ingest(self, channel: LiveChannel, url: str, content: bytes) -> None:
        from headend.localcloud.mediapackage.origin_sites import MediaOrigin  # it reads what is made here

        who = self._cloud.part(MediaLive).principal(channel)
        self._cloud.part(MediaOrigin).put(url, content, who)

    # Once a second

    def measure(self) -> None:
        """Write a second's metrics of each channel that is encoded, set and clear its alerts."""
        with self._lock:
            channels = [(one.channel, dict(one.runs)) for one in self._running.values() if one.runs]
        now, moment = time.time(), float(int(self._cloud.clock.time()))
        for channel, runs in channels:
            pipelines: dict[str, dict[str, Any]] = {}
            for (pipeline, group), run in runs.items():
                outputs = len(run.plan.ladder.renditions)
                pipelines.setdefault(pipeline, {})[group] = (run.health(now), outputs)
            alerts = {}
            for pipeline in pipelines:
                lost = any(run.lost(now) for (one, _), run in runs.items() if one == pipeline)
                message = f"No video is detected on pipeline {pipeline}."
                self._cloud.part(MediaLive).alert(channel, INPUT_LOSS, pipeline, message, is_set=lost)
                alerts[pipeline] = int(lost)
            store = store_of(cloudwatch_backends[self._cloud.account_id][channel.region])
            for key, sample in channel_metrics.samples(channel.id, moment, pipelines, alerts):
                store.put(key, sample)

    # Inside

    @property
    def _supervisor(self) -> Supervisor:
        with self._lock:
            if self._made is None:
                self._made = Supervisor(self._cloud.state_dir / "media", self._cloud.report)
            return self._made

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            made, running = self._made, list(self._running.values())
            self._running.clear()
        if made:
            made.close()
            for run in [run for one in running for run in one.runs.values()]:
                run.end(made, ending=False)

    def seen(self, _region: str, event: Json) -> None:
        """An event of the default bus: a flow has changed its state."""
        if event["source"] == "aws.mediaconnect" and event["detail-type"] == "MediaConnect Flow Status Change":
            self.reconcile()

    def _simulate(self, flows: list[str], scenario: str) -> None:
        simulator = self._cloud.part(StreamSimulator)
        for arn in flows:
            try:
                simulator.set_scenario(arn, scenario)
            except HeadendError:
                continue  # the flow has been deleted

    def _log(self, channel: LiveChannel, pipeline: str, moment: float, line: str) -> None:
        stream = as_run.stream(channel.arn, pipeline)
        log_writer.write(self._cloud.account_id, channel.region, as_run.GROUP, stream, [(moment, line)], create=True)

    def _tell(self, kind: str, region: str, resource: str, summary: str, **detail: Any) -> None:
        self._cloud.timeline.record(kind, region, resource, summary, **detail)


def install(cloud: LocalCloudServer) -> None:
    """Follow flows and channels, answer /_headend/feeds."""
    plane = MediaPlane(cloud)
    cloud.provide(plane)
    cloud.part(MediaLive).plane = plane
    cloud.add_bus(plane.seen)
    cloud.at_the_end(plane.close)

    def start(request: Request) -> Json:
        given = body(request)
        name, flows = given.get("name"), given.get("flows")
        if not isinstance(name, str) or not name or not isinstance(flows, list) or not flows:
            raise HeadendError('a feed is started with {"name": …, "flows": [ARN, …], "frame_rate": "25"}')
        try:
            rate, skew = Fraction(str(given.get("frame_rate", "25"))), float(given.get("skew_seconds", 0))
        except (ValueError, ZeroDivisionError) as error:
            raise HeadendError('frame_rate is text like "25" or "30000/1001", skew_seconds a number') from error
        if not 1 <= rate <= HIGHEST_RATE:
            raise HeadendError(f"frame_rate is between 1 and {HIGHEST_RATE}")
        plane.start_feed(name, [str(arn) for arn in flows], rate, skew)
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


def _reported(cloud: LocalCloudServer, action: Callable[[], None]) -> None:
    try:
        action()
    except Exception as error:  # noqa: BLE001 - one failed round must not end the loop
        cloud.report("media-plane", error)
