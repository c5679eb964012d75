"""Metric math gives what CloudWatch documents, through PutMetricData and GetMetricData."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud_metrics import Points, ask, publish, query, shown
from running_cloud import RunningCloud

PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"
SEARCH_PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html"
NAMESPACE = "Contract/Math"
SERIES: dict[str, Points] = {
    "a": [1, 2, None, 4, None],
    "b": [10, 0, 5, None, None],
    "up": [2, 4, 8, 16, 32],
    "gap": [None, 3, None, 9, None],
    "on": [1, 1, 0, 0, None],
    "yes": [40, None, 0, 0, 40],
    "no": [0, 0, 25, None, 25],
    "left": [30, 20, 0, 0, None],
    "right": [20, None, 20, None, None],
    "minus": [-1.5, 2.5, -3, 0, None],
}
COUNT = 5


@pytest.fixture(scope="module")
def start(cloud: RunningCloud) -> float:
    """The first of five minutes in which the metrics of SERIES have samples."""
    first = time.time() // 3600 * 3600 - 7200
    for name, points in SERIES.items():
        publish(cloud, NAMESPACE, name, first, points)
    return first


def compute(cloud: RunningCloud, start: float, expression: str, *names: str) -> Any:
    queries = [query(name, NAMESPACE, name) for name in names or SERIES]
    return ask(cloud, [*queries, {"Id": "e1", "Expression": expression}], start, COUNT)


def single(cloud: RunningCloud, start: float, expression: str, *names: str) -> list[float | None]:
    [result] = compute(cloud, start, expression, *names)
    return shown(result, start, COUNT)


def close(found: Sequence[float | None], wanted: Points) -> bool:
    pairs = list(zip(found, wanted, strict=True))
    return all((one is None) == (other is None) for one, other in pairs) and all(
        one == pytest.approx(other) for one, other in pairs if one is not None
    )


@pytest.mark.contract("Arithmetic counts a missing value as 0 and drops a division by zero", source=PAGE)
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param("a + b", [11, 2, 5, 4, None], id="sum of two series"),
        pytest.param("a - b", [-9, 2, -5, 4, None], id="difference"),
        pytest.param("a * b", [10, 0, 0, 0, None], id="product"),
        pytest.param("a / b", [0.1, None, 0, None, None], id="division by zero and by nothing"),
        pytest.param("up ^ 2", [4, 16, 64, 256, 1024], id="power"),
        pytest.param("-a", [-1, -2, None, -4, None], id="negation"),
        pytest.param("5 * a", [5, 10, None, 20, None], id="a number and a series keep the gaps"),
        pytest.param("100 / a", [100, 50, None, 25, None], id="a number over a series"),
        pytest.param("a + 2 * 3 ^ 2", [19, 20, None, 22, None], id="precedence"),
        pytest.param("(a + 2) * 3", [9, 12, None, 18, None], id="parentheses"),
        pytest.param("a - 1 - 1", [-1, 0, None, 2, None], id="from left to right"),
        pytest.param("SUM(100 / [a, up])", [150, 75, 12.5, 31.25, 3.125], id="an array in an operation"),
        pytest.param("SUM(-[a, b])", [-11, -2, -5, -4, None], id="a negated array"),
        pytest.param("a * 1.5e1", [15, 30, None, 60, None], id="exponent notation"),
    ],
)
def test_arithmetic(cloud: RunningCloud, start: float, expression: str, wanted: Points) -> None:
    assert close(single(cloud, start, expression), wanted)


@pytest.mark.contract("Comparisons and logical operators give 1 or 0, a missing value counting as 0", source=PAGE)
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param("left < right", [0, 0, 1, 0, None], id="less, with missing values"),
        pytest.param("left >= 30", [1, 0, 0, 0, None], id="not less than a number"),
        pytest.param("left > 15 AND right > 15", [1, 0, 0, 0, None], id="AND"),
        pytest.param("left > 15 && right > 15", [1, 0, 0, 0, None], id="and as signs"),
        pytest.param("left > 15 OR right > 15", [1, 1, 1, 0, None], id="OR"),
        pytest.param("left > 15 || right > 15", [1, 1, 1, 0, None], id="or as signs"),
        pytest.param("left == 20", [0, 1, 0, 0, None], id="equal"),
        pytest.param("left != 20", [1, 0, 1, 1, None], id="not equal"),
        pytest.param("left <= 20", [0, 1, 1, 1, None], id="not more"),
        pytest.param("left > 15 OR right > 15 AND right < 5", [1, 1, 0, 0, None], id="AND binds tighter than OR"),
    ],
)
def test_comparisons(cloud: RunningCloud, start: float, expression: str, wanted: Points) -> None:
    assert close(single(cloud, start, expression), wanted)


@pytest.mark.contract("IF chooses for each datapoint of its condition", source=f"{PAGE}#using-IF-expressions")
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param("IF(on, yes, no)", [40, 0, 25, None, None], id="three series"),
        pytest.param("IF(on, 6, no)", [6, 6, 25, None, None], id="a number if true"),
        pytest.param("IF(on, yes, 6)", [40, 0, 6, 6, None], id="a number if false"),
        pytest.param("IF(on, 7, 6)", [7, 7, 6, 6, None], id="two numbers"),
        pytest.param("IF(on, yes)", [40, 0, None, None, None], id="nothing if false"),
        pytest.param("IF(up < 9, up)", [2, 4, 8, None, None], id="a comparison as a filter"),
        pytest.param("IF(up < 9, 10, 2)", [10, 10, 10, 2, 2], id="highs and lows"),
        pytest.param("IF(1 > 2, up, a)", [1, 2, None, 4, None], id="a scalar condition"),
        pytest.param("IF(2 > 1, up)", [2, 4, 8, 16, 32], id="a scalar condition without an alternative"),
        pytest.param("IF(minus, 1, 0)", [1, 1, 1, 0, None], id="negative numbers are true"),
    ],
)
def test_if(cloud: RunningCloud, start: float, expression: str, wanted: Points) -> None:
    assert close(single(cloud, start, expression), wanted)


@pytest.mark.contract(
    "FILL puts a number, a metric, the last value or a straight line where data is missing",
    source=PAGE,
    limits="What LINEAR and REPEAT do at the edges is not in AWS's text: there is nothing there to join or repeat.",
)
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param("FILL(gap, 7)", [7, 3, 7, 9, 7], id="a number"),
        pytest.param("FILL(gap, up)", [2, 3, 8, 9, 32], id="a metric"),
        pytest.param("FILL(gap, REPEAT)", [None, 3, 3, 9, 9], id="the last value"),
        pytest.param("FILL(gap, LINEAR)", [None, 3, 6, 9, None], id="a straight line"),
        pytest.param("FILL(gap, MIN(gap))", [3, 3, 3, 9, 3], id="a statistic"),
        pytest.param("FILL(nothing, 0)", [0, 0, 0, 0, 0], id="a number for a metric without data"),
        pytest.param("FILL(nothing, LINEAR)", [None] * 5, id="no line without data"),
        pytest.param("FILL(nothing, REPEAT)", [None] * 5, id="nothing to repeat without data"),
        pytest.param("SUM(FILL([a, b], 0))", [11, 2, 5, 4, 0], id="an array"),
        pytest.param("FILL(FILL(gap, REPEAT), 0)", [0, 3, 3, 9, 9], id="two fillers"),
    ],
)
def test_fill(cloud: RunningCloud, start: float, expression: str, wanted: Points) -> None:
    assert close(single(cloud, start, expression, *SERIES, "nothing"), wanted)


@pytest.mark.contract(
    "Functions of one series and of arrays give what their table says",
    source=PAGE,
    limits="AVG of one series is over the datapoints it has; SERVICE_QUOTA, LAMBDA and Metrics Insights are refused.",
)
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param("ABS(minus)", [1.5, 2.5, 3, 0, None], id="ABS"),
        pytest.param("CEIL(minus)", [-1, 3, -3, 0, None], id="CEIL"),
        pytest.param("FLOOR(minus)", [-2, 2, -3, 0, None], id="FLOOR"),
        pytest.param("LOG(up) / LOG(up)", [1, 1, 1, 1, 1], id="LOG"),
        pytest.param("LOG10(up * 5)", [1, 1.30103, 1.60206, 1.90309, 2.20412], id="LOG10"),
        pytest.param("DIFF(a)", [None, 1, None, 2, None], id="DIFF over a gap"),
        pytest.param("DIFF_TIME(a)", [None, 60, None, 120, None], id="DIFF_TIME over a gap"),
        pytest.param("RATE(a)", [None, 1 / 60, None, 2 / 120, None], id="RATE over a gap"),
        pytest.param("RUNNING_SUM(a)", [1, 3, None, 7, None], id="RUNNING_SUM"),
        pytest.param("up - MIN(up)", [0, 2, 6, 14, 30], id="MIN of a series"),
        pytest.param("MAX(up) / up", [16, 8, 4, 2, 1], id="MAX of a series"),
        pytest.param("up / AVG(a)", [6 / 7, 12 / 7, 24 / 7, 48 / 7, 96 / 7], id="AVG of a series"),
        pytest.param("up - SUM(a)", [-5, -3, 1, 9, 25], id="SUM of a series"),
        pytest.param("left * 0 + STDDEV(left)", [12.990381] * 4 + [None], id="STDDEV of a series"),
        pytest.param("SUM(a) / DATAPOINT_COUNT(a) + up * 0", [7 / 3] * 5, id="DATAPOINT_COUNT of a series"),
        pytest.param("SUM([a, b])", [11, 2, 5, 4, None], id="SUM of an array"),
        pytest.param("AVG([a, b])", [5.5, 1, 2.5, 2, None], id="AVG of an array counts what is missing as 0"),
        pytest.param("MIN([a, b])", [1, 0, 5, 4, None], id="MIN of an array"),
        pytest.param("MAX([a, b])", [10, 2, 5, 4, None], id="MAX of an array"),
        pytest.param("STDDEV([left, up])", [14, 8, 4, 8, 0], id="STDDEV of an array"),
        pytest.param("DATAPOINT_COUNT([a, b])", [2, 2, 1, 1, None], id="DATAPOINT_COUNT of an array"),
        pytest.param("up / METRIC_COUNT([a, b])", [1, 2, 4, 8, 16], id="METRIC_COUNT"),
        pytest.param("up / PERIOD(up) * 60", [2, 4, 8, 16, 32], id="PERIOD"),
        pytest.param("TIME_SERIES(MAX(a))", [4] * 5, id="TIME_SERIES"),
        pytest.param("FIRST(SORT([a, up, b], SUM, DESC))", [2, 4, 8, 16, 32], id="FIRST of a descending SORT"),
        pytest.param("LAST(SORT([a, up, b], MAX, DESC))", [1, 2, None, 4, None], id="LAST of a descending SORT"),
        pytest.param("FIRST(SORT([up, b, a], AVG, ASC))", [1, 2, None, 4, None], id="an ascending SORT"),
        pytest.param("SUM(SORT([up, b, a], MIN, DESC, 1))", [2, 4, 8, 16, 32], id="SORT with a limit"),
        pytest.param("SUM(SLICE([a, up, b], 1))", [12, 4, 13, 16, 32], id="SLICE from an index"),
        pytest.param("SUM(SLICE([a, up, b], 0, 1))", [1, 2, None, 4, None], id="SLICE between two"),
        pytest.param("up * 0 + METRIC_COUNT(REMOVE_EMPTY([a, nothing]))", [1] * 5, id="REMOVE_EMPTY"),
    ],
)
def test_functions(cloud: RunningCloud, start: float, expression: str, wanted: Points) -> None:
    assert close(single(cloud, start, expression, *SERIES, "nothing"), wanted)


@pytest.mark.contract("METRICS() is every metric of the request, or those with a text in their id", source=PAGE)
@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param("SUM(METRICS())", [13, 6, 13, 20, 32], id="all"),
        pytest.param('SUM(METRICS("u"))', [2, 4, 8, 16, 32], id="by a part of the id"),
        pytest.param('SUM([METRICS("u"), METRICS("b")])', [12, 4, 13, 16, 32], id="several parts"),
        pytest.param("up / METRIC_COUNT(METRICS())", [2 / 3, 4 / 3, 8 / 3, 16 / 3, 32 / 3], id="counted"),
    ],
)
def test_metrics(cloud: RunningCloud, start: float, expression: str, wanted: Points) -> None:
    assert close(single(cloud, start, expression, "a", "b", "up"), wanted)


@pytest.mark.contract("Calendar functions give a value for every period of the range", source=PAGE)
@pytest.mark.parametrize(
    ("function", "part"),
    [
        ("MINUTE", lambda moment: moment.minute),
        ("HOUR", lambda moment: moment.hour),
        ("DAY", lambda moment: moment.isoweekday()),
        ("DATE", lambda moment: moment.day),
        ("MONTH", lambda moment: moment.month),
        ("YEAR", lambda moment: moment.year),
        ("EPOCH", lambda moment: moment.timestamp()),
    ],
)
def test_calendar(cloud: RunningCloud, start: float, function: str, part: Any) -> None:
    moments = [datetime.fromtimestamp(start + 60 * number, tz=UTC) for number in range(COUNT)]
    assert single(cloud, start, f"{function}(gap)") == [part(moment) for moment in moments]


@pytest.mark.contract("An expression that gives an array answers with one result for each series", source=PAGE)
def test_arrays_have_a_result_each(cloud: RunningCloud, start: float) -> None:
    found = compute(cloud, start, "FILL(METRICS(), 0)", "a", "b")
    assert [result["Id"] for result in found] == ["e1", "e1"]
    assert [result["Label"] for result in found] == ["a", "b"]
    named = [query(name, NAMESPACE, name) for name in ("a", "b")]
    expression = {"Id": "e1", "Expression": "FILL(METRICS(), 0)", "Label": "Filled with 0:"}
    labels = [result["Label"] for result in ask(cloud, [*named, expression], start, COUNT)]
    assert labels == ["Filled with 0: a", "Filled with 0: b"]


@pytest.mark.contract("An expression can be built on another, in any order", source=PAGE)
def test_expressions_refer_to_each_other(cloud: RunningCloud, start: float) -> None:
    queries = [
        {"Id": "e2", "Expression": "e1 + 1"},
        {"Id": "e1", "Expression": "up * 10", "ReturnData": False},
        query("up", NAMESPACE, "up"),
    ]
    [result] = ask(cloud, queries, start, COUNT)
    assert shown(result, start, COUNT) == [21, 41, 81, 161, 321]


@pytest.mark.contract(
    "What is no time series, or no function of metric math, is refused",
    source=PAGE,
    limits="AWS's words differ.",
)
@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("AVG(up)", id="a number"),
        pytest.param("3 * 4", id="arithmetic of numbers"),
        pytest.param("nobody", id="an unknown id"),
        pytest.param("sum(up)", id="a function in lower case"),
        pytest.param("MEDIAN(up)", id="an unknown function"),
        pytest.param("PERIOD(up * 2) * up", id="the period of an expression"),
        pytest.param("FILL(up, CUBIC)", id="an unknown filler"),
        pytest.param("IF(up)", id="too few arguments"),
        pytest.param("up +", id="an unfinished expression"),
        pytest.param("(up", id="an open parenthesis"),
        pytest.param("up $ 2", id="an unknown sign"),
        pytest.param("SORT([up, a], MEDIAN, ASC)", id="sorting by an unknown function"),
        pytest.param("INSIGHT_RULE_METRIC('rule', 'Sum')", id="Contributor Insights"),
    ],
)
def test_refusals(cloud: RunningCloud, start: float, expression: str) -> None:
    with pytest.raises(ClientError) as refused:
        compute(cloud, start, expression)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.contract("Expressions that refer to each other in a circle are refused", source=PAGE)
def test_circles(cloud: RunningCloud, start: float) -> None:
    queries = [{"Id": "e1", "Expression": "e2 + 1"}, {"Id": "e2", "Expression": "e1 + 1"}]
    with pytest.raises(ClientError, match="ValidationError"):
        ask(cloud, queries, start, COUNT)


FLEET = "Contract/Fleet"


@pytest.fixture(scope="module")
def fleet(cloud: RunningCloud) -> float:
    """Metrics to search for: (name, dimensions, value)."""
    first = time.time() // 3600 * 3600 - 7200
    data = [
        ("PacketsLost", {"Flow": "studio-a"}, 1),
        ("PacketsLost", {"Flow": "studio-b"}, 2),
        ("PacketsRecovered", {"Flow": "studio-a"}, 4),
        ("ConnectionErrors", {"Flow": "studio-a", "Output": "west"}, 8),
        ("Network-Errors_2", {"Gateway": "g1"}, 16),
    ]
    for name, dimensions, value in data:
        pairs = [{"Name": key, "Value": text} for key, text in dimensions.items()]
        datum = {"MetricName": name, "Timestamp": first, "Value": value, "Dimensions": pairs}
        cloud.client("cloudwatch").put_metric_data(Namespace=FLEET, MetricData=[datum])
    return first


@pytest.mark.contract("SEARCH finds metrics by schema, by parts of their names and by exact text", source=SEARCH_PAGE)
@pytest.mark.parametrize(
    ("search", "total"),
    [
        pytest.param('{Contract/Fleet,Flow} MetricName="PacketsLost"', 3, id="schema and property"),
        pytest.param("{Contract/Fleet,Flow} packets", 7, id="a part of a name in lower case"),
        pytest.param("{Contract/Fleet,Flow}", 7, id="schema alone"),
        pytest.param("{Contract/Fleet,Flow,Output}", 8, id="a schema with two dimensions"),
        pytest.param('{Contract/Fleet,Flow} "studio-b"', 2, id="the exact value of a dimension"),
        pytest.param("{Contract/Fleet,Flow} packets NOT recovered", 3, id="NOT"),
        pytest.param("Namespace=Fleet (lost OR recovered)", 7, id="OR in parentheses"),
        pytest.param('Namespace="Contract/Fleet" AND Flow="studio-a" AND lost', 1, id="AND"),
        pytest.param("{Contract/Fleet} network/errors", 16, id="delimiters in a term"),
        pytest.param("{Contract/Fleet} PacketsLost", 3, id="parts in a row"),
        pytest.param('{Contract/Fleet} "Network-Errors_2"', 16, id="exact match with special characters"),
    ],
)
def test_search(cloud: RunningCloud, fleet: float, search: str, total: float) -> None:
    [result] = ask(cloud, [{"Id": "e1", "Expression": f"SUM(SEARCH('{search}', 'Sum'))", "Period": 60}], fleet, 1)
    assert result["Values"] == [total]


@pytest.mark.contract(
    "SEARCH does not find other cases of parts in a row, nor parts of an exact text", source=SEARCH_PAGE
)
@pytest.mark.parametrize(
    "search",
    [
        pytest.param("{Contract/Fleet} packetslost7", id="another name"),
        pytest.param('{Contract/Fleet} "Packets"', id="a part as an exact text"),
        pytest.param('{Contract/Fleet} "packetslost"', id="an exact text in another case"),
        pytest.param('{Contract/Fleet} "Network_Errors_2"', id="other special characters in an exact text"),
        pytest.param("{Contract/Fleet,Output} errors", id="a schema that lacks a dimension"),
    ],
)
def test_search_misses(cloud: RunningCloud, fleet: float, search: str) -> None:
    assert ask(cloud, [{"Id": "e1", "Expression": f"SEARCH('{search}', 'Sum')", "Period": 60}], fleet, 1) == []
