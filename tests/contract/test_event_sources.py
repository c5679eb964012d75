"""Sources of events: objects of S3, changes of DynamoDB's tables, messages of queues."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running_cloud import REGION, RunningCloud, until

NOTIFICATIONS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"
S3_EVENTS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"
S3_EVENT_TYPES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html"
FILTERS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html"
QUEUES = "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"
QUEUE_ERRORS = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"
STREAMS = "https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"
STREAM_ERRORS = "https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"
FILTERING = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html"
MAPPING = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"
ACCOUNT = "123456789012"


@pytest.fixture
def name() -> str:
    return f"src-{uuid.uuid4().hex[:8]}"


def bucket(cloud: RunningCloud, name: str, **settings: Any) -> Any:
    """A new bucket with notifications; returns the client."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=settings)
    return s3


def object_record(cloud: RunningCloud, url: str) -> dict[str, Any]:
    """The next notification in a queue that is not the test of its configuration."""
    while "Records" not in (body := json.loads(cloud.receive(url)["Body"])):
        assert body["Event"] == "s3:TestEvent"
    [record] = body["Records"]
    return dict(record)


# S3


@pytest.mark.contract(
    "A queue gets AWS's record of a new object, with the key encoded as in a URL",
    source=NOTIFICATIONS,
    limits="principals, addresses and the host's id are placeholders",
)
@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        pytest.param("clips/2026/north.mxf", "clips/2026/north.mxf", id="slashes"),
        pytest.param("red flower.jpg", "red+flower.jpg", id="space"),
        pytest.param("a+b&c=d.ts", "a%2Bb%26c%3Dd.ts", id="signs"),
        pytest.param("süd.m3u8", "s%C3%BCd.m3u8", id="umlaut"),
    ],
)
def test_a_queue_gets_a_record(cloud: RunningCloud, name: str, key: str, encoded: str) -> None:
    url, arn = cloud.queue(name)
    rule = {"Id": "new", "QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3 = bucket(cloud, name, QueueConfigurations=[rule])
    etag = s3.put_object(Bucket=name, Key=key, Body=b"12345")["ETag"]
    record = object_record(cloud, url)
    stored = record["s3"]["object"]
    assert (record["eventSource"], record["eventName"], record["awsRegion"]) == ("aws:s3", "ObjectCreated:Put", REGION)
    assert (record["eventVersion"], record["s3"]["configurationId"]) == ("2.1", "new")
    assert record["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{name}"
    assert (stored["key"], stored["size"], stored["eTag"]) == (encoded, 5, etag.strip('"'))
    assert stored["sequencer"]


@pytest.mark.contract("Topics and functions are told too, and deletions without size and tag", source=NOTIFICATIONS)
def test_topics_and_functions(cloud: RunningCloud, name: str) -> None:
    url, queue = cloud.queue(name)
    topic = cloud.topic(name)
    raw = {"RawMessageDelivery": "true"}
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw)
    function = reporter(cloud, url)
    cloud.permit_invoke(function, "s3.amazonaws.com", SourceArn=f"arn:aws:s3:::{name}")
    function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    s3 = bucket(
        cloud,
        name,
        TopicConfigurations=[{"TopicArn": topic, "Events": ["s3:ObjectRemoved:*"]}],
        LambdaFunctionConfigurations=[{"LambdaFunctionArn": function_arn, "Events": ["s3:ObjectCreated:Put"]}],
    )
    s3.put_object(Bucket=name, Key="a", Body=b"1")
    assert object_record(cloud, url)["eventName"] == "ObjectCreated:Put"
    s3.delete_object(Bucket=name, Key="a")
    record = object_record(cloud, url)
    assert record["eventName"] == "ObjectRemoved:Delete"
    assert set(record["s3"]["object"]) == {"key", "sequencer"}


@pytest.mark.contract("Notifications are filtered by the beginning and end of keys", source=FILTERS)
def test_filters_of_keys(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    rules = [{"Name": "prefix", "Value": "live/"}, {"Name": "suffix", "Value": ".ts"}]
    rule = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}
    s3 = bucket(cloud, name, QueueConfigurations=[rule])
    for key in ("live/1.m3u8", "vod/1.ts", "live/1.ts"):
        s3.put_object(Bucket=name, Key=key, Body=b"")
    assert object_record(cloud, url)["s3"]["object"]["key"] == "live/1.ts"
    cloud.step(1)
    assert cloud.client("sqs").receive_message(QueueUrl=url).get("Messages", []) == []


@pytest.mark.contract(
    "EventBridge gets events of objects whose keys are not encoded",
    source=S3_EVENTS,
    limits="versioned buckets: moto tells of no delete markers",
)
@pytest.mark.parametrize(
    ("act", "detail_type", "reason"),
    [
        pytest.param("put", "Object Created", "PutObject", id="put"),
        pytest.param("copy", "Object Created", "CopyObject", id="copy"),
        pytest.param("delete", "Object Deleted", "DeleteObject", id="delete"),
    ],
)
def test_events_of_objects(cloud: RunningCloud, name: str, act: str, detail_type: str, reason: str) -> None:
    url, arn = cloud.queue(name)
    events = cloud.client("events")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}, "reason": [reason]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    s3 = bucket(cloud, name, EventBridgeConfiguration={})
    etag = s3.put_object(Bucket=name, Key="a b/1.ts", Body=b"123")["ETag"].strip('"')
    if act == "copy":
        s3.copy_object(Bucket=name, Key="c d", CopySource=f"{name}/a b/1.ts")
    if act == "delete":
        s3.delete_object(Bucket=name, Key="a b/1.ts")
    event = json.loads(cloud.receive(url)["Body"])
    detail = event["detail"]
    assert (event["detail-type"], event["resources"]) == (detail_type, [f"arn:aws:s3:::{name}"])
    assert (detail["version"], detail["requester"]) == ("0", ACCOUNT)
    if act == "delete":
        assert (detail["object"]["key"], detail["deletion-type"]) == ("a b/1.ts", "Permanently Deleted")
    else:
        key = "c d" if act == "copy" else "a b/1.ts"
        assert (detail["object"]["key"], detail["object"]["size"], detail["object"]["etag"]) == (key, 3, etag)


