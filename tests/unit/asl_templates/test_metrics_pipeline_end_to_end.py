"""Hosts that run are collected, processed, analysed and told of, by the real functions and the real workflow."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from headend import package
from running_cloud import REGION, RunningCloud, cloud, until
from unit.asl_templates.test_metrics_pipeline import RENDERED, TYPES, filled

__all__ = ["cloud"]

REPOSITORY = Path(__file__).resolve().parents[3]
NAME = "hosts"
QUERIES: dict[str, list[dict[str, Any]]] = {
    "cpu": [{"namespace": "AWS/EC2", "metric": "CPUUtilization", "statistic": "Average", "unit": "Percent"}],
    "disk": [
        {
            "namespace": "CWAgent",
            "metric": "disk_used_percent",
            "statistic": "Average",
            "unit": "Percent",
            "dimensions": {"path": "/"},
        }
    ],
    "memory": [{"namespace": "CWAgent", "metric": "mem_used_percent", "statistic": "Average", "unit": "Percent"}],
    "network": [
        {"namespace": "AWS/EC2", "metric": metric, "statistic": "Sum", "unit": "Bytes"}
        for metric in ("NetworkIn", "NetworkOut")
    ],
}
COLLECTOR = {
    "delay_seconds": 300,
    "flow_arns": [],
    "hosts": {"Role": ["encoder"]},
    "metric_types": {name: {"queries": queries} for name, queries in QUERIES.items()},
    "period_seconds": 300,
    "window_seconds": 1800,
}
ALWAYS = {
    "metric": "mem_used_percent",
    "comparison": "GreaterThanThreshold",
    "threshold": 0,
    "severity": "HIGH",
}
ANALYTICS = {"metric_types": {"memory": {"thresholds": [ALWAYS]}}}


@dataclass
class Deployment:
    """Two encoders that run, one that does not, another host, and the pipeline."""

    cloud: RunningCloud
    machine: str
    notices: str
    encoders: list[str]
    objects: str
    mapping: str

    def run(self) -> dict[str, Any]:
        """One run to its end."""
        return self.run_on(self.start())

    def start(self) -> str:
        """A run's ARN."""
        name = f"run-{uuid.uuid4().hex[:8]}"
        begun = self.cloud.client("stepfunctions").start_execution(stateMachineArn=self.machine, name=name)
        return str(begun["executionArn"])

    def run_on(self, arn: str) -> dict[str, Any]:
        """A run to its end."""
        states = self.cloud.client("stepfunctions")
        for _ in range(120):
            described = states.describe_execution(executionArn=arn)
            if described["status"] != "RUNNING":
                return dict(described)
            self.cloud.step(5)
        raise AssertionError("still running")

    def take_events(self, enabled: bool) -> None:
        """Whether the processor works on the queue."""
        functions = self.cloud.client("lambda")
        functions.update_event_source_mapping(UUID=self.mapping, Enabled=enabled)
        state = "Enabled" if enabled else "Disabled"
        until(lambda: functions.get_event_source_mapping(UUID=self.mapping)["State"] == state)

    def expected(self, run_id: str) -> list[str]:
        """The keys of a run's objects, by its manifests."""
        s3 = self.cloud.client("s3")
        manifests = [s3.get_object(Bucket=NAME, Key=f"runs/{run_id}/{one}.json")["Body"].read() for one in TYPES]
        return [key for one in manifests for key in json.loads(one)["objects"]]

    def lines(self, prefix: str) -> list[dict[str, Any]]:
        """The lines of all objects below a prefix."""
        s3 = self.cloud.client("s3")
        found = s3.list_objects_v2(Bucket=NAME, Prefix=prefix).get("Contents", [])
        texts = [s3.get_object(Bucket=NAME, Key=one["Key"])["Body"].read().decode() for one in found]
        return [json.loads(line) for text in texts for line in text.splitlines()]


def launch(cloud: RunningCloud, role: str) -> str:
    ec2 = cloud.client("ec2")
    made = ec2.run_instances(
        ImageId=ec2.describe_images()["Images"][0]["ImageId"],
        MinCount=1,
        MaxCount=1,
        InstanceType="c7g.large",
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": role}]}],
    )
    return str(made["Instances"][0]["InstanceId"])


def function(cloud: RunningCloud, name: str, **environment: str) -> str:
    """A real function from its package; returns its ARN."""
    variables = {"POWERTOOLS_SERVICE_NAME": name, "POWERTOOLS_METRICS_NAMESPACE": "Headend", "BUCKET_NAME": NAME}
    made = cloud.client("lambda").create_function(
        FunctionName=name,
        Role=cloud.role(f"{name}-role"),
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler="handler.handler",
        Timeout=60,
        Code={"ZipFile": package.zip_path(REPOSITORY, name).read_bytes()},
        Environment={"Variables": {**variables, **environment}},
    )
    until(lambda: cloud.client("lambda").get_function_configuration(FunctionName=name)["State"] == "Active")
    return str(made["FunctionArn"])


