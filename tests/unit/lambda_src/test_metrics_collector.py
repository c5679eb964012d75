"""The collector: which hosts and series it asks for, what it writes, and what it does not accept."""

import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from collector import collect as collecting
from collector.collect import collect
from collector.datapoints import Datapoint
from collector.errors import CollectionIncomplete, CollectorError, InvalidRequest, Throttled
from collector.objects import ObjectWriter
from collector.series import Series
from collector.settings import parse
from hypothesis import given
from hypothesis import strategies as st

from unit.lambda_src import collector_cases as cases
from unit.lambda_src.collector_cases import BUCKET, CloudWatch, clients, config, host_ids, payload, published
from unit.lambda_src.test_handlers import Context, load


def manifest(aws: Any, metric_type: str = "cpu") -> dict[str, Any]:
    return dict(json.loads(aws.s3.objects[f"runs/run-1/{metric_type}.json"]))


def datapoints(aws: Any, metric_type: str = "cpu") -> list[dict[str, Any]]:
    """The datapoints of a run's objects, after a look at each object's last line."""
    found = []
    for key in manifest(aws, metric_type)["objects"]:
        *lines, last = aws.s3.lines(key)
        assert last == {"end": True, "lines": len(lines)}
        found += lines
    return found


def test_a_type_is_collected_for_each_host_over_the_window_before_the_run() -> None:
    aws = clients(CloudWatch(published(3)))
    result = collect(payload(), aws, BUCKET)
    assert result == {
        "metric_type": "cpu",
        "status": "collected",
        "hosts": 3,
        "datapoints": 108,
        "objects": 1,
        "manifest": "runs/run-1/cpu.json",
        "silent": 0,
        "silent_hosts": [],
    }
    found = datapoints(aws)
    assert {line["host"] for line in found} == set(host_ids(3))
    assert (found[0]["timestamp"], found[-1]["timestamp"]) == ("2026-11-21T08:50:00Z", "2026-11-21T11:45:00Z")
    assert found[0] == {
        "run_id": "run-1",
        "metric_type": "cpu",
        "metric": "CPUUtilization",
        "namespace": "AWS/EC2",
        "host": host_ids(1)[0],
        "statistic": "Average",
        "unit": "Percent",
        "timestamp": "2026-11-21T08:50:00Z",
        "value": 0.0,
        "dimensions": {"InstanceId": host_ids(1)[0]},
    }
    assert manifest(aws)["objects"] == ["raw/metric_type=cpu/date=2026-11-21/run-1-0001.json"]


def test_hosts_are_instances_that_run_and_carry_every_tag() -> None:
    aws = clients(CloudWatch(published(3)))
    collect(payload(config=config(hosts={"Role": ["encoder", "gateway"], "Live": ["yes"]})), aws, BUCKET)
    assert aws.ec2.filters == [
        {"Name": "instance-state-name", "Values": ["running"]},
        {"Name": "tag:Live", "Values": ["yes"]},
        {"Name": "tag:Role", "Values": ["encoder", "gateway"]},
    ]


def test_without_a_tag_no_instance_is_a_host() -> None:
    aws = clients(CloudWatch(published(3)))
    result = collect(payload(config=config(hosts={})), aws, BUCKET)
    assert (result["hosts"], result["objects"], aws.ec2.calls, aws.cloudwatch.calls) == (0, 0, 0, [])
    assert manifest(aws)["objects"] == []


def test_a_series_of_the_agent_is_found_whatever_dimensions_its_configuration_adds() -> None:
    aws = clients(CloudWatch(published(3)))
    assert collect(payload("memory"), aws, BUCKET)["datapoints"] == 108
    assert datapoints(aws, "memory")[0]["dimensions"] == {
        "ImageId": "ami-1",
        "InstanceId": host_ids(1)[0],
        "InstanceType": "c7g.large",
    }


def test_of_a_disk_only_the_path_that_is_configured_counts() -> None:
    aws = clients(CloudWatch(published(3)))
    assert collect(payload("disk"), aws, BUCKET)["datapoints"] == 108
    assert {line["dimensions"]["path"] for line in datapoints(aws, "disk")} == {"/"}


