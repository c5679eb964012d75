"""One Region of a live channel with its workflows: two flows, a channel, a bucket with manifests; time stands still."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import live_channels
from headend.localcloud import ACCOUNT_ID
from headend.localcloud.mediaconnect.media_connect import MediaConnect
from headend.localcloud.medialive.channel_model import LiveChannel
from headend.localcloud.medialive.channel_plane import ChannelPlane
from headend.localcloud.medialive.media_live import MediaLive
from running_cloud import REGION, RunningCloud

MODULES = Path(__file__).resolve().parents[3] / "modules"
LIVE, FLOWS = MODULES / "live_lifecycle/rendered", MODULES / "flow_lifecycle/rendered"
KEYS = ("live/primary_high.m3u8", "live/backup_high.m3u8")
STATIC = "live/index.m3u8"
SEGMENT = "live/primary_high_00000000000891234567.ts"
DRAIN_SECONDS = 20
DELIVERY = (
    *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies", "GetLogDelivery"),
    *("ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
)
"""What Step Functions needs to log. Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""


@dataclass
class Ended:
    """How an execution ended."""

    status: str
    output: dict[str, Any]
    error: str | None
    cause: str

    @property
    def steps(self) -> list[str]:
        """The steps that the answer tells, in their order."""
        return [one["step"] for one in self.output["steps"]]


