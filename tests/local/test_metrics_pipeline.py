"""Hosts are looked at every three hours, from the schedule to the notice: the example, with the clock stepped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from headend import package
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.subscribers import Queue
from local.test_examples import PROVIDER, REGION
from local.workspace import REPOSITORY, eventually, in_time

pytestmark = [pytest.mark.local, pytest.mark.terraform]

NAME = "example-metrics"
METRICS = {
    "cpu": ["CPUUtilization"],
    "disk": ["disk_used_percent"],
    "memory": ["mem_used_percent"],
    "network": ["NetworkIn", "NetworkOut"],
}
ENCODER, PACKAGER = {"Channel": "live", "Role": "encoder"}, {"Channel": "live", "Role": "packager"}
ROOT = """
module "encoders" { source = "../modules/metrics_pipeline/examples/encoders" }

output "pipeline_arn" { value = module.encoders.pipeline_arn }
"""


@dataclass
class Live:
    """The example on a local cloud whose time stands still, hosts with its tags, and somebody who hears the notices."""

    cloud: LocalCloud
    pipeline: str
    hosts: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return self.cloud.client(service, REGION)

    def now(self) -> datetime:
        return datetime.fromisoformat(str(self.cloud.clock()["iso"])).astimezone(UTC)

    def go_to(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        self.cloud.step((moment - self.now()).total_seconds())

    def launch(self, tags: dict[str, str]) -> str:
        """An instance with these tags; returns its id."""
        ec2 = self.client("ec2")
        image = ec2.describe_images()["Images"][0]["ImageId"]
        given = [{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
        made = ec2.run_instances(
            ImageId=image, InstanceType="c7g.large", MaxCount=1, MinCount=1, TagSpecifications=given
        )
        return str(made["Instances"][0]["InstanceId"])

    def runs(self) -> list[dict[str, Any]]:
        """The workflow's runs, oldest first."""
        states = self.client("stepfunctions")
        found = states.list_executions(stateMachineArn=self.pipeline.rpartition(":")[0])["executions"]
        described = [states.describe_execution(executionArn=one["executionArn"]) for one in found]
        return sorted(described, key=lambda one: one["startDate"])

    def ended(self, number: int) -> dict[str, Any]:
        """The run of that number, once it has ended."""

        def probe() -> dict[str, Any] | None:
            runs = self.runs()
            return runs[number] if len(runs) > number and runs[number]["status"] != "RUNNING" else None

        return in_time(self.cloud, f"the end of run {number}", probe, 300)

    @property
    def bucket(self) -> str:
        [name] = [one["Name"] for one in self.client("s3").list_buckets()["Buckets"]]
        return str(name)

    def keys(self, prefix: str) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def datapoints(self, run: str) -> list[dict[str, Any]]:
        """All lines of a run's objects but their ends, each with its key."""
        s3 = self.client("s3")
        keys = [key for key in self.keys("raw/") if f"/{run}-" in key]
        bodies = {key: s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode() for key in keys}
        lines = [{"key": key, **json.loads(line)} for key, body in bodies.items() for line in body.splitlines()]
        return [line for line in lines if "end" not in line]

    def ask(self, name: str) -> list[list[str]]:
        """What Athena answers to a named query in its workgroup, without the header."""
        athena = self.client("athena")
        group = f"{NAME}-metrics"
        ids = athena.list_named_queries(WorkGroup=group)["NamedQueryIds"]
        saved = {one["Name"]: one for one in athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]}[name]
        started = athena.start_query_execution(
            QueryString=saved["QueryString"], QueryExecutionContext={"Database": saved["Database"]}, WorkGroup=group
        )["QueryExecutionId"]

        def ended() -> dict[str, Any] | None:
            status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
            return dict(status) if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

        status = eventually("the query's end", ended)
        assert status["State"] == "SUCCEEDED", status
        rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
        return [[cell["VarCharValue"] for cell in row["Data"]] for row in rows[1:]]