def test_of_an_aggregate_and_its_parts_the_aggregate_is_taken() -> None:
    series = published(1)["CWAgent", "mem_used_percent"]
    both = {("CWAgent", "mem_used_percent"): [*series, {"InstanceId": host_ids(1)[0]}]}
    aws = clients(CloudWatch(both), 1)
    assert collect(payload("memory"), aws, BUCKET)["datapoints"] == 36
    assert datapoints(aws, "memory")[0]["dimensions"] == {"InstanceId": host_ids(1)[0]}


@pytest.mark.parametrize(
    ("seconds", "delay", "recently"),
    [(3600, 600, "PT3H"), (10800, 600, "PT3H"), (10800, 3600, "PT3H"), (10800, 3900, None), (21600, 600, None)],
)
def test_a_series_that_the_agent_no_longer_publishes_is_left_out_where_cloudwatch_can_tell(
    seconds: int, delay: int, recently: str | None
) -> None:
    aws = clients(CloudWatch(published(3)))
    collect(payload("memory", config=config(window_seconds=seconds, delay_seconds=delay)), aws, BUCKET)
    assert aws.cloudwatch.recently == recently


def test_series_of_others_are_not_read() -> None:
    aws = clients(CloudWatch(published(5)), 2)
    assert collect(payload("memory"), aws, BUCKET)["datapoints"] == 72


def test_a_flow_is_asked_for_by_its_arn_and_needs_no_instances() -> None:
    aws = clients(CloudWatch(published(3)))
    result = collect(payload("flows"), aws, BUCKET)
    assert (result["hosts"], result["datapoints"], aws.ec2.calls) == (1, 36, 0)
    assert datapoints(aws, "flows")[0]["host"] == cases.FLOW_ARN


def test_a_type_with_two_metrics_has_both() -> None:
    aws = clients(CloudWatch(published(3)))
    assert collect(payload("network"), aws, BUCKET)["datapoints"] == 216
    assert {line["metric"] for line in datapoints(aws, "network")} == {"NetworkIn", "NetworkOut"}


def test_hosts_without_data_are_named() -> None:
    aws = clients(CloudWatch(published(2)), 30)
    result = collect(payload(), aws, BUCKET)
    assert (result["hosts"], result["silent"]) == (30, 28)
    assert result["silent_hosts"] == host_ids(30)[2:12]
    assert manifest(aws)["silent_hosts"] == host_ids(30)[2:]


def test_a_thousand_hosts_are_asked_for_500_series_at_a_time() -> None:
    aws = clients(CloudWatch(published(1000)), 1000)
    result = collect(payload("network"), aws, BUCKET)
    assert aws.cloudwatch.queries == [500, 500, 500, 500]
    assert (result["hosts"], result["datapoints"], result["silent"]) == (1000, 72_000, 0)
    assert len(json.dumps(result)) < 1000
    assert all(len(content) < 5_001_000 for content in aws.s3.objects.values())
    assert len(manifest(aws, "network")["objects"]) == result["objects"] > 1


def test_what_a_run_names_is_found_over_pages_of_a_thousand_hosts() -> None:
    aws = clients(CloudWatch(published(2300)), 2300)
    result = collect(payload("disk"), aws, BUCKET)
    assert (aws.ec2.calls, aws.cloudwatch.calls.count("ListMetrics")) == (3, 5)
    assert (result["hosts"], result["silent"]) == (2300, 0)


@pytest.mark.parametrize("page", [1, 7, 36, 100])
def test_an_answer_in_pages_is_read_to_its_end(page: int) -> None:
    aws = clients(CloudWatch(published(3), page))
    assert collect(payload(), aws, BUCKET)["datapoints"] == 108
    assert len({(line["host"], line["timestamp"]) for line in datapoints(aws)}) == 108


