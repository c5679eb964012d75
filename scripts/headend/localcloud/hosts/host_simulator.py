"""Metrics of the EC2 instances that run: EC2's own, and those of a CloudWatch agent on each.

EC2 writes CPUUtilization, NetworkIn and NetworkOut by InstanceId: a set of five samples every five minutes, or one
sample a minute with detailed monitoring. The agent writes mem_used_percent and disk_used_percent every minute, with
`append_dimensions` InstanceId, ImageId and InstanceType (the disk's also path, device and fstype), and aggregated as
`aggregation_dimensions` [[InstanceId], [InstanceId, path]] says.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.ec2.models import ec2_backends
from werkzeug.wrappers import Request

from headend.errors import HeadendError
from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudwatch.metric_store import MetricKey, Sample, key_of
from headend.localcloud.cloudwatch.metrics import store_of
from headend.localcloud.control import body
from headend.localcloud.faults.faults import Faults
from headend.localcloud.hosts.host_metrics import CLEAN, MINUTE, SCENARIOS, Minute, measure

TICK_SECONDS = 15.0
BASIC_MINUTES = 5
EC2 = "AWS/EC2"
AGENT = "CWAgent"
DISK = (("device", "nvme0n1p1"), ("fstype", "xfs"), ("path", "/"))
"""What the agent says of the one disk of a host."""

Put = Callable[[str, MetricKey, Sample], None]
"""(region, metric, sample): where samples go."""


@dataclass(frozen=True)
class Host:
    """An instance that runs, `launched` in epoch seconds. `detailed`: EC2's metrics come once a minute."""

    id: str
    region: str
    name: str
    image: str
    type: str
    detailed: bool = False
    launched: float = 0.0


@dataclass
class _Watched:
    """A host, its scenario and since when; `minute` is the last that was written, `open` those of EC2's next set."""

    minute: int
    scenario: str = CLEAN
    since: float = 0.0
    open: list[Minute] = field(default_factory=list)