@pytest.fixture(scope="module")
def live(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    package.build(REPOSITORY)
    folder: Path = tmp_path_factory.mktemp("metrics")
    root = folder / "root"
    root.mkdir()
    for linked in ("build", "modules"):
        (folder / linked).symlink_to(REPOSITORY / linked)
    (root / "main.tf").write_text(PROVIDER + ROOT, encoding="utf-8")
    terraform = Terraform(root, folder / "work", cloud.environment(REGION), name="metrics")
    live = Live(cloud, "")
    # The morning of a day: what the first runs read lies on it, and the load of the hosts hardly changes.
    live.go_to(live.now().replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=1))
    terraform.init()
    plan = folder / "plan"
    terraform.plan(plan)
    terraform.apply(plan)
    second = terraform.plan(plan)
    changes = [one for one in terraform.show_json(plan)["resource_changes"] if one["change"]["actions"] != ["no-op"]]
    assert not second, f"the second plan changes {[one['address'] for one in changes]}"
    live.pipeline = terraform.output()["pipeline_arn"]
    cloud.pause()
    live.hosts = sorted(live.launch(tags) for tags in (ENCODER, ENCODER, PACKAGER))
    others = [live.launch(tags) for tags in (ENCODER, {"Channel": "live", "Role": "web"}, {"Role": "encoder"})]
    live.client("ec2").stop_instances(InstanceIds=others[:1])
    yield live
    cloud.resume()
    live.client("ec2").terminate_instances(InstanceIds=[*live.hosts, *others])
    terraform.destroy()
    assert cloud.inventory() == []