def test_a_datapoint_lies_under_its_own_day() -> None:
    aws = clients(CloudWatch(published(3)))
    collect(payload(started="2026-11-22T01:10:00Z"), aws, BUCKET)
    assert manifest(aws)["objects"] == [
        "raw/metric_type=cpu/date=2026-11-21/run-1-0001.json",
        "raw/metric_type=cpu/date=2026-11-22/run-1-0002.json",
    ]
    for key in manifest(aws)["objects"]:
        assert {line["timestamp"][:10] for line in aws.s3.lines(key)[:-1]} == {key.split("date=")[1][:10]}


def test_an_object_that_is_full_is_written_and_the_next_one_begun() -> None:
    aws = clients(CloudWatch(published(3)))
    writer = ObjectWriter(aws.s3, BUCKET, "run-1", "cpu", max_bytes=700)
    settings = parse(config())
    [query] = settings.types["cpu"]
    for minute in range(10):
        writer.add(
            Datapoint(Series(query, "i-1", {"InstanceId": "i-1"}), cases.STARTED + timedelta(minutes=minute), 1.5)
        )
    assert len(writer.keys) == 2
    writer.close()
    assert [len(aws.s3.lines(key)) - 1 for key in writer.keys] == [4, 4, 2]
    assert writer.lines == 10
    assert writer.bytes == sum(map(len, aws.s3.objects.values()))


def test_the_same_run_again_writes_the_same_objects() -> None:
    first, second = (clients(CloudWatch(published(3))) for _ in range(2))
    assert collect(payload("disk"), first, BUCKET) == collect(payload("disk"), second, BUCKET)
    assert first.s3.objects == second.s3.objects


@given(st.integers(1, 24), st.sampled_from([60, 300, 3600]), st.integers(0, 900), st.integers(0, 299))
def test_the_windows_of_regular_runs_adjoin(hours: int, period: int, delay: int, late: int) -> None:
    settings = parse(config(window_seconds=hours * 3600, period_seconds=period, delay_seconds=delay))
    runs = [cases.STARTED + timedelta(seconds=late, hours=hours * number) for number in range(3)]
    windows = [collecting.window(run, settings) for run in runs]
    assert all(one[1] == following[0] for one, following in pairwise(windows))
    for run, (start, end) in zip(runs, windows, strict=True):
        assert end - start == timedelta(hours=hours)
        assert start.timestamp() % period == end.timestamp() % period == 0
        assert timedelta() <= run - timedelta(seconds=delay) - end < timedelta(seconds=period)


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_an_answer_that_is_not_complete_is_no_collection(status: str) -> None:
    cloudwatch = CloudWatch(published(3))
    cloudwatch.status = status
    with pytest.raises(CollectionIncomplete, match=f"CPUUtilization of {host_ids(1)[0]}: {status}"):
        collect(payload(), clients(cloudwatch), BUCKET)


@pytest.mark.parametrize(("period", "days"), [(60, 15), (120, 15), (300, 63), (900, 63), (3600, 455), (7200, 455)])
def test_a_window_of_which_cloudwatch_has_datapoints_no_more_is_refused(period: int, days: int) -> None:
    """Otherwise every host would seem silent: a run that is taken up again has the start that it had."""
    aws = clients(CloudWatch(published(3)))
    last = cases.STARTED - timedelta(days=days) + timedelta(seconds=10_800 + 600 + period)
    request = payload(started=last.isoformat(), config=config(period_seconds=period, window_seconds=7200))
    assert collect(request, aws, BUCKET)["status"] == "collected"
    before = payload(started=(last - timedelta(hours=4)).isoformat(), config=request["config"])
    with pytest.raises(InvalidRequest, match=f"keeps datapoints of {period} s for {days} days"):
        collect(before, aws, BUCKET)


def test_without_a_type_all_are_collected() -> None:
    first, second = (clients(CloudWatch(published(3))) for _ in range(2))
    request = payload("all")
    result = collect(request, first, BUCKET)
    assert [one["metric_type"] for one in result["results"]] == sorted(cases.TYPES)
    del request["metric_type"]
    assert collect(request, second, BUCKET) == result
    assert first.s3.objects == second.s3.objects