@pytest.fixture(scope="module")
def deployment(cloud: RunningCloud) -> Iterator[Deployment]:
    package.build(REPOSITORY)
    cloud.client("s3").create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
    cloud.client("s3").put_bucket_notification_configuration(Bucket=NAME, NotificationConfiguration=configuration)
    cloud.client("dynamodb").create_table(
        TableName=NAME,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    collector, analytics = (function(cloud, name) for name in ("metrics_collector", "metrics_analytics"))
    processor = function(cloud, "metrics_processor", TABLE_NAME=NAME, DEPLOYMENT_NAME="live", RETENTION_DAYS="30")
    objects_url, objects = cloud.queue("hosts-objects", VisibilityTimeout="360")
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"object": {"key": [{"prefix": "raw/"}]}},
    }
    cloud.client("events").put_rule(Name="hosts-objects", EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule="hosts-objects", Targets=[{"Id": "processor", "Arn": objects}])
    mapping = cloud.client("lambda").create_event_source_mapping(
        FunctionName=processor,
        EventSourceArn=objects,
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    topic = cloud.topic("hosts-notices")
    notices, heard = cloud.queue("hosts-notices")
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard)
    values = {
        "analytics_config": json.dumps(json.dumps(ANALYTICS))[1:-1],
        "analytics_function_arn": analytics,
        "collector_config": json.dumps(json.dumps(COLLECTOR))[1:-1],
        "collector_function_arn": collector,
        "deployment_name": "live",
        "processor_function_arn": processor,
        "region": REGION,
        "topic_arn": topic,
    }
    definition = filled((RENDERED / "metrics_pipeline.asl.json").read_text(encoding="utf-8"), values)
    role = cloud.role("hosts-workflow-role")
    made = cloud.client("stepfunctions").create_state_machine(name=NAME, definition=definition, roleArn=role)
    cloud.server.clock.pause()
    now = cloud.server.clock.now()
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    cloud.step((noon - now).total_seconds())  # what the runs read lies on one day
    encoders = sorted(launch(cloud, "encoder") for _ in range(2))
    cloud.client("ec2").stop_instances(InstanceIds=[launch(cloud, "encoder")])
    launch(cloud, "web")
    for _ in range(45):
        cloud.step(60)
    yield Deployment(cloud, made["stateMachineArn"], notices, encoders, objects_url, mapping["UUID"])
    cloud.server.clock.resume()


def test_what_the_hosts_say_is_collected_processed_analysed_and_told(deployment: Deployment) -> None:
    ended = deployment.run()
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    body = json.loads(deployment.cloud.receive(deployment.notices)["Body"])
    assert output["outcome"] == "success", body["Message"]
    assert output["collected"] == list(TYPES)

    for one in output["results"]:
        lines = deployment.lines(f"raw/metric_type={one['metric_type']}/")
        datapoints = [line for line in lines if "end" not in line]
        assert sorted({line["host"] for line in datapoints}) == deployment.encoders
        assert (one["hosts"], one["datapoints"], one["silent"]) == (2, len(datapoints), 0)
        assert {line["metric"] for line in datapoints} == {query["metric"] for query in QUERIES[one["metric_type"]]}

    items = deployment.cloud.client("dynamodb").scan(TableName=NAME)["Items"]
    latest = {item["id"]["S"] for item in items if item["id"]["S"].startswith("latest#")}
    assert latest == {
        f"latest#{name}#{host}#{query['metric']}"
        for name, queries in QUERIES.items()
        for query in queries
        for host in deployment.encoders
    }

    found = deployment.cloud.client("cloudwatch").list_metrics(Namespace="Headend/Hosts")["Metrics"]
    assert {one["MetricName"] for one in found} == {
        "HostsReporting",
        *(query["metric"] for queries in QUERIES.values() for query in queries),
    }

    attributes = {name: one["Value"] for name, one in body["MessageAttributes"].items()}
    assert attributes == {"kind": "success", "severity": "MEDIUM"}
    assert body["Subject"] == "live: host metrics, 2 findings"
    assert all(host in body["Message"] for host in deployment.encoders), body["Message"]


def saved_queries() -> dict[str, str]:
    """The module's named queries, by name."""
    text = (REPOSITORY / "modules/metrics_pipeline/queries.tf").read_text(encoding="utf-8")
    return dict(re.findall(r"(\w+) = \{\s+description[^\n]*\n\s+query\s+= <<-SQL\n(.*?)\n\s+SQL\n", text, re.DOTALL))