@pytest.fixture(scope="module")
def notices(live: Live) -> Iterator[Queue]:
    """Somebody who hears what the pipeline says."""
    queue = Queue(live.client("sqs"), "metrics-notices")
    topic = f"arn:aws:sns:{REGION}:123456789012:{NAME}-hosts"
    subscription = live.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    yield queue
    live.client("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    queue.delete()


@pytest.fixture(scope="module")
def first(live: Live, notices: Queue) -> dict[str, Any]:
    """The first run that finds hosts, ended; the first host has had a high load since it was launched.

    A rate begins when its schedule is made: that run came before the hosts.
    """
    live.cloud.set_host_scenario(live.hosts[0], "cpu-high")
    live.cloud.step(timedelta(hours=2, minutes=50).total_seconds())
    assert len(live.runs()) == 1, "no run before its time"
    live.cloud.step(timedelta(minutes=12).total_seconds())
    return live.ended(1)


def test_a_run_that_the_schedule_starts_tells_what_it_found(first: dict[str, Any], live: Live, notices: Queue) -> None:
    assert first["status"] == "SUCCEEDED"
    output = json.loads(first["output"])
    assert (output["outcome"], output["collected"]) == ("success", list(METRICS))
    notice = json.loads(notices.bodies()[-1])
    assert {name: one["Value"] for name, one in notice["MessageAttributes"].items()} == {
        "kind": "success",
        "severity": "MEDIUM",
    }
    assert notice["Subject"] == f"{NAME}: host metrics, 1 finding"
    assert re.search(
        rf"CPUUtilization of {live.hosts[0]} is 9\d(\.\d+)? %, above the threshold of 90 %", notice["Message"]
    )
    assert "Missing" not in notice["Message"]


def test_the_bucket_holds_each_datapoint_below_its_type_and_day(first: dict[str, Any], live: Live) -> None:
    run = first["name"]
    datapoints = live.datapoints(run)
    for one in datapoints:
        place = rf"raw/metric_type=(\w+)/date={one['timestamp'][:10]}/{run}-\d{{4}}\.json"
        matched = re.fullmatch(place, one["key"])
        assert matched and matched[1] == one["metric_type"]
    assert {(one["metric_type"], one["metric"], one["host"]) for one in datapoints} == {
        (name, metric, host) for name, metrics in METRICS.items() for metric in metrics for host in live.hosts
    }
    assert live.keys(f"runs/{run}/") == [f"runs/{run}/{name}.json" for name in METRICS]
    assert live.keys(f"analysis/{run}/") == [f"analysis/{run}/{name}.json" for name in ("day-over-day", "trend")]


def test_the_table_has_the_latest_values_for_a_while(first: dict[str, Any], live: Live) -> None:
    dynamodb, table = live.client("dynamodb"), f"{NAME}-metrics"
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expiration")
    newest: dict[str, dict[str, Any]] = {}
    for one in sorted(live.datapoints(first["name"]), key=lambda one: str(one["timestamp"])):
        newest[f"latest#{one['metric_type']}#{one['host']}#{one['metric']}"] = one
    items = {item["id"]["S"]: item for item in dynamodb.scan(TableName=table)["Items"]}
    latest = {key: float(item["value"]["N"]) for key, item in items.items() if key.startswith("latest#")}
    assert latest == {key: pytest.approx(one["value"]) for key, one in newest.items()}
    assert all(int(item["expiration"]["N"]) > live.now().timestamp() for item in items.values())


def test_cloudwatch_has_the_fleet_s_metrics_and_a_dashboard_of_them(first: dict[str, Any], live: Live) -> None:
    cloudwatch = live.client("cloudwatch")
    found = cloudwatch.list_metrics(Namespace="Headend/Hosts")["Metrics"]
    assert {metric["MetricName"] for metric in found} == {"HostsReporting"} | {
        metric for metrics in METRICS.values() for metric in metrics
    }
    dashboard = json.loads(cloudwatch.get_dashboard(DashboardName=f"{NAME}-metrics")["DashboardBody"])
    shown = [tuple(row[:6]) for widget in dashboard["widgets"] for row in widget["properties"]["metrics"]]
    for name in METRICS:
        dimensions = [{"Name": "Deployment", "Value": NAME}, {"Name": "MetricType", "Value": name}]
        statistics = cloudwatch.get_metric_statistics(
            Namespace="Headend/Hosts",
            MetricName="HostsReporting",
            Dimensions=dimensions,
            StartTime=live.now() - timedelta(hours=1),
            EndTime=live.now(),
            Period=300,
            Statistics=["Maximum"],
        )["Datapoints"]
        assert {one["Maximum"] for one in statistics} == {3.0}
        assert ("Headend/Hosts", "HostsReporting", "Deployment", NAME, "MetricType", name) in shown


def test_athena_answers_the_named_queries_from_the_objects(first: dict[str, Any], live: Live) -> None:
    datapoints = live.datapoints(first["name"])
    by_day = live.ask("collected_by_day")
    day = live.now().date().isoformat()
    assert by_day == [
        [day, name, "1", "3", str(len([one for one in datapoints if one["metric_type"] == name]))] for name in METRICS
    ]
    busiest = [row for row in live.ask("busiest_hosts") if row[1] == "CPUUtilization"]
    assert busiest[0][2] == live.hosts[0]
    assert float(busiest[0][3]) > 90
    newest = {(one["metric_type"], one["host"], one["metric"]): one["value"] for one in reversed(datapoints)}
    assert {tuple(row[:3]) for row in live.ask("latest_values")} == set(newest)
    table = live.client("glue").get_table(DatabaseName="example_metrics_metrics", Name="raw")["Table"]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["metric_type", "date"]


def test_a_type_that_cannot_be_collected_leaves_the_others_and_is_named(
    first: dict[str, Any], live: Live, notices: Queue
) -> None:
    told = len(notices.bodies())
    function = f"{NAME}-metrics-collector"
    start = first["startDate"].astimezone(UTC) + timedelta(hours=3)
    live.go_to(start - timedelta(seconds=5))
    with live.cloud.fault("function-crash", function=function, count=1):
        live.cloud.step(7)
        assert len(live.runs()) == 3
    with live.cloud.fault("function-crash", function=function, count=3):  # only the type that failed is tried again
        live.cloud.step(80)
        run = live.ended(2)
    output = json.loads(run["output"])
    [failed] = [one["metric_type"] for one in output["results"] if one["status"] == "failed"]
    assert (run["status"], output["outcome"]) == ("SUCCEEDED", "partial")
    assert output["collected"] == [name for name in METRICS if name != failed]
    assert {one["metric_type"] for one in live.datapoints(run["name"])} == set(output["collected"])

    history = live.client("stepfunctions").get_execution_history(executionArn=run["executionArn"], maxResults=1000)
    failures = [one["timestamp"] for one in history["events"] if one["type"] == "TaskFailed"]
    assert [round((later - earlier).total_seconds()) for earlier, later in pairwise(failures)] == [10, 20, 40]

    [notice] = [json.loads(body) for body in notices.bodies()[told:]]
    assert notice["Subject"].startswith(f"{NAME}: host metrics incomplete")
    assert notice["MessageAttributes"]["kind"]["Value"] == "partial"
    assert f"- {failed} was not collected: " in notice["Message"]
