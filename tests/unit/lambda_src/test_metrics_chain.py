"""What the collector writes is what the processor reads: a run of every metric type, from CloudWatch to the answer."""

from typing import Any

import boto3
import pytest
from collector.collect import collect
from processing.bucket import Bucket
from processing.callback import Callback
from processing.events import parse
from processing.expectations import parse as parse_expectation
from processing.fleet import Fleet
from processing.runs import Runs
from processing.service import PROCESSED, Processor
from processing.values import LatestValues

from unit.lambda_src import collector_cases as cases
from unit.lambda_src.processor_cases import DAY, DEPLOYMENT, TABLE, TOKEN, States, from_event_bridge, prepare


class _S3:
    """moto's S3 for the collector's bucket: what is written tells of itself, in the order of writing."""

    def __init__(self) -> None:
        self.client = boto3.client("s3")
        self.client.create_bucket(Bucket=cases.BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.events: list[dict[str, Any]] = []

    def put_object(self, **request: Any) -> Any:
        answer = self.client.put_object(**request)
        if request["Key"].startswith("raw/"):
            event = from_event_bridge(request["Key"], answer["ETag"].strip('"'), f"{len(self.events):016X}")
            event["detail"]["bucket"]["name"] = cases.BUCKET
            self.events.append(event)
        return answer


@pytest.mark.parametrize("attempts", [1, 2], ids=["at the first attempt", "tried again after all was written"])
def test_a_run_is_processed_as_it_was_collected(aws: None, attempts: int) -> None:
    prepare()
    s3, states = _S3(), States(TOKEN)
    dynamodb, hosts = boto3.client("dynamodb"), 3
    clients = cases.Clients(cases.CloudWatch(cases.published(hosts)), cases.Hosts(hosts), s3)
    for _ in range(attempts):
        results = [collect(cases.payload(name), clients, cases.BUCKET) for name in cases.TYPES]
    processor = Processor(
        Bucket(s3.client, cases.BUCKET),
        LatestValues(dynamodb, TABLE, 30 * DAY),
        Runs(dynamodb, TABLE, 30 * DAY),
        Fleet(boto3.client("cloudwatch"), DEPLOYMENT),
        Callback(states),
    )
    created = [one for event in s3.events for one in parse(event)]
    half = len(created) // 2
    assert {processor.created(one).what for one in created[:half]} == {PROCESSED}
    expected = [{name: one[name] for name in ("metric_type", "manifest", "objects")} for one in results]
    processor.expect(
        parse_expectation({"operation": "expect", "run_id": "run-1", "task_token": TOKEN, "expected": expected})
    )
    assert {processor.created(one).what for one in created[half:]} == {PROCESSED}
    assert states.answers == {
        TOKEN: {
            "objects": sum(one["objects"] for one in results),
            "datapoints": sum(one["datapoints"] for one in results),
            "failed": [],
            "failed_objects": 0,
        }
    }
    items = [item["id"]["S"] for item in dynamodb.scan(TableName=TABLE)["Items"]]
    latest = {tuple(name.split("#")[1:]) for name in items if name.startswith("latest#")}
    of_hosts = ["cpu#CPUUtilization", "disk#disk_used_percent", "memory#mem_used_percent"]
    of_hosts += ["network#NetworkIn", "network#NetworkOut"]
    named = {(*name.split("#"), host) for name in of_hosts for host in cases.host_ids(hosts)}
    assert latest == {(kind, host, metric) for kind, metric, host in named} | {
        ("flows", cases.FLOW_ARN, "SourceBitRate")
    }
