"""A metric type of MediaConnect flows, from a stream that is on the air to the finding that names the flow.

The real code of the three functions over the local cloud's streams, CloudWatch, bucket and table, in this process.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from analytics.bucket import Bucket as AnalyticsBucket
from analytics.requests import parse as analytics_request
from analytics.service import analyse
from collector.collect import Clients, collect
from processing.bucket import Bucket
from processing.callback import Callback
from processing.events import ObjectCreated
from processing.expectations import parse as expectation
from processing.fleet import Fleet
from processing.runs import Runs
from processing.service import PROCESSED, Processor
from processing.values import LatestValues

from headend.localcloud.mediaconnect.stream_simulator import StreamSimulator
from running_cloud import REGION, RunningCloud, cloud
from unit.lambda_src.processor_cases import DAY, TOKEN, States
from unit.localcloud.requests_to import flow_request

__all__ = ["cloud"]

NAME = "flows"
PERIOD, WINDOW, DELAY = 60, 300, 60
QUERIES = [
    {"metric": "SourceBitRate", "statistic": "Average", "unit": "Bits/Second"},
    {"metric": "SourcePacketLossPercent", "statistic": "Maximum", "unit": "Percent"},
]
LOSS = {
    "metric": "SourcePacketLossPercent",
    "comparison": "GreaterThanThreshold",
    "threshold": 0.1,
    "severity": "HIGH",
}


@dataclass
class Flows:
    """A flow whose stream is clean, one that loses packets, and one that is not on the air."""

    clean: str
    lossy: str
    standby: str

    @property
    def arns(self) -> list[str]:
        return [self.clean, self.lossy, self.standby]


@pytest.fixture(scope="module")
def flows(cloud: RunningCloud) -> Flows:
    """The flows after ten minutes."""
    cloud.server.clock.pause()
    media, scenarios = cloud.client("mediaconnect"), cloud.server.part(StreamSimulator)
    made = {}
    for name in ("clean", "lossy", "standby"):
        request = flow_request(f"{name}-{uuid.uuid4().hex[:8]}")
        made[name] = media.create_flow(**request)["Flow"]["FlowArn"]
    for name in ("clean", "lossy"):
        media.start_flow(FlowArn=made[name])
    for _ in range(60):
        cloud.step(1)
        if {media.describe_flow(FlowArn=made[name])["Flow"]["Status"] for name in ("clean", "lossy")} == {"ACTIVE"}:
            break
    for _ in range(6):
        scenarios.set_scenario(made["lossy"], "primary-loss")  # it lasts for 120 seconds
        cloud.step(100)
    cloud.client("s3").create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    cloud.client("dynamodb").create_table(
        TableName=NAME,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Flows(**made)


def test_the_metrics_of_flows_are_collected_processed_and_judged(cloud: RunningCloud, flows: Flows) -> None:
    now = datetime.fromtimestamp(cloud.server.clock.time(), UTC)
    s3, cloudwatch = cloud.client("s3"), cloud.client("cloudwatch")

    # Collected: by the flows' ARNs, which need no tags and no instances.
    queries = [{"namespace": "AWS/MediaConnect", "of": "flow", "dimensions": {}, **one} for one in QUERIES]
    config = {
        "hosts": {},
        "flow_arns": flows.arns,
        "window_seconds": WINDOW,
        "period_seconds": PERIOD,
        "delay_seconds": DELAY,
        "metric_types": {"stream": {"queries": queries}},
    }
    run = {"run_id": "run-1", "metric_type": "stream", "config": json.dumps(config), "started": now.isoformat()}
    result = collect(run, Clients(cloudwatch, cloud.client("ec2"), s3, lambda: now), NAME)
    assert (result["hosts"], result["datapoints"]) == (3, 2 * len(QUERIES) * WINDOW // PERIOD)
    assert (result["silent"], result["silent_hosts"]) == (1, [flows.standby])
    keys = json.loads(s3.get_object(Bucket=NAME, Key=result["manifest"])["Body"].read())["objects"]
    lines = [
        json.loads(line)
        for key in keys
        for line in s3.get_object(Bucket=NAME, Key=key)["Body"].read().splitlines()[:-1]
    ]
    assert {line["host"] for line in lines} == {flows.clean, flows.lossy}
    assert all(line["dimensions"] == {"FlowARN": line["host"]} for line in lines)
    assert all(line["value"] > 1e6 for line in lines if line["metric"] == "SourceBitRate")

    # Processed: each flow's latest values in the table, and the run is answered.
    states, dynamodb = States(TOKEN), cloud.client("dynamodb")
    processor = Processor(
        Bucket(s3, NAME),
        LatestValues(dynamodb, NAME, 30 * DAY),
        Runs(dynamodb, NAME, 30 * DAY),
        Fleet(cloudwatch, "live"),
        Callback(states),
    )
    wanted = {name: result[name] for name in ("metric_type", "manifest", "objects")}
    said: dict[str, Any] = {"operation": "expect", "run_id": "run-1", "task_token": TOKEN, "expected": [wanted]}
    processor.expect(expectation(said))
    for number, key in enumerate(keys):
        etag = s3.head_object(Bucket=NAME, Key=key)["ETag"].strip('"')
        assert processor.created(ObjectCreated(NAME, key, etag, f"{number:032X}")).what == PROCESSED
    assert states.answers[TOKEN]["datapoints"] == result["datapoints"]
    items = {item["id"]["S"] for item in dynamodb.scan(TableName=NAME)["Items"]}
    assert {item for item in items if item.startswith("latest#")} == {
        f"latest#stream#{flow}#{one['metric']}" for flow in (flows.clean, flows.lossy) for one in QUERIES
    }

    # Judged: the flow that loses packets is told, by its ARN.
    judged = {
        "delay_seconds": DELAY,
        "resolution_seconds": PERIOD,
        "metric_types": {"stream": {"thresholds": [LOSS]}},
    }
    event = {**run, "analysis": "trend", "metric_types": ["stream"], "config": json.dumps(judged)}
    del event["metric_type"]
    told = analyse(analytics_request(event, now), AnalyticsBucket(s3, NAME))
    assert [(one["kind"], one["host"], one["severity"]) for one in told["findings"]] == [
        ("threshold", flows.lossy, "HIGH")
    ]
    assert told["findings"][0]["text"].startswith(f"SourcePacketLossPercent of {flows.lossy} is ")
    assert told["counts"]["hosts"] == 2