@pytest.mark.contract(
    "A bucket's settings say whether EventBridge hears of its objects",
    source="https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html",
)
def test_settings_of_a_bucket_name_event_bridge(cloud: RunningCloud, name: str) -> None:
    s3 = bucket(cloud, name)
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=name)
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    settings = s3.get_bucket_notification_configuration(Bucket=name)
    assert {key for key in settings if key != "ResponseMetadata"} == {"EventBridgeConfiguration"}


@pytest.mark.contract(
    "EventBridge's event of a new object has AWS's fields: its ETag is `etag`, and S3's notification calls it `eTag`",
    source=S3_EVENTS,
    limits="addresses are placeholders; versioned buckets have `version-id` as well",
)
def test_fields_of_an_event_of_a_new_object(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    events = cloud.client("events")
    pattern = {"detail-type": ["Object Created"], "detail": {"bucket": {"name": [name]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    s3 = bucket(cloud, name, EventBridgeConfiguration={})
    etag = s3.put_object(Bucket=name, Key="a", Body=b"12345")["ETag"].strip('"')
    event = json.loads(cloud.receive(url)["Body"])
    assert set(event) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"
    }  # fmt: skip
    detail = event["detail"]
    assert set(detail) == {
        "version", "event-version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason"
    }  # fmt: skip
    stored = detail["object"]
    assert set(stored) == {"key", "size", "etag", "sequencer"}
    assert (stored["key"], stored["size"], stored["etag"]) == ("a", 5, etag)
    assert set(stored["sequencer"]) <= set("0123456789ABCDEF")


@pytest.mark.contract(
    "Of two events of one key the later has the greater sequencer, the shorter padded with zeros on the right",
    source=NOTIFICATIONS,
)
@pytest.mark.parametrize("later", [0, 1], ids=["at the same moment", "a second later"])
def test_the_later_of_two_events_of_a_key_has_the_greater_sequencer(cloud: RunningCloud, name: str, later: int) -> None:
    url, arn = cloud.queue(name)
    events = cloud.client("events")
    pattern = {"detail-type": ["Object Created"], "detail": {"bucket": {"name": [name]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    s3 = bucket(cloud, name, EventBridgeConfiguration={})
    cloud.server.clock.pause()
    try:
        sequencers = []
        for text in (b"1", b"22", b"333"):
            s3.put_object(Bucket=name, Key="a", Body=text)
            stored = json.loads(cloud.receive(url)["Body"])["detail"]["object"]
            assert stored["size"] == len(text)
            sequencers.append(stored["sequencer"].ljust(32, "0"))
            cloud.step(later)
    finally:
        cloud.server.clock.resume()
    assert sequencers == sorted(set(sequencers))


@pytest.mark.contract(
    "Tags are told of where PutObjectTagging adds them, and not where an object is written, with tags or without",
    source=S3_EVENT_TYPES,
)
def test_tags_are_told_of_where_they_are_added(cloud: RunningCloud, name: str) -> None:
    url, arn = cloud.queue(name)
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}}}))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    s3 = bucket(cloud, name, EventBridgeConfiguration={})

    def told() -> str:
        return str(json.loads(cloud.receive(url)["Body"])["detail-type"])

    s3.put_object(Bucket=name, Key="a", Body=b"1")
    assert told() == "Object Created"
    s3.put_object(Bucket=name, Key="a", Body=b"2", Tagging="kind=raw")
    assert told() == "Object Created"
    s3.put_object_tagging(Bucket=name, Key="a", Tagging={"TagSet": [{"Key": "kind", "Value": "done"}]})
    assert told() == "Object Tags Added"


# Queues to functions


def reporter(cloud: RunningCloud, url: str, more: str = "", **settings: Any) -> str:
    """A function that sends each event it gets to a queue, and then does `more`."""
    code = f"""
import json, boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl={url!r}, MessageBody=json.dumps(event))
    {more}
"""
    return cloud.function(code, **settings)


def mapped(cloud: RunningCloud, function: str, source: str, **settings: Any) -> str:
    made = cloud.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=source, **settings)
    return str(made["UUID"])


