"""Map in Distributed mode: readers, batches, limits, results, Map Runs."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_machines import GUIDE, machine_of, run_standard
from running_cloud import RunningCloud, until

MAP = f"{GUIDE}/state-map-distributed.html"
READER = f"{GUIDE}/input-output-itemreader.html"
BATCHER = f"{GUIDE}/input-output-itembatcher.html"
WRITER = f"{GUIDE}/input-output-resultwriter.html"
RUNS = f"{GUIDE}/concepts-examine-map-run.html"
API = "https://docs.aws.amazon.com/step-functions/latest/apireference"
PASS: dict[str, Any] = {"Each": {"Type": "Pass", "End": True}}


def distributed(states: dict[str, Any] | None = None, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    processor = {**machine_of(states or PASS), "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def reader(action: str, config: dict[str, Any] | None = None, **parameters: str) -> dict[str, Any]:
    made: dict[str, Any] = {"Resource": f"arn:aws:states:::s3:{action}", "Parameters": parameters}
    return {**made, **({"ReaderConfig": config} if config else {})}


@pytest.fixture(scope="module")
def bucket(cloud: RunningCloud) -> str:
    name = f"items-{uuid.uuid4().hex[:8]}"
    where = {"LocationConstraint": "eu-central-1"}
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return name


def put(cloud: RunningCloud, bucket: str, key: str, body: str | bytes) -> str:
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return key


def output_of(cloud: RunningCloud, state: dict[str, Any], event: Any = None, **fields: Any) -> Any:
    outcome, _ = run_standard(cloud, machine_of({"Map": state}, **fields), event)
    assert outcome.status == "SUCCEEDED", outcome.cause
    return outcome.output


@pytest.mark.contract("Each item is the input of a child execution; the outputs come in the items' order", source=MAP)
@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_items_of_the_input(cloud: RunningCloud, kind: str) -> None:
    states = {"Each": {"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}, "End": True}}
    state = distributed(states, kind, ItemsPath="$.list")
    got = output_of(cloud, state, {"list": [{"n": number} for number in range(12)]})
    assert got == [{"twice": 2 * number} for number in range(12)]


@pytest.mark.contract("An object's members are items with Key and Value", source=MAP)
def test_object(cloud: RunningCloud) -> None:
    assert output_of(cloud, distributed(), {"a": 1, "b": [2]}) == [{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]


@pytest.mark.contract("ItemSelector makes a child's input of the item and the state's input", source=MAP)
def test_item_selector(cloud: RunningCloud) -> None:
    selector = {"item.$": "$$.Map.Item.Value", "place.$": "$$.Map.Item.Index", "region.$": "$.region"}
    state = distributed(ItemsPath="$.list", ItemSelector=selector)
    got = output_of(cloud, state, {"list": ["x", "y"], "region": "eu"})
    assert got == [{"item": "x", "place": 0, "region": "eu"}, {"item": "y", "place": 1, "region": "eu"}]


@pytest.mark.contract("In JSONata all of it is expressions", source=MAP)
def test_jsonata(cloud: RunningCloud, bucket: str) -> None:
    put(cloud, bucket, "nata.json", json.dumps([1, 2, 3, 4, 5]))
    state = distributed(
        {
            "Each": {
                "Type": "Pass",
                "Output": "{% $sum($states.input.Items) + $states.input.BatchInput.more %}",
                "End": True,
            }
        },
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "Arguments": {"Bucket": "{% $states.input.bucket %}", "Key": "nata.json"},
            "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% $states.input.most %}"},
        },
        ItemBatcher={"MaxItemsPerBatch": "{% 2 %}", "BatchInput": {"more": "{% $states.input.most %}"}},
        Output="{% {'sums': $states.result} %}",
    )
    got = output_of(cloud, state, {"bucket": bucket, "most": 4}, QueryLanguage="JSONata")
    assert got == {"sums": [7, 11]}


# Readers


@pytest.mark.contract("listObjectsV2 gives an item for each object", source=READER)
def test_list_objects(cloud: RunningCloud, bucket: str) -> None:
    for number in range(3):
        put(cloud, bucket, f"listed/{number}", "x" * number)
    got = output_of(cloud, distributed(ItemReader=reader("listObjectsV2", Bucket=bucket, Prefix="listed/")))
    assert [(item["Key"], item["Size"]) for item in got] == [("listed/0", 0), ("listed/1", 1), ("listed/2", 2)]
    assert set(got[0]) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}


ROWS = "name,rate\nbars,10\ntone,\n"


@pytest.mark.contract("getObject reads JSON, JSON Lines and CSV", source=READER, limits="no Parquet")
@pytest.mark.parametrize(
    ("body", "config", "expected"),
    [
        pytest.param('[{"a": 1}, 2]', {"InputType": "JSON"}, [{"a": 1}, 2], id="json"),
        pytest.param('{"a": 1}', {"InputType": "JSON"}, [{"Key": "a", "Value": 1}], id="json-object"),
        pytest.param('{"x": {"y": [7]}}', {"InputType": "JSON", "ItemsPointer": "/x/y"}, [7], id="items-pointer"),
        pytest.param('{"a": 1}\n\n{"a": 2}\n', {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}], id="jsonl"),
        pytest.param(
            ROWS,
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"name": "bars", "rate": "10"}, {"name": "tone", "rate": ""}],
            id="csv-first-row",
        ),
        pytest.param(
            "bars;10\n",
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["n", "r"], "CSVDelimiter": "SEMICOLON"},
            [{"n": "bars", "r": "10"}],
            id="csv-given",
        ),
        pytest.param(
            'name,text\na,"two\nlines, one field"\n',
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"name": "a", "text": "two\nlines, one field"}],
            id="csv-quoted",
        ),
        pytest.param("[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2], id="max-items"),
        pytest.param(
            ROWS,
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 1},
            [{"name": "bars", "rate": "10"}],
            id="max-rows",
        ),
    ],
)
def test_get_object(cloud: RunningCloud, bucket: str, body: str, config: dict[str, Any], expected: Any) -> None:
    key = put(cloud, bucket, f"read/{uuid.uuid4().hex}", body)
    assert output_of(cloud, distributed(ItemReader=reader("getObject", config, Bucket=bucket, Key=key))) == expected


@pytest.mark.contract("A manifest of an S3 inventory gives an item for each row of its files", source=READER)
def test_inventory(cloud: RunningCloud, bucket: str) -> None:
    put(cloud, bucket, "inventory/data.csv.gz", gzip.compress(b'"source","a.mp4","12"\n"source","b.mp4","7"\n'))
    manifest = {
        "sourceBucket": "source",
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "inventory/data.csv.gz"}],
    }
    put(cloud, bucket, "inventory/manifest.json", json.dumps(manifest))
    read = reader("getObject", {"InputType": "MANIFEST"}, Bucket=bucket, Key="inventory/manifest.json")
    got = output_of(cloud, distributed(ItemReader=read))
    assert got[0] == {"Bucket": "source", "Key": "a.mp4", "Size": "12"}
    assert len(got) == 2


@pytest.mark.contract("What cannot be read fails the run and the state with States.ItemReaderFailed", source=READER)
@pytest.mark.parametrize(
    ("body", "config", "cause"),
    [
        pytest.param("7", {"InputType": "JSON"}, "Attempting to map over non-iterable node.", id="no-list"),
        pytest.param(
            "a\n1\n",
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "a"]},
            "CSV headers cannot contain duplicates.",
            id="duplicate-headers",
        ),
        pytest.param(None, {"InputType": "JSON"}, "NoSuchKey", id="no-object"),
    ],
)
def test_unreadable(cloud: RunningCloud, bucket: str, body: str | None, config: dict[str, Any], cause: str) -> None:
    key = "nowhere" if body is None else put(cloud, bucket, f"bad/{uuid.uuid4().hex}", body)
    state = distributed(ItemReader=reader("getObject", config, Bucket=bucket, Key=key))
    outcome, history = run_standard(cloud, machine_of({"Map": state}))
    assert (outcome.status, outcome.error) == ("FAILED", "States.ItemReaderFailed")
    assert cause in str(outcome.cause)
    assert [event["type"] for event in history[2:]] == [
        "MapStateStarted",
        "MapRunStarted",
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert history[4]["mapRunFailedEventDetails"]["error"] == "States.ItemReaderFailed"


# Batches


@pytest.mark.contract("ItemBatcher hands several items to one child execution", source=BATCHER)
@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        pytest.param({"MaxItemsPerBatch": 3}, [3, 3, 1], id="items"),
        pytest.param({"MaxItemsPerBatchPath": "$.most"}, [2, 2, 2, 1], id="items-path"),
        pytest.param({"MaxInputBytesPerBatch": 60}, [4, 3], id="bytes"),
        pytest.param({"MaxItemsPerBatch": 3, "MaxInputBytesPerBatch": 40}, [2, 2, 2, 1], id="both"),
    ],
)
def test_batches(cloud: RunningCloud, settings: dict[str, Any], sizes: list[int]) -> None:
    state = distributed(ItemsPath="$.list", ItemBatcher=settings)
    got = output_of(cloud, state, {"list": [{"n": 12345} for _ in range(7)], "most": 2})
    assert [len(batch["Items"]) for batch in got] == sizes
    limit = settings.get("MaxInputBytesPerBatch", 262_144)
    assert all(len(json.dumps(batch, separators=(",", ":"))) <= limit for batch in got)


@pytest.mark.contract("BatchInput goes to every batch", source=BATCHER)
def test_batch_input(cloud: RunningCloud) -> None:
    settings = {"MaxItemsPerBatch": 2, "BatchInput": {"region.$": "$.region", "fixed": 1}}
    state = distributed(ItemsPath="$.list", ItemBatcher=settings)
    got = output_of(cloud, state, {"list": [1, 2, 3], "region": "eu"})
    shared = {"region": "eu", "fixed": 1}
    assert got == [{"BatchInput": shared, "Items": [1, 2]}, {"BatchInput": shared, "Items": [3]}]


# Failures


FAILING = {
    "Which": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.ok", "BooleanEquals": True, "Next": "Good"}],
        "Default": "Bad",
    },
    "Good": {"Type": "Succeed"},
    "Bad": {"Type": "Fail", "Error": "NoFlow"},
}


@pytest.mark.contract("More failed items than tolerated are States.ExceedToleratedFailureThreshold", source=MAP)
@pytest.mark.parametrize(
    ("limits", "failing", "status"),
    [
        pytest.param({}, 0, "SUCCEEDED", id="none-fails"),
        pytest.param({}, 1, "FAILED", id="no-tolerance"),
        pytest.param({"ToleratedFailureCount": 2}, 2, "SUCCEEDED", id="count"),
        pytest.param({"ToleratedFailureCount": 2}, 3, "FAILED", id="count-exceeded"),
        pytest.param({"ToleratedFailurePercentage": 30}, 3, "SUCCEEDED", id="percentage"),
        pytest.param({"ToleratedFailurePercentage": 30}, 4, "FAILED", id="percentage-exceeded"),
        pytest.param({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 10}, 2, "FAILED", id="either"),
        pytest.param({"ToleratedFailureCountPath": "$.most"}, 2, "SUCCEEDED", id="count-path"),
    ],
)
def test_tolerance(cloud: RunningCloud, limits: dict[str, Any], failing: int, status: str) -> None:
    event = {"list": [{"ok": number >= failing} for number in range(10)], "most": 2}
    state = distributed(FAILING, ItemsPath="$.list", **limits)
    outcome, history = run_standard(cloud, machine_of({"Map": state}), event)
    assert outcome.status == status
    if status == "FAILED":
        assert outcome.error == "States.ExceedToleratedFailureThreshold"
        assert outcome.cause == "The specified tolerated failure threshold was exceeded"
        assert [event["type"] for event in history[-3:]] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


@pytest.mark.contract("The failure of a Map Run can be caught", source=MAP)
def test_failure_is_caught(cloud: RunningCloud) -> None:
    catch = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Caught"}]
    state = distributed(FAILING, ItemsPath="$.list", Catch=catch)
    definition = machine_of({"Map": state, "Caught": {"Type": "Pass", "Result": "caught", "End": True}})
    outcome, _ = run_standard(cloud, definition, {"list": [{"ok": False}]})
    assert outcome.output == "caught"


# Results


@pytest.mark.contract("ResultWriter writes the results and a manifest", source=WRITER)
def test_result_writer(cloud: RunningCloud, bucket: str) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": bucket, "Prefix": "results"}}
    state = distributed(FAILING, ItemsPath="$.list", ResultWriter=writer, ToleratedFailureCount=1, Label="Flows")
    got = output_of(cloud, state, {"list": [{"ok": True}, {"ok": False}, {"ok": True}]})
    run = got["MapRunArn"]
    assert "/Flows:" in run
    folder = f"results/{run.rpartition(':')[2]}"
    assert got["ResultWriterDetails"] == {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
    s3 = cloud.client("s3")
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=f"{folder}/manifest.json")["Body"].read())
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == (bucket, run)
    files = manifest["ResultFiles"]
    assert [file["Key"] for file in files["SUCCEEDED"]] == [f"{folder}/SUCCEEDED_0.json"]
    assert [file["Key"] for file in files["FAILED"]] == [f"{folder}/FAILED_0.json"]
    assert files["PENDING"] == []
    body = s3.get_object(Bucket=bucket, Key=files["SUCCEEDED"][0]["Key"])["Body"].read()
    assert files["SUCCEEDED"][0]["Size"] == len(body)
    good = json.loads(body)
    assert [(one["Status"], json.loads(one["Output"])) for one in good] == [("SUCCEEDED", {"ok": True})] * 2
    [bad] = json.loads(s3.get_object(Bucket=bucket, Key=files["FAILED"][0]["Key"])["Body"].read())
    assert (bad["Status"], bad["Error"], json.loads(bad["Input"])) == ("FAILED", "NoFlow", {"ok": False})


@pytest.mark.contract("WriterConfig transforms the results", source=WRITER)
@pytest.mark.parametrize(
    ("transformation", "expected"), [("COMPACT", [[1, 2], [3]]), ("FLATTEN", [1, 2, 3])], ids=["compact", "flatten"]
)
def test_transformation(cloud: RunningCloud, bucket: str, transformation: str, expected: Any) -> None:
    config = {"Transformation": transformation, "OutputType": "JSON"}
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": bucket, "Prefix": "flat"},
        "WriterConfig": config,
    }
    got = output_of(cloud, distributed(ResultWriter=writer), [[1, 2], [3]])
    folder = got["ResultWriterDetails"]["Key"].rpartition("/")[0]
    body = cloud.client("s3").get_object(Bucket=bucket, Key=f"{folder}/SUCCEEDED_0.json")["Body"].read()
    assert json.loads(body) == expected


@pytest.mark.contract("Results that cannot be written are States.ResultWriterFailed", source=WRITER)
def test_unwritable(cloud: RunningCloud) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "no-such-bucket", "Prefix": "r"}}
    outcome, _ = run_standard(cloud, machine_of({"Map": distributed(ResultWriter=writer)}), [1])
    assert outcome.error == "States.ResultWriterFailed"


# Map Runs and child executions


def started(cloud: RunningCloud, state: dict[str, Any], event: Any) -> tuple[str, str]:
    """A state machine with this Map, and its running execution."""
    machine = cloud.machine(machine_of({"Map": state}), kind="STANDARD")
    execution = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(event))
    return machine, execution["executionArn"]


def run_of(cloud: RunningCloud, execution: str) -> str:
    client = cloud.client("stepfunctions")
    [run] = until(lambda: client.list_map_runs(executionArn=execution)["mapRuns"])
    return str(run["mapRunArn"])


@pytest.mark.contract("DescribeMapRun counts items and executions", source=RUNS)
def test_describe(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    state = distributed(
        FAILING,
        ItemsPath="$.list",
        ItemBatcher={"MaxItemsPerBatch": 1},
        ToleratedFailurePercentage=50,
        MaxConcurrency=2,
    )
    event = {"list": [{"ok": True}] * 3}
    machine, execution = started(cloud, state, event)
    until(lambda: client.describe_execution(executionArn=execution)["status"] != "RUNNING")
    arn = run_of(cloud, execution)
    got = client.describe_map_run(mapRunArn=arn)
    assert (got["status"], got["executionArn"], got["maxConcurrency"]) == ("FAILED", execution, 2)
    assert (got["toleratedFailurePercentage"], got["toleratedFailureCount"]) == (50.0, 0)
    assert got["itemCounts"]["failed"] + got["itemCounts"]["aborted"] + got["itemCounts"]["pending"] == 3
    [listed] = client.list_map_runs(executionArn=execution)["mapRuns"]
    assert listed["stateMachineArn"].startswith(f"{machine}/")
    assert listed["stopDate"] >= listed["startDate"]


@pytest.mark.contract("Child executions are of the Map Run, and described like others", source=RUNS)
def test_children(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    _, execution = started(cloud, distributed(Label="Kids"), ["a", "b"])
    until(lambda: client.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")
    arn = run_of(cloud, execution)
    listed = client.list_executions(mapRunArn=arn)["executions"]
    assert [one["itemCount"] for one in listed] == [1, 1]
    got = client.describe_execution(executionArn=listed[0]["executionArn"])
    assert (got["mapRunArn"], got["status"]) == (arn, "SUCCEEDED")
    assert got["stateMachineArn"].endswith("/Kids")
    history = client.get_execution_history(executionArn=listed[0]["executionArn"])["events"]
    assert [event["type"] for event in history] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    counts = client.describe_map_run(mapRunArn=arn)["executionCounts"]
    assert (counts["succeeded"], counts["total"], counts["running"]) == (2, 2, 0)


WAITING = {"Each": {"Type": "Wait", "Seconds": 600, "End": True}}


@pytest.mark.contract("No more than MaxConcurrency child executions run at once", source=MAP, limits="1,000 at most")
def test_concurrency(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    _, execution = started(cloud, distributed(WAITING, MaxConcurrency=2), list(range(5)))
    arn = run_of(cloud, execution)

    def counts() -> tuple[int, int, int]:
        got = client.describe_map_run(mapRunArn=arn)["executionCounts"]
        return got["running"], got["pending"], got["succeeded"]

    until(lambda: counts() == (2, 3, 0))
    cloud.step(601)
    assert counts() == (2, 1, 2)
    client.update_map_run(mapRunArn=arn, maxConcurrency=5)
    until(lambda: counts() == (3, 0, 2))
    cloud.step(1201)
    assert counts() == (0, 0, 5)
    assert client.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"


@pytest.mark.contract("Stopping the execution stops its child executions", source=RUNS)
def test_stop(cloud: RunningCloud) -> None:
    client = cloud.client("stepfunctions")
    _, execution = started(cloud, distributed(WAITING), [1, 2])
    arn = run_of(cloud, execution)
    until(lambda: client.describe_map_run(mapRunArn=arn)["executionCounts"]["running"] == 2)
    client.stop_execution(executionArn=execution)
    until(lambda: client.describe_map_run(mapRunArn=arn)["executionCounts"]["aborted"] == 2)
    until(lambda: client.describe_map_run(mapRunArn=arn)["status"] == "ABORTED")


@pytest.mark.contract("A Map Run that is not there is ResourceNotFound", source=f"{API}/API_DescribeMapRun.html")
def test_unknown_run(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as failed:
        cloud.client("stepfunctions").describe_map_run(
            mapRunArn="arn:aws:states:eu-central-1:123456789012:mapRun:machine/label:nothing"
        )
    assert failed.value.response["Error"]["Code"] == "ResourceNotFound"


@pytest.mark.contract("The history of the parent has the Map Run's start and end", source=MAP)
def test_history(cloud: RunningCloud) -> None:
    _, history = run_standard(cloud, machine_of({"Map": distributed()}), ["a"])
    assert [event["type"] for event in history[1:]] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    assert history[2]["mapStateStartedEventDetails"] == {"length": 1}
    assert ":mapRun:" in history[3]["mapRunStartedEventDetails"]["mapRunArn"]
