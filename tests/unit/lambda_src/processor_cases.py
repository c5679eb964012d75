"""What the tests of the metrics processor share: a run's objects and their events, and what is left of them in AWS."""

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote_plus

import boto3
from botocore.exceptions import ClientError
from processing.bucket import Bucket
from processing.callback import Callback
from processing.events import ObjectCreated, parse
from processing.expectations import Expectation, Expected
from processing.fleet import Fleet
from processing.runs import Runs
from processing.service import Outcome, Processor
from processing.table import deserialize
from processing.values import LatestValues

BUCKET, TABLE, DEPLOYMENT = "live-dev-metrics-111122223333", "live-dev-metrics", "live-dev"
RUN, TOKEN = "6f7c7d2e-3ec1_0b5a", "AQCEAAAAKgAAAAMAAAAA"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = 24 * 3600
UNITS = {"CPUUtilization": "Percent", "NetworkIn": "Bytes", "mem_used_percent": "Percent"}

type_of = {"CPUUtilization": "cpu", "NetworkIn": "network", "mem_used_percent": "memory"}


def line(host: str = "i-1", value: float = 40.0, minutes: float = 0, metric: str = "CPUUtilization") -> dict[str, Any]:
    """A datapoint as the collector writes it, `minutes` after noon."""
    return {
        "run_id": RUN,
        "metric_type": type_of[metric],
        "metric": metric,
        "namespace": "AWS/EC2",
        "host": host,
        "statistic": "Average",
        "unit": UNITS[metric],
        "timestamp": (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "value": value,
        "dimensions": {"InstanceId": host},
    }


def text(*lines: dict[str, Any]) -> bytes:
    """An object's content, with its end line."""
    end = {"end": True, "lines": len(lines)}
    return b"".join(json.dumps(one).encode() + b"\n" for one in (*lines, end))


def key(number: int = 1, metric_type: str = "cpu", run_id: str = RUN) -> str:
    return f"raw/metric_type={metric_type}/date=2026-01-01/{run_id}-{number:04d}.json"


def manifest(metric_type: str = "cpu") -> str:
    return f"runs/{RUN}/{metric_type}.json"


def from_event_bridge(name: str, etag: str = "e1", sequencer: str = "0064D3901D00059242") -> dict[str, Any]:
    """S3's event as EventBridge hands it on.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2026-01-01T12:01:00Z",
        "region": "eu-central-1",
        "resources": [f"arn:aws:s3:::{BUCKET}"],
        "detail": {
            "version": "0",
            "bucket": {"name": BUCKET},
            "object": {"key": name, "size": 5, "etag": etag, "sequencer": sequencer},
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "111122223333",
            "source-ip-address": "1.2.3.4",
            "reason": "PutObject",
        },
    }


def from_s3(name: str, etag: str = "e1", sequencer: str = "0064D3901D00059242") -> dict[str, Any]:
    """The same as S3's own notification, whose key is URL-encoded.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    made = {"key": quote_plus(name, safe="/"), "size": 5, "eTag": etag, "sequencer": sequencer}
    return {
        "Records": [
            {
                "eventVersion": "2.3",
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": BUCKET}, "object": made},
            }
        ]
    }


def batch(*bodies: object) -> dict[str, Any]:
    """Messages m0, m1, … as SQS gives them to a function."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "eventSource": "aws:sqs",
                "body": one if isinstance(one, str) else json.dumps(one),
            }
            for number, one in enumerate(bodies)
        ]
    }


def prepare() -> None:
    """The bucket and the table of the module."""
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


def refusal(code: str, operation: str = "SendTaskSuccess") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class States:
    """Step Functions: tokens that are open, and what it was told with each. A token works once."""

    def __init__(self, *open_tokens: str) -> None:
        self.open = set(open_tokens)
        self.heartbeats: list[str] = []
        self.answers: dict[str, Any] = {}
        self.unreachable: Exception | None = None

    def send_task_heartbeat(self, *, taskToken: str) -> None:  # noqa: N803 - AWS's name
        self._closed(taskToken)
        self.heartbeats.append(taskToken)

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803 - AWS's name
        self._closed(taskToken)
        self.open.discard(taskToken)
        self.answers[taskToken] = json.loads(output)

    def _closed(self, token: str) -> None:
        if self.unreachable:
            raise self.unreachable
        if token not in self.open:
            raise refusal("TaskTimedOut")


class Crash(BaseException):
    """The function's end in the middle: nothing in it can catch this."""


class Dying:
    """A client whose function dies as its countdown says."""

    def __init__(self, client: Any, countdown: "Countdown") -> None:
        self._client, self._countdown = client, countdown

    def __getattr__(self, name: str) -> Any:
        return partial(self._countdown.request, getattr(self._client, name))


class Countdown:
    """Requests until the crash, over all clients together, before it or after it (0: none); `made` counts them."""

    def __init__(self, requests: int = 0, *, made_first: bool = False) -> None:
        self._crash_at, self._made_first, self.made = requests, made_first, 0
        self._numbers, self._lock = itertools.count(1), threading.Lock()

    def request(self, method: Callable[..., Any], **parameters: Any) -> Any:
        """Make one request, unless the crash is before it."""
        with self._lock:
            self.made = next(self._numbers)
            crash = self.made == self._crash_at
        if crash and not self._made_first:
            raise Crash
        answer = method(**parameters)
        if crash:
            raise Crash
        return answer


class Pipeline:
    """The processor over moto's bucket, table and metrics, and an execution that waits."""

    def __init__(self) -> None:
        prepare()
        self.states = States(TOKEN)
        self.s3 = boto3.client("s3")
        self.dynamodb, self.cloudwatch = boto3.client("dynamodb"), boto3.client("cloudwatch")
        self.processor = self.build()

    def build(self, countdown: Countdown | None = None) -> Processor:
        """Another processor, as another function's environment has it; one that dies, with a countdown."""
        clients = [self.s3, self.dynamodb, self.cloudwatch, self.states]
        s3, dynamodb, cloudwatch, states = [Dying(one, countdown) for one in clients] if countdown else clients
        return Processor(
            Bucket(s3, BUCKET),
            LatestValues(dynamodb, TABLE, 30 * DAY),
            Runs(dynamodb, TABLE, 30 * DAY),
            Fleet(cloudwatch, DEPLOYMENT),
            Callback(states),
            lambda: NOON.timestamp(),
        )

    def put(self, name: str, content: bytes, sequencer: str = "01") -> ObjectCreated:
        """Write an object; the event that tells of it."""
        etag = self.s3.put_object(Bucket=BUCKET, Key=name, Body=content)["ETag"].strip('"')
        [event] = parse(from_event_bridge(name, etag, sequencer))
        return event

    def listing(self, metric_type: str, *keys: str) -> Expected:
        """Write a manifest, as the collector does."""
        document = {"run_id": RUN, "metric_type": metric_type, "objects": list(keys)}
        self.s3.put_object(Bucket=BUCKET, Key=manifest(metric_type), Body=json.dumps(document).encode())
        return Expected(metric_type, manifest(metric_type), len(keys))

    def expect(self, *expected: Expected, token: str = TOKEN, processor: Processor | None = None) -> dict[str, Any]:
        return (processor or self.processor).expect(Expectation(RUN, token, expected))

    def created(self, *events: ObjectCreated) -> list[Outcome]:
        return [self.processor.created(event) for event in events]

    def items(self, prefix: str = "latest#") -> Mapping[str, dict[str, Any]]:
        """The table's items whose ids begin so: id → attributes."""
        found = self.dynamodb.scan(TableName=TABLE)["Items"]
        plain = ({name: deserialize(value) for name, value in item.items()} for item in found)
        return {item.pop("id"): item for item in plain if item["id"].startswith(prefix)}

    def metric(self, name: str, metric_type: str = "cpu", around: datetime = NOON) -> list[tuple[float, float, float]]:
        """Minimum, Maximum and Average of each minute that has data, half a day around a moment."""
        dimensions = [{"Name": "Deployment", "Value": DEPLOYMENT}, {"Name": "MetricType", "Value": metric_type}]
        answer = self.cloudwatch.get_metric_statistics(
            Namespace="Headend/Hosts",
            MetricName=name,
            Dimensions=dimensions,
            StartTime=around - timedelta(hours=12),
            EndTime=around + timedelta(hours=12),
            Period=60,
            Statistics=["Minimum", "Maximum", "Average"],
        )
        points = sorted(answer["Datapoints"], key=lambda one: one["Timestamp"])
        return [(one["Minimum"], one["Maximum"], one["Average"]) for one in points]