def test_all_is_what_each_type_is_by_itself() -> None:
    whole, parts = (clients(CloudWatch(published(3))) for _ in range(2))
    result = collect(payload("all"), whole, BUCKET)
    assert result["results"] == [collect(payload(name), parts, BUCKET) for name in sorted(cases.TYPES)]
    assert whole.s3.objects == parts.s3.objects


def test_a_run_of_which_nothing_is_collected_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = clients(CloudWatch(published(3)))
    slower = ClientError({"Error": {"Code": "Throttling", "Message": "slower"}}, "GetMetricData")
    monkeypatch.setattr(aws.cloudwatch, "get_metric_data", _failing(slower))
    monkeypatch.setattr(aws.cloudwatch, "list_metrics", _failing(slower))
    result = collect(payload("all"), aws, BUCKET)
    assert (result["status"], {one["error"] for one in result["results"]}) == ("failed", {"Throttled"})


def test_what_cloudwatch_says_of_the_whole_answer_is_passed_on() -> None:
    cloudwatch = CloudWatch(published(3))
    cloudwatch.messages = [{"Code": "MaxMetricsExceeded", "Value": "The maximum number of metrics is exceeded"}]
    with pytest.raises(CollectionIncomplete, match="MaxMetricsExceeded: The maximum"):
        collect(payload(), clients(cloudwatch), BUCKET)


def test_a_series_that_is_missing_from_the_answer_is_no_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudwatch = CloudWatch(published(3))
    monkeypatch.setattr(cloudwatch, "get_metric_data", lambda **request: {"MetricDataResults": []})
    with pytest.raises(CollectionIncomplete, match="missing from the answer"):
        collect(payload(), clients(cloudwatch), BUCKET)


def test_a_token_that_comes_twice_ends_the_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudwatch = CloudWatch(published(3))
    monkeypatch.setattr(cloudwatch, "list_metrics", lambda **request: {"Metrics": [], "NextToken": "again"})
    with pytest.raises(CollectorError, match="the same NextToken came twice"):
        collect(payload("memory"), clients(cloudwatch), BUCKET)


def _failing(error: Exception) -> Any:
    def fail(**request: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("code", ["Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown"])
def test_throttling_has_a_name_of_its_own(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = clients(CloudWatch(published(3)))
    error = ClientError({"Error": {"Code": code, "Message": "slower"}}, "DescribeInstances")
    monkeypatch.setattr(aws.ec2, "describe_instances", _failing(error))
    with pytest.raises(Throttled, match="slower"):
        collect(payload(), aws, BUCKET)


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, "PutObject"),
        EndpointConnectionError(endpoint_url="https://s3"),
    ],
)
def test_any_other_failure_says_what_it_was(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = clients(CloudWatch(published(3)))
    monkeypatch.setattr(aws.s3, "put_object", _failing(error))
    with pytest.raises(CollectorError, match=r"not allowed|https://s3"):
        collect(payload(), aws, BUCKET)


def test_all_types_are_collected_one_after_the_other_and_one_failure_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aws = clients(CloudWatch(published(3)))
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListMetrics")
    monkeypatch.setattr(aws.cloudwatch, "list_metrics", _failing(denied))
    result = collect(payload("all"), aws, BUCKET)
    assert result["status"] == "collected"
    said = {one["metric_type"]: one["status"] for one in result["results"]}
    assert said == {
        "cpu": "collected",
        "disk": "failed",
        "flows": "collected",
        "memory": "failed",
        "network": "collected",
    }
    failed = next(one for one in result["results"] if one["metric_type"] == "disk")
    assert failed["error"] == "CollectorError"
    assert "AccessDenied" in failed["cause"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"run_id": "../secret"}, "run_id"),
        ({"run_id": ""}, "run_id"),
        ({"run_id": None}, "run_id"),
        ({"metric_type": "gpu"}, "'gpu' is none of: cpu, disk, flows, memory, network, all"),
        ({"metric_type": None}, "metric_type"),
        ({"started": "yesterday"}, "no time by ISO 8601"),
        ({"started": "2026-11-21T12:00:00"}, "no time zone"),
        ({"started": "0001-01-01T00:00:00Z"}, "that can be used"),
        ({"started": "9999-12-31T23:59:59-12:00"}, "that can be used"),
        ({"config": None}, "passes it as text"),
        ({"config": "{"}, "no JSON"),
        ({"config": config(period_seconds=61)}, "not valid"),
        ({"config": config(period_seconds=420)}, "no multiple"),
        ({"config": config(metric_types={})}, "not valid"),
        ({"config": config(metric_types={"all": {"queries": [cases.CPU]}})}, "not valid"),
        ({"config": config(metric_types={"a/b": {"queries": [cases.CPU]}})}, "not valid"),
        ({"config": config(metric_types={"cpu": {"queries": [{**cases.CPU, "statistic": "p99"}]}})}, "not valid"),
        ({"config": config(metric_types={"cpu": {"queries": [{**cases.CPU, "statistc": "Sum"}]}})}, "not valid"),
        ({"config": config(hosts={"Role": []})}, "not valid"),
    ],
)
def test_a_request_that_is_wrong_is_refused_before_anything_is_read(changes: dict[str, Any], said: str) -> None:
    aws = clients(CloudWatch(published(3)))
    with pytest.raises(InvalidRequest, match=said):
        collect(payload(**changes), aws, BUCKET)
    assert (aws.ec2.calls, aws.cloudwatch.calls, aws.s3.objects) == (0, [], {})