@dataclass
class Region:
    """The channel (its id), its flows (ARNs), its bucket, and the aliases of the workflows by file."""

    cloud: RunningCloud
    channel: str
    flows: list[str]
    bucket: str
    machines: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.held.state

    @property
    def held(self) -> LiveChannel:
        return self.media.channel(REGION, self.channel)

    @property
    def media(self) -> MediaLive:
        return self.cloud.server.part(MediaLive)

    @property
    def paused(self) -> set[str]:
        return set(self.held.paused)

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The channel's schedule."""
        asked = self.cloud.client("medialive").describe_schedule(ChannelId=self.channel)
        return list(asked["ScheduleActions"])

    @property
    def objects(self) -> set[str]:
        """The keys in the bucket."""
        found = self.cloud.client("s3").list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {one["Key"] for one in found}

    def log(self, machine: str = "live_lifecycle") -> list[dict[str, Any]]:
        """What a workflow has logged: {"id", "type", "details": {"name", "output", …}, "execution_arn", …} each."""
        pages = self.cloud.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=log_group(self.machines[machine].split(":")[6]))
        return [json.loads(one["message"]) for page in found for one in page["events"]]

    def entered(self, execution: str) -> list[str]:
        """The states that an execution has entered, in their order, as its log tells."""
        mine = sorted((one for one in self.log() if one["execution_arn"] == execution), key=lambda one: int(one["id"]))
        return [one["details"]["name"] for one in mine if one["type"].endswith("StateEntered")]

    def settled(self, machine: str) -> list[str]:
        """In which states a nested workflow has found its channel or its flows, as its log tells."""
        ended = [one["details"]["output"] for one in self.log(machine) if one["type"] == "ExecutionSucceeded"]
        return [json.loads(output)["status"] for output in ended]

    def flow_states(self) -> set[str]:
        media = self.cloud.server.part(MediaConnect)
        return {media.flow(REGION, arn).status for arn in self.flows}

    def write_manifests(self) -> None:
        for key in (*KEYS, STATIC, SEGMENT):
            self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=b"#EXTM3U\n")

    def pause(self, *pipelines: str, name: str = "by-hand", at: str | None = None) -> None:
        """Somebody else's pause, immediate unless `at` is a time."""
        start: dict[str, Any] = {"ImmediateModeScheduleActionStartSettings": {}}
        if at:
            start = {"FixedModeScheduleActionStartSettings": {"Time": at}}
        action = {
            "ActionName": name,
            "ScheduleActionStartSettings": start,
            "ScheduleActionSettings": {"PauseStateSettings": {"Pipelines": [{"PipelineId": one} for one in pipelines]}},
        }
        media = self.cloud.client("medialive")
        media.batch_update_schedule(ChannelId=self.channel, Creates={"ScheduleActions": [action]})

    def start(self, event: Any, machine: str = "live_lifecycle") -> str:
        """Begin an execution."""
        states = self.cloud.client("stepfunctions")
        made = states.start_execution(stateMachineArn=self.machines[machine], input=json.dumps(event))
        return str(made["executionArn"])

    def end(self, execution: str, most: float = 3600) -> Ended:
        """Let time pass until the execution has ended."""
        states = self.cloud.client("stepfunctions")
        begun = self.cloud.server.clock.time()
        while (got := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            passed = self.cloud.server.clock.time() - begun
            assert passed < most, f"still running after {passed} s"
            self.cloud.step(1)
        return Ended(got["status"], json.loads(got.get("output", "{}")), got.get("error"), got.get("cause", ""))

    def act(self, action: str, **more: Any) -> Ended:
        return self.end(self.start({"action": action, **more}))

    def done(self, action: str, **more: Any) -> Ended:
        """An action that has to succeed."""
        ended = self.act(action, **more)
        assert ended.status == "SUCCEEDED", (ended.error, ended.cause)
        return ended

    def meanwhile(self, operation: str, action: Callable[[], Any], times: int = 1) -> None:
        """Do `action` just before MediaLive answers the next so many requests for `operation`: stop_channel, …"""
        answer = getattr(self.media, f"_{operation}")
        left = [None] * times

        def answered(region: str, asked: dict[str, Any]) -> Any:
            self.told.append(operation)
            if left:
                left.pop()
                action()
            return answer(region, asked)

        vars(self.media)[f"_{operation}"] = answered


def filled(file: Path, values: dict[str, str]) -> str:
    """A rendered file with its placeholders filled in. One that stands for several ARNs is given as `one","two`."""
    text = file.read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(f"${{{placeholder}}}", value)
    assert "${" not in text, "a placeholder has no value"
    return text


def log_group(name: str) -> str:
    """Where the workflow of that name logs."""
    return f"/aws/vendedlogs/states/{name}"


def machine(cloud: RunningCloud, folder: Path, file: str, name: str, values: dict[str, str]) -> str:
    """The alias of the workflow, with the role that was derived for it."""
    policy = json.loads(filled(folder / f"{file}.policy.json", values))
    policy["Statement"] = [one for one in policy["Statement"] if one["Resource"] != [""]]
    policy["Statement"].append({"Effect": "Allow", "Action": [f"logs:{one}" for one in DELIVERY], "Resource": "*"})
    role = cloud.role(f"{name}-role", policy=policy)
    states = cloud.client("stepfunctions")
    text = filled(folder / f"{file}.asl.json", values)
    cloud.client("logs").create_log_group(logGroupName=log_group(name))
    group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{log_group(name)}:*"
    logging = {
        "level": "ALL",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    made = states.create_state_machine(
        name=name, definition=text, roleArn=role, publish=True, loggingConfiguration=logging
    )
    routing = [{"stateMachineVersionArn": made["stateMachineVersionArn"], "weight": 100}]
    return str(states.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"])


def region(cloud: RunningCloud, check_function_arn: str = "", kind: str = "s3") -> Iterator[Region]:
    """A Region off air. `kind` is that of its origin: `mediapackage` has no bucket."""
    name = f"r{uuid.uuid4().hex[:8]}"
    cloud.server.clock.resume()
    media = cloud.server.part(MediaLive)
    plane, media.plane = media.plane, ChannelPlane()  # no pictures here
    flows = [live_channels.flow(cloud, "a"), live_channels.flow(cloud, "b")]
    channel = live_channels.created(cloud, input_id=live_channels.input_over(cloud, *flows))
    bucket = f"{name}-origin"
    cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    one = Region(cloud, channel, flows, bucket)
    values = {
        "account_id": ACCOUNT_ID,
        "bucket": bucket if kind == "s3" else "NO-BUCKET",
        "channel_id": channel,
        "channel_power_name": f"{name}-channel-power",
        "channel_task_timeout_seconds": "2400",
        "check_function_arn": check_function_arn,
        "check_function_arns": check_function_arn,
        "drain_seconds": str(DRAIN_SECONDS),
        "feed_task_timeout_seconds": "360",
        "feed_timeout_seconds": "60",
        "flow_arns": '","'.join(flows),
        "flow_lifecycle_name": f"{name}-flow-lifecycle",
        "flow_task_timeout_seconds": "1200",
        "known_flow_arns": f" {' '.join(flows)} ",
        "manifest_keys": " ".join(KEYS) if kind == "s3" else "",
        "origin_domain_name": f"{bucket}.s3.{REGION}.amazonaws.com",
        "origin_kind": kind,
        "origin_manifest_path": f"/{STATIC}",
        "partition": "aws",
        "region": REGION,
        "settle_channel_name": f"{name}-settle-channel",
        "settle_feed_name": f"{name}-settle-feed",
        "settle_flow_name": f"{name}-settle-flow",
        "settle_task_timeout_seconds": "700",
        "settle_timeout_seconds": "120",
    }
    for folder, file, suffix in (
        (FLOWS, "settle_flow", "settle-flow"),
        (FLOWS, "flow_lifecycle", "flow-lifecycle"),
        (LIVE, "live_settle_channel", "settle-channel"),
        (LIVE, "live_settle_feed", "settle-feed"),
        (LIVE, "live_channel_power", "channel-power"),
        (LIVE, "live_lifecycle", "live-lifecycle"),
    ):
        one.machines[file] = machine(cloud, folder, file, f"{name}-{suffix}", values)
    cloud.server.clock.pause()
    yield one
    cloud.server.clock.resume()
    for operation in [name for name in vars(media) if name.startswith("_") and callable(vars(media)[name])]:
        if operation[1:] in one.told:
            vars(media).pop(operation)
    media.plane = plane
    flows_of = cloud.server.part(MediaConnect)
    for arn in flows:
        flows_of._changes.pop(arn, None)
        flows_of._remove(flows_of.flow(REGION, arn))
