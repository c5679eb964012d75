"""A deployment on a local cloud of its own: applied by Terraform, its flow on air, its notices read from a queue."""

from __future__ import annotations

import math
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from headend.aws import Aws
from headend.errors import HeadendError, UsageError
from headend.localcloud.launcher import LocalCloud
from headend.packages import refresh
from headend.rehearsal.facts import Notice, notice_of
from headend.rehearsal.plays import Bad
from headend.temporary_queue import TemporaryQueue
from headend.terraform import Terraform

REGION = "eu-central-1"
EXAMPLE = Path("modules/stream_monitor/examples/response")
OUTPUTS = ("alert_topic_arn", "flow_arns")
SETTLED_SECONDS = 30
NOISE_PERCENT = 0.1
"""Packet loss up to here is the local cloud's noise, not a fault."""
ROOT = """
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws", version = "5.100.0" }}
  }}
}}
provider "aws" {{
  region = "{region}"
}}
module "rehearsed" {{
  source = "../{module}"
}}
output "rehearsed" {{
  value = module.rehearsed
}}
"""
ACTIVE, STANDBY = "ACTIVE", "STANDBY"
MUTED = "-muted-"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAINTENANCE_HOURS = 3
"""A flow's maintenance window, and the hour after it."""
REHEARSAL_HOURS = 10
"""What all scenarios take of the clock, with what lies between them."""
Tell = Callable[[str], None]


class Deployment:
    """The first flow of a deployment, with two sources. `speed` None: its clock is stepped; else it runs so fast."""

    def __init__(self, cloud: LocalCloud, queue: TemporaryQueue, flow_arn: str, speed: float | None = None) -> None:
        self.cloud = cloud
        self.flow_arn = flow_arn
        self._queue = queue
        self._speed = speed
        self._media = cloud.client("mediaconnect", REGION)
        self._cloudwatch = cloud.client("cloudwatch", REGION)
        self._states = cloud.client("stepfunctions", REGION)
        self._seen = 0
        flow = self._flow()
        if len(flow["Sources"]) != 2:
            raise UsageError(f"{flow['Name']}: a rehearsal needs a flow with two sources, not {len(flow['Sources'])}")
        self.sources = [str(source["Name"]) for source in flow["Sources"]]
        self._first_source = str(flow["Sources"][0]["SourceArn"])

    def now(self) -> float:
        """The local cloud's clock, in whole milliseconds as the timeline has them."""
        return math.floor(float(self.cloud.clock()["time"]) * 1000) / 1000

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if self._speed is None:
            self.cloud.step(seconds)
        else:
            time.sleep(seconds / self._speed)

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self.cloud.step(seconds)

    def play(self, scenario: str) -> None:
        """Play a scenario on the flow."""
        self.cloud.set_scenario(self.flow_arn, scenario)

    def timeline(self) -> list[Mapping[str, Any]]:
        """What has happened since it was last asked."""
        entries: list[Mapping[str, Any]] = [dict(entry) for entry in self.cloud.timeline(self._seen)]
        self._seen = max([self._seen, *(int(entry["seq"]) for entry in entries)])
        return entries

    def notices(self) -> list[Notice]:
        """What was published since it was last asked."""
        found = [notice_of(envelope) for envelope in self._queue.arrived()]
        return sorted(found, key=lambda notice: notice.at)

    def look(self, link: str) -> int:
        """Open the approval's page, as a scanner of mails does; the HTTP status."""
        return send(link, self.cloud.endpoint)

    def answer(self, link: str, answer: str) -> int:
        """Press a button of the approval's page; the HTTP status."""
        return send(link, self.cloud.endpoint, {"answer": answer})

    def first_bad(self, bad: Bad, since: float) -> float | None:
        """The first whole second after `since` in which the first source was bad."""
        seconds = range(int(since) + 1, int(self.now()) + 1)
        if bad == "black":
            found = self._values("BlackFramesBreaching", "FlowARN", self.flow_arn, seconds)
            return min((at for at, value in found.items() if value >= 1), default=None)
        if bad == "loss":
            found = self._values("SourcePacketLossPercent", "SourceARN", self._first_source, seconds)
            return min((at for at, value in found.items() if value > NOISE_PERCENT), default=None)
        found = self._values("SourceBitRate", "SourceARN", self._first_source, seconds)
        return min((float(at) for at in seconds if not found.get(float(at))), default=None)

    def preferred(self) -> str | None:
        """The name of the source that the flow prefers."""
        config = self._flow().get("SourceFailoverConfig") or {}
        name = (config.get("SourcePriority") or {}).get("PrimarySource")
        return str(name) if name else None

    def busy(self) -> list[str]:
        """Alarms that have not cleared, and workflows that run; one that waits for the end of a mute does no harm."""
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(StateValue="ALARM")
        alarms = [str(alarm["AlarmName"]) for page in pages for alarm in page["MetricAlarms"]]
        machines = [one for one in self._states.list_state_machines()["stateMachines"] if one["type"] == "STANDARD"]
        for machine in machines:
            asked = self._states.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING")
            alarms += [str(one["name"]) for one in asked["executions"] if MUTED not in one["name"]]
        return alarms

    def restore(self) -> None:
        """A healthy stream, the first source preferred, on air."""
        self.play("clean")
        flow = self._settled()
        if flow["Status"] == STANDBY:
            self._media.start_flow(FlowArn=self.flow_arn)
            flow = self._settled()
        if self.preferred() != self.sources[0]:
            config = {**flow["SourceFailoverConfig"], "SourcePriority": {"PrimarySource": self.sources[0]}}
            self._media.update_flow(FlowArn=self.flow_arn, SourceFailoverConfig=config)
            self._settled()

    def until_after_maintenance(self) -> float:
        """Seconds until the flow's weekly maintenance window, which mutes it, is over; 0 where it is hours away."""
        window = self._flow().get("Maintenance")
        return 0.0 if not window else past(datetime.fromtimestamp(self.now(), UTC), window)

    def _settled(self) -> Mapping[str, Any]:
        for _ in range(SETTLED_SECONDS):
            flow = self._flow()
            if flow["Status"] in (ACTIVE, STANDBY):
                return flow
            self.advance(1)
        raise HeadendError(f"{flow['Name']}: {flow['Status']} for {SETTLED_SECONDS} s")

    def _flow(self) -> Mapping[str, Any]:
        flow: Mapping[str, Any] = self._media.describe_flow(FlowArn=self.flow_arn)["Flow"]
        return flow

    def _values(self, metric: str, dimension: str, arn: str, seconds: range) -> dict[float, float]:
        """The highest value of a metric in each second."""
        found: dict[float, float] = {}
        for start in range(seconds.start, seconds.stop, 1000):
            points = self._cloudwatch.get_metric_statistics(
                Namespace="AWS/MediaConnect",
                MetricName=metric,
                Dimensions=[{"Name": dimension, "Value": arn}],
                StartTime=datetime.fromtimestamp(start, UTC),
                EndTime=datetime.fromtimestamp(min(start + 1000, seconds.stop), UTC) + timedelta(seconds=1),
                Period=1,
                Statistics=["Maximum"],
            )["Datapoints"]
            found |= {point["Timestamp"].timestamp(): float(point["Maximum"]) for point in points}
        return found


