"""EC2 instances: what EC2 and the CloudWatch agent write of them, and what a scenario does to a host."""

from __future__ import annotations

import json
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from headend.errors import HeadendError
from headend.localcloud.hosts.host_metrics import CLEAN, measure
from headend.localcloud.hosts.host_simulator import HostSimulator
from headend.localcloud.inventory import Inventory
from running_cloud import REGION, RunningCloud

EC2_METRICS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html"
AGENT_METRICS = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html"
)
AGENT_FILE = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html"
)


@pytest.fixture(autouse=True)
def stepped(cloud: RunningCloud) -> None:
    cloud.server.clock.pause()


def launch(cloud: RunningCloud, *, detailed: bool = False) -> str:
    ec2 = cloud.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="c7g.large",
        Monitoring={"Enabled": detailed},
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": f"encoder-{uuid.uuid4().hex[:6]}"}]}
        ],
    )
    return str(made["Instances"][0]["InstanceId"])


def read(cloud: RunningCloud, namespace: str, name: str, period: int = 300, **dimensions: str) -> list[dict[str, Any]]:
    now = datetime.fromtimestamp(cloud.server.clock.time(), tz=UTC)
    answer = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(hours=12),
        EndTime=now + timedelta(minutes=1),
        Period=period,
        Statistics=["Average", "Minimum", "Maximum", "Sum", "SampleCount"],
    )
    return sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])


def hosts(cloud: RunningCloud) -> HostSimulator:
    found: HostSimulator = cloud.server.part(HostSimulator)
    return found


@pytest.mark.contract(
    "A running instance has CPUUtilization, NetworkIn and NetworkOut by InstanceId: every five minutes, or every"
    " minute with detailed monitoring",
    source=EC2_METRICS,
    limits="The values are a simulator's; of EC2's metrics these three are written.",
)
@pytest.mark.parametrize(("detailed", "datapoints"), [(False, 6), (True, 30)])
@pytest.mark.parametrize(
    ("name", "unit"), [("CPUUtilization", "Percent"), ("NetworkIn", "Bytes"), ("NetworkOut", "Bytes")]
)
def test_metrics_of_ec2(cloud: RunningCloud, detailed: bool, datapoints: int, name: str, unit: str) -> None:
    host = launch(cloud, detailed=detailed)
    cloud.step(40 * 60)
    points = read(cloud, "AWS/EC2", name, 60, InstanceId=host)
    assert datapoints <= len(points)
    assert {point["Unit"] for point in points} == {unit}
    full = points[1:]
    assert {point["SampleCount"] for point in full} == {1.0 if detailed else 5.0}
    apart = {after["Timestamp"] - before["Timestamp"] for before, after in pairwise(full)}
    assert apart == {timedelta(minutes=1 if detailed else 5)}


@pytest.mark.contract(
    "The CloudWatch agent writes mem_used_percent and disk_used_percent in percent, every minute, to CWAgent",
    source=AGENT_METRICS,
    limits="Every host has an agent, with one disk at /.",
)
@pytest.mark.parametrize("name", ["mem_used_percent", "disk_used_percent"])
def test_metrics_of_the_agent(cloud: RunningCloud, name: str) -> None:
    host = launch(cloud)
    cloud.step(10 * 60)
    points = read(cloud, "CWAgent", name, 60, InstanceId=host)
    assert len(points) >= 9
    assert {point["Unit"] for point in points} == {"Percent"}
    assert all(0 < point["Average"] < 100 for point in points)


@pytest.mark.contract(
    "The agent's metrics have the dimensions of append_dimensions and of the plugin, and again those of"
    " aggregation_dimensions",
    source=AGENT_FILE,
    limits="The configuration is given: ImageId, InstanceId, InstanceType; aggregated by InstanceId, and with path.",
)
def test_dimensions_of_the_agent(cloud: RunningCloud) -> None:
    host = launch(cloud)
    cloud.step(5 * 60)
    listed = cloud.client("cloudwatch").list_metrics(
        Namespace="CWAgent", Dimensions=[{"Name": "InstanceId", "Value": host}]
    )["Metrics"]
    found = {(one["MetricName"], *sorted(item["Name"] for item in one["Dimensions"])) for one in listed}
    own = ("ImageId", "InstanceId", "InstanceType")
    assert found == {
        ("mem_used_percent", *own),
        ("mem_used_percent", "InstanceId"),
        ("disk_used_percent", *own, "device", "fstype", "path"),
        ("disk_used_percent", "InstanceId"),
        ("disk_used_percent", "InstanceId", "path"),
    }


@pytest.mark.contract(
    "An instance that is stopped has no datapoints",
    source=EC2_METRICS,
)
def test_a_stopped_host_is_silent(cloud: RunningCloud) -> None:
    host = launch(cloud)
    cloud.step(10 * 60)
    cloud.client("ec2").stop_instances(InstanceIds=[host])
    before = len(read(cloud, "CWAgent", "mem_used_percent", 60, InstanceId=host))
    cloud.step(10 * 60)
    assert len(read(cloud, "CWAgent", "mem_used_percent", 60, InstanceId=host)) == before


