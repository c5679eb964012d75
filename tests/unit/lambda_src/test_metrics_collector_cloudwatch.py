"""CloudWatch's answers as its documents and its service model have them, through boto3's own client.

Sources:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    https://docs.aws.amazon.com/boto3/latest/guide/retries.html
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.stub import ANY, Stubber
from collector.collect import collect
from collector.datapoints import BATCH, PAGE, Datapoint, fetch, kept
from collector.errors import CollectionIncomplete, CollectorError, Throttled
from collector.series import Series
from collector.settings import Query

from unit.lambda_src import collector_cases as cases
from unit.lambda_src.test_handlers import load

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
END = START + timedelta(minutes=15)
CPU = Query("AWS/EC2", "CPUUtilization", "Average", "Percent")


def series(count: int) -> list[Series]:
    return [Series(CPU, host, {"InstanceId": host}) for host in cases.host_ids(count)]


def answer(number: int, minutes: Sequence[int] = (0, 5, 10), status: str = "Complete", **more: Any) -> dict[str, Any]:
    """One series' part of an answer: its values are its number."""
    times = [START + timedelta(minutes=one) for one in minutes]
    values = [float(number)] * len(times)
    return {"Id": f"m{number}", "Label": "x", "Timestamps": times, "Values": values, "StatusCode": status, **more}


@pytest.fixture
def cloudwatch(aws: None) -> Iterator[Stubber]:
    """boto3's client, which checks requests and answers against the service's model."""
    with Stubber(boto3.client("cloudwatch")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def pages(stub: Stubber, *answers: dict[str, Any]) -> None:
    """What is answered, one request after the other; each asks for what follows the one before."""
    token = None
    for one in answers:
        expected = {
            "MetricDataQueries": ANY,
            "StartTime": START,
            "EndTime": END,
            "ScanBy": "TimestampAscending",
            "MaxDatapoints": PAGE,
        }
        stub.add_response("get_metric_data", one, {**expected, **({"NextToken": token} if token else {})})
        token = one.get("NextToken")


def fetched(stub: Stubber, count: int) -> list[Datapoint]:
    return list(fetch(stub.client, series(count), 300, START, END))


def test_a_request_is_what_the_service_takes_and_no_larger_than_its_quotas(cloudwatch: Stubber) -> None:
    assert (BATCH, PAGE <= 100_800) == (500, True)
    for numbers in (range(500), range(500), range(1)):
        pages(cloudwatch, {"MetricDataResults": [answer(number) for number in numbers]})
    assert len(fetched(cloudwatch, 1001)) == 3 * 1001


def test_data_that_is_partial_goes_on_behind_the_token(cloudwatch: Stubber) -> None:
    pages(
        cloudwatch,
        {"MetricDataResults": [answer(0), answer(1, [0], "PartialData")], "NextToken": "a"},
        {"MetricDataResults": [answer(1, [5], "PartialData")], "NextToken": "b"},
        {"MetricDataResults": [], "NextToken": "c"},
        {"MetricDataResults": [answer(1, [10])]},
    )
    found = fetched(cloudwatch, 2)
    assert [(one.series.host, one.start) for one in found] == [
        (host, START + timedelta(minutes=minute)) for host in cases.host_ids(2) for minute in (0, 5, 10)
    ]


def test_an_error_of_a_series_is_made_good_behind_the_token(cloudwatch: Stubber) -> None:
    pages(
        cloudwatch,
        {"MetricDataResults": [answer(0, [], "InternalError")], "NextToken": "a"},
        {"MetricDataResults": [answer(0)]},
    )
    assert len(fetched(cloudwatch, 1)) == 3


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_a_series_that_stays_incomplete_is_named_with_what_cloudwatch_says_of_it(
    cloudwatch: Stubber, status: str
) -> None:
    messages = [{"Code": "Reason", "Value": "Ask again"}]
    pages(cloudwatch, {"MetricDataResults": [answer(0), answer(1, [0], status, Messages=messages)]})
    with pytest.raises(CollectionIncomplete) as raised:
        fetched(cloudwatch, 2)
    assert str(raised.value) == f"CPUUtilization of {cases.host_ids(2)[1]}: {status} (Reason: Ask again)"


def test_a_message_about_a_series_that_is_complete_is_no_failure(cloudwatch: Stubber) -> None:
    pages(cloudwatch, {"MetricDataResults": [answer(0, Messages=[{"Code": "Info", "Value": "Sampled"}])]})
    assert len(fetched(cloudwatch, 1)) == 3


def test_a_message_about_the_whole_request_means_that_not_all_of_it_was_done(cloudwatch: Stubber) -> None:
    message = {"Code": "MaxMetricsExceeded", "Value": "Maximum number of allowed metrics exceeded"}
    pages(cloudwatch, {"MetricDataResults": [answer(0)], "Messages": [message]})
    with pytest.raises(CollectionIncomplete, match=r"^MaxMetricsExceeded: Maximum number of allowed metrics exceeded$"):
        fetched(cloudwatch, 1)


def test_a_token_that_is_no_longer_good_fails_the_collection(cloudwatch: Stubber) -> None:
    pages(cloudwatch, {"MetricDataResults": [answer(0, [0], "PartialData")], "NextToken": "a"})
    cloudwatch.add_client_error("get_metric_data", "InvalidNextToken", "The token is not valid", http_status_code=400)
    with pytest.raises(CollectorError, match="The token is not valid"):
        fetched(cloudwatch, 1)


def test_a_series_without_datapoints_is_complete_and_empty(cloudwatch: Stubber) -> None:
    pages(cloudwatch, {"MetricDataResults": [answer(0, [])]})
    assert fetched(cloudwatch, 1) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e101, -(2.0**360)])