def batch(cloud: RunningCloud, url: str) -> list[dict[str, Any]]:
    """The records of the next event that a reporter got."""
    return list(json.loads(cloud.receive(url)["Body"])["Records"])


def depth(cloud: RunningCloud, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    got = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(got[one]) for one in names)


@pytest.mark.contract("A function gets the messages of its queue, which are deleted when it succeeds", source=QUEUES)
def test_messages(cloud: RunningCloud, name: str) -> None:
    source_url, source = cloud.queue(f"{name}-in")
    url, _ = cloud.queue(name)
    mapped(cloud, reporter(cloud, url), source)
    attribute = {"kind": {"DataType": "String", "StringValue": "clip"}}
    sent = cloud.client("sqs").send_message(QueueUrl=source_url, MessageBody="hello", MessageAttributes=attribute)
    [record] = batch(cloud, url)
    assert (record["messageId"], record["body"]) == (sent["MessageId"], "hello")
    assert (record["eventSource"], record["eventSourceARN"], record["awsRegion"]) == ("aws:sqs", source, REGION)
    assert record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "clip"
    until(lambda: depth(cloud, source_url) == 0)


@pytest.mark.contract("A batch is full, or its window has passed", source=QUEUES)
def test_batches(cloud: RunningCloud, name: str) -> None:
    source_url, source = cloud.queue(f"{name}-in")
    url, _ = cloud.queue(name)
    mapped(cloud, reporter(cloud, url), source, BatchSize=3, MaximumBatchingWindowInSeconds=60)
    for number in range(4):
        cloud.client("sqs").send_message(QueueUrl=source_url, MessageBody=str(number))
    assert [record["body"] for record in batch(cloud, url)] == ["0", "1", "2"]
    assert depth(cloud, source_url) == 1
    cloud.step(61)
    assert [record["body"] for record in batch(cloud, url)] == ["3"]