@given(
    st.dictionaries(
        st.sampled_from(["run_id", "metric_type", "config", "started"]), st.text() | st.none() | st.integers()
    )
)
def test_whatever_comes_is_collected_or_refused(changes: dict[str, Any]) -> None:
    aws = clients(CloudWatch(published(1)), 1)
    try:
        assert collect(payload(**changes), aws, BUCKET)["status"] == "collected"
    except InvalidRequest:
        assert aws.s3.objects == {}


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch, aws: None) -> Any:
    """The function in an account with one encoder that runs, one that does not, and a bystander."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Headend")
    monkeypatch.setenv("BUCKET_NAME", BUCKET)
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    ec2 = boto3.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]

    def start(role: str) -> str:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": role}]}]
        [one] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags)["Instances"]
        return str(one["InstanceId"])

    running, stopped, bystander = start("encoder"), start("encoder"), start("office")
    ec2.stop_instances(InstanceIds=[stopped])
    cloudwatch = boto3.client("cloudwatch")
    for host in (running, stopped, bystander):
        cloudwatch.put_metric_data(
            Namespace="AWS/EC2",
            MetricData=[
                {
                    "MetricName": "CPUUtilization",
                    "Dimensions": [{"Name": "InstanceId", "Value": host}],
                    "Timestamp": datetime.now(UTC) - timedelta(minutes=30),
                    "Value": 42.0,
                    "Unit": "Percent",
                }
            ],
        )
    yield load("metrics_collector"), running
    sys.modules.pop("metrics_collector_handler", None)


def test_the_function_collects_from_aws(function: Any) -> None:
    module, running = function
    result = module.handler(payload(started=datetime.now(UTC).isoformat()), Context())
    assert (result["hosts"], result["datapoints"]) == (1, 1)
    s3 = boto3.client("s3")
    [key] = json.loads(s3.get_object(Bucket=BUCKET, Key=result["manifest"])["Body"].read())["objects"]
    line, end = map(json.loads, s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().splitlines())
    assert (line["host"], line["value"], end) == (running, 42.0, {"end": True, "lines": 1})


def test_the_function_raises_what_the_workflow_can_match(function: Any) -> None:
    module, _ = function
    with pytest.raises(InvalidRequest):
        module.handler({}, Context())


def test_an_error_of_the_function_itself_is_raised_as_one_that_people_are_told(
    function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _ = function
    monkeypatch.setattr(module, "collect", lambda *_: {}["no"])
    with pytest.raises(CollectorError, match="KeyError: 'no'"):
        module.handler(payload(), Context())