def make_table(cloud: RunningCloud) -> None:
    """The module's table, as queries.tf has it."""
    columns = dict.fromkeys(("run_id", "metric", "namespace", "host", "statistic", "unit", "timestamp"), "string")
    columns |= {"value": "double", "dimensions": "map<string,string>"}
    table = {
        "Name": "raw",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "json",
            "projection.enabled": "true",
            "projection.metric_type.type": "enum",
            "projection.metric_type.values": ",".join(TYPES),
            "projection.date.type": "date",
            "projection.date.format": "yyyy-MM-dd",
            "projection.date.range": "NOW-90DAYS,NOW",
            "storage.location.template": f"s3://{NAME}/raw/metric_type=${{metric_type}}/date=${{date}}/",
        },
        "PartitionKeys": [{"Name": name, "Type": "string"} for name in ("metric_type", "date")],
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "Location": f"s3://{NAME}/raw/",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "Parameters": {"ignore.malformed.json": "true"},
                "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
            },
        },
    }
    cloud.client("glue").create_database(DatabaseInput={"Name": "live_metrics"})
    cloud.client("glue").create_table(DatabaseName="live_metrics", TableInput=table)


def asked(cloud: RunningCloud, query: str) -> list[list[str | None]]:
    """The rows that Athena answers, without their header."""
    athena = cloud.client("athena")
    started = athena.start_query_execution(
        QueryString=query,
        QueryExecutionContext={"Database": "live_metrics"},
        ResultConfiguration={"OutputLocation": f"s3://{NAME}/athena/"},
    )["QueryExecutionId"]

    def ended() -> dict[str, Any] | None:
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        return dict(status) if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

    status = until(ended)
    assert status["State"] == "SUCCEEDED", status
    rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]


def test_the_named_queries_answer_from_what_was_collected(deployment: Deployment) -> None:
    assert deployment.run()["status"] == "SUCCEEDED"
    make_table(deployment.cloud)
    answers = {name: asked(deployment.cloud, query) for name, query in saved_queries().items()}
    assert set(answers) == {"busiest_hosts", "collected_by_day", "latest_values"}
    for metric_type in TYPES:
        [day] = [row for row in answers["collected_by_day"] if row[1] == metric_type]
        datapoints = [one for one in deployment.lines(f"raw/metric_type={metric_type}/") if "end" not in one]
        assert day[3:] == ["2", str(len(datapoints))]
    names = sorted(
        (name, host, query["metric"])
        for name, found in QUERIES.items()
        for query in found
        for host in deployment.encoders
    )
    assert sorted(tuple(row[:3]) for row in answers["latest_values"]) == names
    assert len(answers["busiest_hosts"]) == len(names)


def test_events_that_come_twice_and_the_last_first_and_objects_that_are_cut_off_or_gone(deployment: Deployment) -> None:
    """The processor sees nothing until all is collected; then an object is cut off, one gone, each event sent twice."""
    cloud, s3, sqs = deployment.cloud, deployment.cloud.client("s3"), deployment.cloud.client("sqs")
    deployment.take_events(False)
    arn = deployment.start()
    run_id = arn.rpartition(":")[2]
    states = cloud.client("stepfunctions")
    until(lambda: cloud.step(1) or "WaitForProcessing" in str(states.get_execution_history(executionArn=arn)))
    keys = deployment.expected(run_id)
    bodies: dict[str, str] = {}
    while len(bodies) < len(keys):
        body = cloud.receive(deployment.objects)["Body"]
        bodies[json.loads(body)["detail"]["object"]["key"]] = body
    assert sorted(bodies) == sorted(keys)
    cut_off, gone = (next(key for key in keys if f"metric_type={one}/" in key) for one in ("cpu", "disk"))
    s3.put_object(Bucket=NAME, Key=cut_off, Body=s3.get_object(Bucket=NAME, Key=cut_off)["Body"].read()[:-30])
    s3.delete_object(Bucket=NAME, Key=gone)
    for body in list(bodies.values())[::-1] * 2:
        sqs.send_message(QueueUrl=deployment.objects, MessageBody=body)
    deployment.take_events(True)
    ended = deployment.run_on(arn)
    assert json.loads(ended["output"])["outcome"] == "partial"
    assert json.loads(ended["output"])["collected"] == list(TYPES)
    text = ""
    while run_id not in text:  # an earlier run's notice may still lie there
        text = json.loads(cloud.receive(deployment.notices)["Body"])["Message"]
    missing = text.split("\nMissing:\n")[1].split("\n\n")[0]
    assert missing == f"- truncated, left out: {cut_off}\n- gone, left out: {gone}"
    item = cloud.client("dynamodb").get_item(TableName=NAME, Key={"id": {"S": f"run#{run_id}"}})["Item"]
    done = {key: "failure" in one["M"] for key, one in item["done"]["M"].items()}
    assert done == {key: key in (cut_off, gone) for key in keys}
    s3.delete_object(Bucket=NAME, Key=cut_off)