@pytest.mark.contract(
    "Messages of a function that fails come again when visible, then go to the dead-letter queue",
    source=QUEUE_ERRORS,
)
def test_failing_functions(cloud: RunningCloud, name: str) -> None:
    dead_url, dead = cloud.queue(f"{name}-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    source_url, source = cloud.queue(f"{name}-in", RedrivePolicy=redrive, VisibilityTimeout="60")
    url, _ = cloud.queue(name)
    mapped(cloud, reporter(cloud, url, "raise ValueError('no')"), source)
    cloud.client("sqs").send_message(QueueUrl=source_url, MessageBody="bad")
    [record] = batch(cloud, url)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    cloud.step(62)
    [record] = batch(cloud, url)
    assert record["attributes"]["ApproximateReceiveCount"] == "2"
    cloud.step(62)
    assert cloud.receive(dead_url)["Body"] == "bad"


@pytest.mark.contract("A function reports the messages that failed; the others are deleted", source=QUEUE_ERRORS)
def test_partial_batches(cloud: RunningCloud, name: str) -> None:
    source_url, source = cloud.queue(f"{name}-in", VisibilityTimeout="60")
    url, _ = cloud.queue(name)
    bad = '[r["messageId"] for r in event["Records"] if r["body"] == "bad"]'
    report = f'return {{"batchItemFailures": [{{"itemIdentifier": one}} for one in {bad}]}}'
    settings = {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 60}
    mapped(cloud, reporter(cloud, url, report), source, FunctionResponseTypes=["ReportBatchItemFailures"], **settings)
    for text in ("good", "bad"):
        cloud.client("sqs").send_message(QueueUrl=source_url, MessageBody=text)
    assert len(batch(cloud, url)) == 2
    until(lambda: depth(cloud, source_url) == 1)
    cloud.step(130)
    assert [record["body"] for record in batch(cloud, url)] == ["bad"]


@pytest.mark.contract("Messages that no filter accepts are deleted", source=FILTERING)
def test_filters_of_messages(cloud: RunningCloud, name: str) -> None:
    source_url, source = cloud.queue(f"{name}-in")
    url, _ = cloud.queue(name)
    pattern = json.dumps({"body": {"loss": [{"numeric": [">", 5]}]}})
    mapped(cloud, reporter(cloud, url), source, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    for loss in (1, 9):
        cloud.client("sqs").send_message(QueueUrl=source_url, MessageBody=json.dumps({"loss": loss}))
    [record] = batch(cloud, url)
    assert json.loads(record["body"]) == {"loss": 9}
    until(lambda: depth(cloud, source_url) == 0)


@pytest.mark.contract("A mapping of an alias has the alias's ARN, and calls the alias", source=MAPPING)
def test_mapping_of_an_alias(cloud: RunningCloud, name: str) -> None:
    _, source = cloud.queue(f"{name}-in")
    url, _ = cloud.queue(name)
    client, function = cloud.client("lambda"), reporter(cloud, url)
    version = client.publish_version(FunctionName=function)["Version"]
    alias = client.create_alias(FunctionName=function, Name="live", FunctionVersion=version)["AliasArn"]
    found = client.get_event_source_mapping(UUID=mapped(cloud, alias, source))
    assert found["FunctionArn"] == alias
    client.update_event_source_mapping(UUID=found["UUID"], FunctionName=function)
    assert client.get_event_source_mapping(UUID=found["UUID"])["FunctionArn"] == alias.rpartition(":")[0]


@pytest.mark.contract(
    "A redrive policy is answered without blanks",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html",
)
def test_text_of_a_redrive_policy(cloud: RunningCloud, name: str) -> None:
    _, dead = cloud.queue(f"{name}-dead")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 5}, separators=(",", ":"))
    url, _ = cloud.queue(name, RedrivePolicy=policy)
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    assert found["RedrivePolicy"] == policy


@pytest.mark.contract(
    "A disabled mapping waits", source=MAPPING, limits="states between Disabled and Enabled are not shown"
)
def test_disabled_mappings(cloud: RunningCloud, name: str) -> None:
    source_url, source = cloud.queue(f"{name}-in")
    url, _ = cloud.queue(name)
    mapping = mapped(cloud, reporter(cloud, url), source, Enabled=False)
    cloud.client("sqs").send_message(QueueUrl=source_url, MessageBody="late")
    cloud.step(5)
    assert depth(cloud, url) == 0
    cloud.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    assert [record["body"] for record in batch(cloud, url)] == ["late"]


@pytest.mark.contract("CreateEventSourceMapping refuses roles, timeouts and filters that cannot work", source=MAPPING)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"Timeout": 31},
            "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds",
            id="timeout",
        ),
        pytest.param({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0", id="window"),
        pytest.param(
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": "x"}'}]}},
            "Invalid filter pattern definition",
            id="filter",
        ),
    ],
)
def test_refused_mappings(cloud: RunningCloud, name: str, change: dict[str, Any], message: str) -> None:
    _, source = cloud.queue(name)
    timeout = {"Timeout": change.pop("Timeout")} if "Timeout" in change else {}
    function = cloud.function("def handler(event, context): pass", **timeout)
    with pytest.raises(ClientError, match=message) as refused:
        mapped(cloud, function, source, **change)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


# Tables to functions


def table(cloud: RunningCloud, name: str) -> tuple[Any, str]:
    """A new table with a stream of both images: (client, ARN of the stream)."""
    dynamodb = cloud.client("dynamodb")
    made = dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return dynamodb, str(made["TableDescription"]["LatestStreamArn"])


def put(dynamodb: Any, name: str, key: str, n: int = 0) -> None:
    dynamodb.put_item(TableName=name, Item={"id": {"S": key}, "n": {"N": str(n)}})