@pytest.mark.contract(
    "A terminated instance leaves nothing: its volume and its network interface are deleted with it",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-eni-delete-on-termination.html",
    limits="It is still described as terminated.",
)
def test_a_terminated_host_leaves_nothing(cloud: RunningCloud) -> None:
    inventory = cloud.server.part(Inventory)
    before = inventory.resources()
    host = launch(cloud)
    assert inventory.resources() != before
    cloud.client("ec2").terminate_instances(InstanceIds=[host])
    assert inventory.resources() == before
    attached = [{"Name": "attachment.instance-id", "Values": [host]}]
    assert cloud.client("ec2").describe_network_interfaces(Filters=attached)["NetworkInterfaces"] == []


def test_the_same_host_and_minute_have_the_same_load() -> None:
    assert measure("i-1", 29_000_000) == measure("i-1", 29_000_000)
    assert measure("i-1", 29_000_000) != measure("i-2", 29_000_000)
    assert measure("i-1", 29_000_000) != measure("i-1", 29_000_001)


def test_the_load_follows_the_day() -> None:
    day = 20_000 * 1440
    by_hour = [sum(measure("i-1", day + hour * 60 + minute).cpu for minute in range(60)) for hour in range(24)]
    assert by_hour.index(max(by_hour)) in (19, 20)
    assert by_hour.index(min(by_hour)) in (7, 8)


@pytest.mark.parametrize(
    ("scenario", "field", "hours", "grows_by"),
    [("disk-filling", "disk", 5, 20), ("memory-leak", "memory", 5, 30)],
)
def test_what_fills_up_grows_linearly(scenario: str, field: str, hours: int, grows_by: float) -> None:
    begins = 29_000_000
    minute = begins + hours * 60
    filled = getattr(measure("i-1", minute, scenario, begins * 60), field)
    assert filled - getattr(measure("i-1", minute, CLEAN), field) == pytest.approx(grows_by)


def test_a_host_has_no_metrics_from_before_its_launch(cloud: RunningCloud) -> None:
    cloud.server.clock.step(3600)
    host = launch(cloud)
    launched = cloud.server.clock.now()
    cloud.step(10 * 60)
    points = read(cloud, "CWAgent", "mem_used_percent", 60, InstanceId=host)
    assert points[0]["Timestamp"] >= launched - timedelta(minutes=1)
    assert 9 <= len(points) <= 10


def test_a_busy_host(cloud: RunningCloud) -> None:
    host = launch(cloud)
    hosts(cloud).set_scenario(host, "cpu-high")
    cloud.step(20 * 60)
    assert min(point["Minimum"] for point in read(cloud, "AWS/EC2", "CPUUtilization", InstanceId=host)[1:]) >= 91


def test_a_silent_agent_leaves_the_metrics_of_ec2(cloud: RunningCloud) -> None:
    host = launch(cloud)
    hosts(cloud).set_scenario(host, "agent-silent")
    cloud.step(20 * 60)
    assert not read(cloud, "CWAgent", "mem_used_percent", InstanceId=host)
    assert read(cloud, "AWS/EC2", "CPUUtilization", InstanceId=host)


def test_a_silent_host_writes_nothing_until_it_is_well_again(cloud: RunningCloud) -> None:
    host = launch(cloud)
    hosts(cloud).set_scenario(host, "silent")
    cloud.step(20 * 60)
    assert not read(cloud, "AWS/EC2", "CPUUtilization", InstanceId=host)
    hosts(cloud).set_scenario(host, CLEAN)
    cloud.step(20 * 60)
    assert read(cloud, "AWS/EC2", "CPUUtilization", InstanceId=host)


def test_scenarios_are_set_and_shown_by_the_control_route(cloud: RunningCloud) -> None:
    host = launch(cloud)
    route = f"{cloud.server.endpoint}/_headend/hosts"
    body = json.dumps({"host": host, "scenario": "memory-leak"}).encode()
    with urllib.request.urlopen(urllib.request.Request(route, data=body), timeout=20) as answer:
        assert json.loads(answer.read()) == {"hosts": [host]}
    with urllib.request.urlopen(route, timeout=20) as answer:
        shown = json.loads(answer.read())["hosts"][host]
    assert (shown["region"], shown["scenario"]) == (REGION, "memory-leak")
    assert cloud.timeline("host", host=host, scenario="memory-leak")


def test_unknown_hosts_and_scenarios_are_refused_with_those_that_there_are(cloud: RunningCloud) -> None:
    host = launch(cloud)
    with pytest.raises(HeadendError, match=host):
        hosts(cloud).set_scenario("i-unknown", "cpu-high")
    with pytest.raises(HeadendError, match="disk-filling"):
        hosts(cloud).set_scenario(host, "on-fire")