class HostSimulator:
    """Measures the hosts of all Regions."""

    def __init__(self, cloud: LocalCloudServer, hosts: Callable[[], list[Host]], put: Put) -> None:
        self._cloud = cloud
        self._hosts = hosts
        self._put = put
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._last = int(cloud.clock.time() // MINUTE) - 1

    def set_scenario(self, host: str, name: str) -> list[str]:
        """Play a scenario on the running host with this id or Name tag, or on all (`*`); returns their ids.

        Raises HeadendError for a scenario or host that does not exist.
        """
        if name not in SCENARIOS:
            raise HeadendError(f"no host scenario {name!r}; there are: {', '.join(sorted(SCENARIOS))}")
        self.tick()
        hosts = self._hosts()
        chosen = [known for known in hosts if host in ("*", known.id, known.name)]
        if not chosen:
            ids = ", ".join(sorted(known.id for known in hosts)) or "none"
            raise HeadendError(f"no running host {host!r}; there are: {ids}")
        now = self._cloud.clock.time()
        with self._lock:
            for known in chosen:
                watched = self._watch(known)
                watched.scenario, watched.since = name, now
        for known in chosen:
            summary = f"{known.name or known.id}: {name} ({SCENARIOS[name]})"
            self._cloud.timeline.record("host", known.region, known.id, summary, host=known.id, scenario=name)
        return [known.id for known in chosen]

    def state(self) -> dict[str, Any]:
        """`scenarios`: name → description; `hosts`: id → {region, name, scenario}."""
        with self._lock:
            shown = {
                host.id: {
                    "region": host.region,
                    "name": host.name,
                    "scenario": self._watched[host.id].scenario if host.id in self._watched else CLEAN,
                }
                for host in self._hosts()
            }
        return {"scenarios": dict(SCENARIOS), "hosts": shown}

    def tick(self) -> None:
        """Write every whole minute that has passed since the last call."""
        with self._lock:
            current = int(self._cloud.clock.time() // MINUTE)
            hosts = self._hosts()
            for host in hosts:
                watched = self._watch(host)
                for minute in range(watched.minute + 1, current):
                    self._measure(host, watched, minute)
                watched.minute = max(watched.minute, current - 1)
            self._last = max(self._last, current - 1)
            running = {host.id for host in hosts}
            self._watched = {known: watched for known, watched in self._watched.items() if known in running}

    def _watch(self, host: Host) -> _Watched:
        """What is known of a host; of a new one nothing is written from before its launch. Called with the lock."""
        first = max(self._last, int(host.launched // MINUTE) - 1)
        return self._watched.setdefault(host.id, _Watched(first))

    def _measure(self, host: Host, watched: _Watched, minute: int) -> None:
        measured = measure(host.id, minute, watched.scenario, watched.since)
        if watched.scenario == "silent":
            watched.open = []
            return
        if watched.scenario != "agent-silent":
            self._agent(host, minute, measured)
        watched.open.append(measured)
        if host.detailed or (minute + 1) % BASIC_MINUTES == 0:
            start = minute if host.detailed else minute + 1 - BASIC_MINUTES
            for name, unit, values in _of_ec2(watched.open):
                sample = Sample(
                    float(start * MINUTE), min(values), max(values), math.fsum(values), float(len(values)), unit
                )
                self._put(host.region, key_of(EC2, name, [("InstanceId", host.id)]), sample)
            watched.open = []

    def _agent(self, host: Host, minute: int, measured: Minute) -> None:
        by_id = ("InstanceId", host.id)
        full = (by_id, ("ImageId", host.image), ("InstanceType", host.type))
        path = DISK[-1]
        for name, value, dimensions in (
            ("mem_used_percent", measured.memory, (full, (by_id,))),
            ("disk_used_percent", measured.disk, ((*full, *DISK), (by_id,), (by_id, path))),
        ):
            for each in dimensions:
                sample = Sample(float(minute * MINUTE), value, value, value, 1.0, "Percent")
                self._put(host.region, key_of(AGENT, name, each), sample)


def _of_ec2(minutes: list[Minute]) -> Iterator[tuple[str, str, list[float]]]:
    """(metric, unit, a value for each minute)."""
    yield "CPUUtilization", "Percent", [minute.cpu for minute in minutes]
    yield "NetworkIn", "Bytes", [minute.bytes_in for minute in minutes]
    yield "NetworkOut", "Bytes", [minute.bytes_out for minute in minutes]


def running_hosts(account: str) -> list[Host]:
    """The EC2 instances of an account that run, in all Regions that it has used."""
    found = []
    for region, backend in list(ec2_backends[account].items()):
        for reservation in list(backend.reservations.values()):
            for instance in list(reservation.instances):
                if instance.state != "running":
                    continue
                name = next((tag["value"] for tag in instance.get_tags() if tag["key"] == "Name"), "")
                detailed = str(instance.monitoring_state).lower() == "enabled"
                launched = instance.launch_time.replace(tzinfo=UTC).timestamp()  # naive, in UTC
                kind = (instance.image_id, instance.instance_type)
                found.append(Host(instance.id, region, name, *kind, detailed, launched))
    return found


def install(cloud: LocalCloudServer) -> None:
    """Measure the hosts until the server stops, and answer /_headend/hosts."""

    def put(region: str, key: MetricKey, sample: Sample) -> None:
        if not cloud.part(Faults).region_gone(region):
            store_of(cloudwatch_backends[cloud.account_id][region]).put(key, sample)

    simulator = HostSimulator(cloud, lambda: running_hosts(cloud.account_id), put)

    def choose(request: Request) -> dict[str, Any]:
        given = body(request)
        if not given.get("host") or not given.get("scenario"):
            raise HeadendError('a host scenario is set with {"host": id, Name tag or "*", "scenario": name}')
        return {"hosts": simulator.set_scenario(str(given["host"]), str(given["scenario"]))}

    cloud.provide(simulator)
    cloud.control.add("GET", "hosts", lambda _: simulator.state())
    cloud.control.add("POST", "hosts", choose)
    cloud.clock.before_wakes(simulator.tick)
    cloud.every(TICK_SECONDS, "host-simulator", simulator.tick, lambda: math.inf)