def past(now: datetime, window: Mapping[str, Any]) -> float:
    """Seconds until `window` (MaintenanceDay, MaintenanceStartHour in UTC) is over, if a rehearsal would meet it."""
    start = datetime.combine(now.date(), datetime.min.time(), UTC) + timedelta(
        days=(DAYS.index(str(window["MaintenanceDay"])) - now.weekday()) % 7,
        hours=int(str(window["MaintenanceStartHour"]).partition(":")[0]),
    )
    for begins in (start - timedelta(days=7), start, start + timedelta(days=7)):
        ends = begins + timedelta(hours=MAINTENANCE_HOURS)
        if now < ends and begins < now + timedelta(hours=REHEARSAL_HOURS):
            return (ends - now).total_seconds()
    return 0.0


@contextmanager
def deployed(root: Path, module: Path, work: Path, tell: Tell, speed: float | None = None) -> Iterator[Deployment]:
    """`module` (a folder in the repository `root`) on a new local cloud; gone afterwards. `work`: scratch space.

    Raises HeadendError where it cannot be applied, UsageError where it does not say what is needed.
    """
    if module.is_absolute() or not (root / module / "main.tf").is_file():
        raise UsageError(f"--module {module}: no main.tf there; name a folder in the repository")
    refresh(root, tell)
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "root"
    folder.mkdir(parents=True)
    (work / module.parts[0]).symlink_to(root / module.parts[0])
    (folder / "main.tf").write_text(ROOT.format(region=REGION, module=module.as_posix()), encoding="utf-8")
    with LocalCloud(work / "cloud") as cloud:
        terraform = Terraform(folder, work / "terraform", cloud.environment(REGION), tell, name="rehearsal")
        terraform.init()
        terraform.plan(work / "plan")
        terraform.apply(work / "plan")
        outputs = terraform.output()["rehearsed"]
        missing = [name for name in OUTPUTS if not outputs.get(name)]
        if missing:
            raise UsageError(f"{module}: has no output {', '.join(missing)}")
        with _on_air(cloud, outputs, speed) as deployment:
            yield deployment


@contextmanager
def _on_air(cloud: LocalCloud, outputs: Mapping[str, Any], speed: float | None) -> Iterator[Deployment]:
    aws = Aws(REGION, cloud.environment(REGION))
    flow_arn = str(outputs["flow_arns"][sorted(outputs["flow_arns"])[0]])
    with TemporaryQueue(aws, "rehearsal", [str(outputs["alert_topic_arn"])]) as queue:
        if speed is None:
            cloud.pause()
        else:
            cloud.set_speed(speed)
        deployment = Deployment(cloud, queue, flow_arn, speed)
        deployment.skip(deployment.until_after_maintenance())
        yield deployment
        cloud.resume()


def send(link: str, endpoint: str, form: Mapping[str, str] | None = None) -> int:
    """GET a link, or POST a form to it; the HTTP status. Its host may be one that only the local cloud knows.

    `endpoint`: the local cloud's address.
    """
    parts = urllib.parse.urlsplit(link)
    here = urllib.parse.urlsplit(endpoint)
    address = parts._replace(scheme=here.scheme, netloc=here.netloc).geturl()
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(address, data, {"Host": parts.netloc})  # noqa: S310 - loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
