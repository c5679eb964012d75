"""Dashboards and alarms of single sources and outputs, of a flow that is really there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headend import package
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

REGION = "eu-central-1"
SRT = {"protocol": "srt-listener", "whitelist_cidr": "203.0.113.0/24"}
FLOW: dict[str, Any] = {
    "backup_source": {**SRT, "ingest_port": 5001},
    "catalogue": {"outputs": {"decoder": {}}, "preset": "full", "sources": {"backup": {}, "primary": {}}},
    "nominal_bit_rate": 20000000,
    "outputs": {"decoder": {"protocol": "srt-caller", "destination": "198.51.100.10", "port": 5002}},
    "source": {**SRT, "ingest_port": 5000},
}


def write(folder: Path, flow: dict[str, Any]) -> None:
    zips = {name: {"filename": f"../build/lambda/{name}.zip"} for name in ("alert_handler", "stream_monitor")}
    module = {
        "source": "../modules/stream_monitor",
        "dashboards": {"detail": "full", "per_flow": True},
        "flows": {"studio-a": flow},
        "name": "live-boards",
        "packages": zips,
    }
    root = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}},
        "provider": {"aws": {"region": REGION}},
        "module": {"monitor": module},
    }
    (folder / "main.tf.json").write_text(json.dumps(root), encoding="utf-8")


Configure = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def deployed(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terraform, Configure]]:
    """One SRT flow with failover and everything about it on dashboards, applied."""
    package.build(REPOSITORY)
    base = tmp_path_factory.mktemp("dashboards")
    for linked in ("build", "modules"):
        (base / linked).symlink_to(REPOSITORY / linked)
    (base / "root").mkdir()
    write(base / "root", FLOW)
    terraform = Terraform(base / "root", base / "work", cloud.environment(REGION), name="dashboards")
    terraform.init()
    terraform.plan(base / "plan")
    terraform.apply(base / "plan")
    yield terraform, lambda flow: write(base / "root", flow)
    terraform.destroy()


def flow_of(cloud: LocalCloud) -> dict[str, Any]:
    media = cloud.client("mediaconnect", REGION)
    [listed] = media.list_flows()["Flows"]
    found: dict[str, Any] = media.describe_flow(FlowArn=listed["FlowArn"])["Flow"]
    return found


@pytest.mark.usefixtures("deployed")
def test_dashboards_and_alarms_name_the_sources_and_outputs_that_there_are(cloud: LocalCloud) -> None:
    flow, cloudwatch = flow_of(cloud), cloud.client("cloudwatch", REGION)
    sources = {source["Name"]: source["SourceArn"] for source in flow["Sources"]}
    arns = {*sources.values(), flow["FlowArn"], flow["Outputs"][0]["OutputArn"]}
    for name in ("live-boards-flows", "live-boards-flow-studio-a"):
        body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        assert {metric[3] for widget in body["widgets"] for metric in widget["properties"].get("metrics", [])} == arns
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix="live-boards.studio-a.")["MetricAlarms"]
    assert {alarm["AlarmName"].partition("studio-a.")[2]: alarm["Dimensions"] for alarm in alarms} == {
        **{
            f"{signal}@{name}": [{"Name": "SourceARN", "Value": arn}]
            for name, arn in sources.items()
            for signal in ("disconnected", "not-recovered")
        },
        "output-disconnected@decoder": [{"Name": "OutputARN", "Value": flow["Outputs"][0]["OutputArn"]}],
    }


def test_a_change_of_the_flow_changes_nothing_that_shows_or_watches_it(
    deployed: tuple[Terraform, Configure], tmp_path: Path
) -> None:
    root, configure = deployed
    plan = tmp_path / "plan"
    assert not root.plan(plan), "the second plan is empty"
    configure({**FLOW, "source": {**FLOW["source"], "whitelist_cidr": "198.51.100.0/24"}})
    assert root.plan(plan)
    changes = root.show_json(plan)["resource_changes"]
    assert [one["address"] for one in changes if one["change"]["actions"] not in (["no-op"], ["read"])] == [
        'module.monitor.module.flow["studio-a"].aws_cloudcontrolapi_resource.flow'
    ]