def test_a_value_that_nobody_could_read_again_is_left_out(cloudwatch: Stubber, value: float) -> None:
    one = answer(0, [0, 5])
    pages(cloudwatch, {"MetricDataResults": [{**one, "Values": [value, 1.0]}]})
    assert [point.value for point in fetched(cloudwatch, 1)] == [1.0]


def test_what_cloudwatch_rounded_down_to_before_the_window_is_left_out(cloudwatch: Stubber) -> None:
    pages(cloudwatch, {"MetricDataResults": [answer(0, [-5, 0])]})
    assert [point.start for point in fetched(cloudwatch, 1)] == [START]


@pytest.mark.parametrize(("period", "days"), [(60, 15), (240, 15), (300, 63), (1800, 63), (3600, 455), (86_400, 455)])
def test_datapoints_are_kept_the_longer_the_longer_their_period_is(period: int, days: int) -> None:
    assert kept(period) == timedelta(days=days)


class Wire:
    """What comes back for each request of the function's own clients, in place of the network; nobody waits.

    `pauses` are the seconds before a request is sent again; `limited` counts those that the client's own limit of its
    rate holds back, which it has from the first throttling on.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.asked: list[str] = []
        self.pauses: list[float] = []
        self.limited = 0
        monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=self.pauses.append))
        monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", self._acquire)

    def _acquire(self, *_: Any, **__: Any) -> bool:
        self.limited += 1
        return True

    def connect(self, client: Any) -> None:
        client.meta.events.register_first("before-send", self._answer)

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rsplit(".", 1)[-1]
        self.asked.append(operation)
        kept_back = self.answers[operation]
        status, body = kept_back.pop(0) if len(kept_back) > 1 else kept_back[0]
        return AWSResponse(request.url, status, {}, _Body(json.dumps(body).encode()))


class _Body:
    """As much of urllib3's response as botocore reads."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


THROTTLED = (400, {"__type": "com.amazonaws.cloudwatch#Throttling", "message": "Rate exceeded"})
DONE = (200, {"MetricDataResults": [{"Id": "m0", "StatusCode": "Complete", "Timestamps": [], "Values": []}]})


@pytest.fixture
def function(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """The clients as the function makes them."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Headend")
    yield load("metrics_collector")._clients
    sys.modules.pop("metrics_collector_handler", None)


@pytest.fixture
def wire(function: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> tuple[Wire, Any]:
    clients = function()
    assert clients.cloudwatch.meta.config.retries["mode"] == "adaptive"
    wire = Wire(monkeypatch)
    wire.connect(clients.cloudwatch)
    return wire, clients.cloudwatch


def test_a_request_that_is_throttled_is_sent_again_later_and_the_following_ones_slow_down(
    wire: tuple[Wire, Any],
) -> None:
    network, client = wire
    network.answers["GetMetricData"] = [THROTTLED, THROTTLED, DONE]
    assert list(fetch(client, series(1), 300, START, END)) == []
    assert network.asked == ["GetMetricData"] * 3
    assert (len(network.pauses), network.limited) == (2, 2)


def test_a_request_that_stays_throttled_has_a_name_that_the_workflow_can_match(wire: tuple[Wire, Any]) -> None:
    network, client = wire
    network.answers["GetMetricData"] = [THROTTLED]
    with pytest.raises(Throttled, match="Rate exceeded"):
        list(fetch(client, series(1), 300, START, END))
    assert network.asked == ["GetMetricData"] * 5


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_service_that_fails_is_asked_again(wire: tuple[Wire, Any], status: int) -> None:
    network, client = wire
    network.answers["GetMetricData"] = [(status, {"__type": "InternalServiceFault"}), DONE]
    assert list(fetch(client, series(1), 300, START, END)) == []
    assert network.asked == ["GetMetricData"] * 2


def test_what_cloudwatch_refuses_is_not_asked_again(wire: tuple[Wire, Any]) -> None:
    network, client = wire
    network.answers["ListMetrics"] = [(400, {"__type": "InvalidParameterValue", "message": "Namespace"})]
    clients = cases.Clients(client, cases.Hosts(1), cases.Bucket())
    with pytest.raises(CollectorError, match="Namespace"):
        collect(cases.payload("memory"), clients, cases.BUCKET)
    assert network.asked == ["ListMetrics"]


def test_an_answer_that_is_not_complete_leaves_no_list_of_objects(cloudwatch: Stubber) -> None:
    """The processor and the analysis go by the list: a run that broke off has none."""
    bucket = cases.Bucket()
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": [answer(0, [], "InternalError")]})
    with pytest.raises(CollectionIncomplete):
        collect(cases.payload(), cases.Clients(cloudwatch.client, cases.Hosts(1), bucket), cases.BUCKET)
    assert bucket.objects == {}