@pytest.mark.contract("A function gets the changes of a table in order, with keys and images", source=STREAMS)
def test_changes(cloud: RunningCloud, name: str) -> None:
    url, _ = cloud.queue(name)
    dynamodb, stream = table(cloud, name)
    put(dynamodb, name, "a", 1)
    put(dynamodb, name, "a", 2)
    dynamodb.delete_item(TableName=name, Key={"id": {"S": "a"}})
    mapped(cloud, reporter(cloud, url), stream, StartingPosition="TRIM_HORIZON")
    records = batch(cloud, url)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    change = records[1]
    assert (change["eventSource"], change["eventSourceARN"], change["awsRegion"]) == ("aws:dynamodb", stream, REGION)
    assert change["dynamodb"]["Keys"] == {"id": {"S": "a"}}
    assert change["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    assert change["dynamodb"]["NewImage"]["n"] == {"N": "2"}
    assert "NewImage" not in records[2]["dynamodb"]


@pytest.mark.contract("LATEST begins with what comes after the mapping", source=STREAMS)
def test_starting_positions(cloud: RunningCloud, name: str) -> None:
    url, _ = cloud.queue(name)
    dynamodb, stream = table(cloud, name)
    put(dynamodb, name, "before")
    mapped(cloud, reporter(cloud, url), stream, StartingPosition="LATEST")
    put(dynamodb, name, "after")
    [record] = batch(cloud, url)
    assert record["dynamodb"]["Keys"] == {"id": {"S": "after"}}


@pytest.mark.contract("Filter criteria see the record, and a window gathers a batch", source=FILTERING)
def test_filters_of_changes(cloud: RunningCloud, name: str) -> None:
    url, _ = cloud.queue(name)
    dynamodb, stream = table(cloud, name)
    pattern = json.dumps({"eventName": ["INSERT"], "dynamodb": {"Keys": {"id": {"S": [{"prefix": "b"}]}}}})
    mapped(
        cloud,
        reporter(cloud, url),
        stream,
        StartingPosition="LATEST",
        MaximumBatchingWindowInSeconds=30,
        FilterCriteria={"Filters": [{"Pattern": pattern}]},
    )
    for key in ("b1", "a1", "b1", "b2"):
        put(dynamodb, name, key)
    cloud.step(31)
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in batch(cloud, url)] == ["b1", "b2"]


@pytest.mark.contract(
    "A batch that fails is tried again, halved, and given up to the destination",
    source=STREAM_ERRORS,
    limits="AWS gives no figures for the delays between attempts",
)
def test_failing_batches(cloud: RunningCloud, name: str) -> None:
    url, _ = cloud.queue(name)
    failed_url, failed = cloud.queue(f"{name}-failed")
    dynamodb, stream = table(cloud, name)
    for key in ("a", "bad", "c", "d"):
        put(dynamodb, name, key)
    check = 'assert not [r for r in event["Records"] if r["dynamodb"]["Keys"]["id"]["S"] == "bad"]'
    mapped(
        cloud,
        reporter(cloud, url, check),
        stream,
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": failed}},
    )
    cloud.step(30)
    seen = []
    while depth(cloud, url):
        seen.append("".join(record["dynamodb"]["Keys"]["id"]["S"][0] for record in batch(cloud, url)))
    assert seen == ["abcd", "ab", "a", "b", "b", "cd"]
    record = json.loads(cloud.receive(failed_url)["Body"])
    info = record["DDBStreamBatchInfo"]
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert (info["batchSize"], info["streamArn"]) == (1, stream)
    assert info["startSequenceNumber"] == info["endSequenceNumber"]


@pytest.mark.contract("A function reports where a batch failed: it goes on from there", source=STREAM_ERRORS)
def test_reported_failures(cloud: RunningCloud, name: str) -> None:
    url, _ = cloud.queue(name)
    dynamodb, stream = table(cloud, name)
    for key in ("a", "b", "c"):
        put(dynamodb, name, key)
    second = '[r["dynamodb"]["SequenceNumber"] for r in event["Records"][1:2]]'
    report = f'return {{"batchItemFailures": [{{"itemIdentifier": one}} for one in {second}]}}'
    mapped(
        cloud,
        reporter(cloud, url, report),
        stream,
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    cloud.step(10)
    seen = []
    while depth(cloud, url):
        seen.append("".join(record["dynamodb"]["Keys"]["id"]["S"] for record in batch(cloud, url)))
    assert seen == ["abc", "bc", "c"]
