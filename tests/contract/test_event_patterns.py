"""EventBridge's event patterns, by TestEventPattern: what matches, what does not, and what is no pattern."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running_cloud import RunningCloud

OPERATORS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"
PATTERNS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
RULER = "https://github.com/aws/event-ruler/blob/main/README.md"

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "9e1c7c52-5a1f-4ad7-8f43-0d3a4c2b7f10",
    "detail-type": "Encoder State Change",
    "source": "studio.encoder",
    "account": "123456789012",
    "time": "2026-11-20T06:15:00Z",
    "region": "eu-central-1",
    "resources": ["arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a:north", "rack/7"],
    "detail": {
        "state": "Degraded",
        "empty": "",
        "nothing": None,
        "live": True,
        "loss": 12.5,
        "sources": 2,
        "big": 5000000000,
        "account": 123456789012,
        "host": "198.51.100.77",
        "host6": "2001:db8:0:0:0:0:0:17",
        "file": "clips/2026/north.mxf",
        "star": "a*b",
        "slash": "a\\b",
        "tags": ["live", "hd", None],
        "levels": [1, 2.0],
        "none": [],
        "void": {},
        "outputs": [{"name": "one", "up": True}, {"name": "two", "up": False}],
        "racks": [[{"slot": 1, "fan": "on"}, {"slot": 2, "fan": "off"}], [{"slot": 3, "fan": "on"}]],
        "dotted.name": "yes",
        "path": {"leaf": "deep"},
    },
}


def result(cloud: RunningCloud, pattern: Any, event: Any = None) -> bool:
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    got = cloud.client("events").test_event_pattern(
        EventPattern=text, Event=event if isinstance(event, str) else json.dumps(event or EVENT)
    )
    return bool(got["Result"])


def detail(**fields: Any) -> dict[str, Any]:
    return {"detail": fields}


def case(name: str, pattern: Any, wanted: bool) -> Any:
    return pytest.param(pattern, wanted, id=name)


@pytest.mark.contract(
    "Plain values match exactly: text by character, numbers by value, null and empty text apart",
    source=PATTERNS,
    limits="the user guide says that numbers compare as text; EventBridge itself compares values",
)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("one-of-several", {"source": ["studio.mixer", "studio.encoder"]}, True),
        case("none-of-several", {"source": ["studio.mixer", "studio"]}, False),
        case("every-field", {"source": ["studio.encoder"], "detail": {"state": ["Degraded"]}}, True),
        case("one-field-differs", {"source": ["studio.encoder"], "detail": {"state": ["Healthy"]}}, False),
        case("case-of-values", detail(state=["degraded"]), False),
        case("case-of-names", {"Source": ["studio.encoder"]}, False),
        case("null", detail(nothing=[None]), True),
        case("null-is-not-empty", detail(empty=[None]), False),
        case("empty", detail(empty=[""]), True),
        case("empty-is-not-null", detail(nothing=[""]), False),
        case("missing-is-not-null", detail(unknown=[None]), False),
        case("true", detail(live=[True]), True),
        case("true-is-not-text", detail(live=["true"]), False),
        case("true-is-not-one", detail(live=[1]), False),
        case("number", detail(sources=[2]), True),
        case("number-by-value", '{"detail": {"sources": [2.0]}}', True),
        case("number-in-powers", '{"detail": {"loss": [1.25e1]}}', True),
        case("number-is-not-text", detail(sources=["2"]), False),
        case("account-number", detail(account=[123456789012]), True),
        case("nested", detail(path={"leaf": ["deep"]}), True),
        case("nested-too-shallow", {"leaf": ["deep"]}, False),
        case("address-written-otherwise", detail(host6=["2001:db8::17"]), True),
    ],
)
def test_plain_values(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("Arrays match by any item, and fields of objects in an array by the same object", source=RULER)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("an-item", {"resources": ["rack/7"]}, True),
        case("no-item", {"resources": ["rack/8"]}, False),
        case("null-item", detail(tags=[None]), True),
        case("number-item", detail(levels=[{"numeric": [">", 1.5]}]), True),
        case("empty-array-has-no-null", detail(none=[None]), False),
        case("field-of-an-object", detail(outputs={"name": ["two"]}), True),
        case("fields-of-one-object", detail(outputs={"name": ["two"], "up": [False]}), True),
        case("fields-of-two-objects", detail(outputs={"name": ["two"], "up": [True]}), False),
        case("arrays-in-arrays", detail(racks={"slot": [2], "fan": ["off"]}), True),
        case("across-inner-arrays", detail(racks={"slot": [3], "fan": ["off"]}), False),
        case("beside-plain-items", {"resources": ["rack/7"], "detail": {"tags": ["hd"]}}, True),
    ],
)
def test_arrays(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("Prefix, suffix and ignoring case look at text only", source=OPERATORS)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("prefix", {"time": [{"prefix": "2026-11-"}]}, True),
        case("prefix-differs", {"time": [{"prefix": "2026-12-"}]}, False),
        case("prefix-heeds-case", detail(state=[{"prefix": "deg"}]), False),
        case("prefix-of-a-number", detail(sources=[{"prefix": "2"}]), False),
        case("prefix-empty", detail(state=[{"prefix": ""}]), True),
        case("prefix-ignoring-case", detail(state=[{"prefix": {"equals-ignore-case": "DEG"}}]), True),
        case("suffix", detail(file=[{"suffix": ".mxf"}]), True),
        case("suffix-differs", detail(file=[{"suffix": ".mov"}]), False),
        case("suffix-ignoring-case", detail(file=[{"suffix": {"equals-ignore-case": ".MXF"}}]), True),
        case("ignoring-case", detail(state=[{"equals-ignore-case": "dEGRADED"}]), True),
        case("ignoring-case-differs", detail(state=[{"equals-ignore-case": "degrade"}]), False),
        case("either-operator", detail(state=[{"prefix": "x"}, {"suffix": "ed"}]), True),
    ],
)
def test_prefixes_and_suffixes(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("A wildcard stands for any characters, and can be escaped", source=OPERATORS)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("inside", detail(file=[{"wildcard": "clips/*/north.mxf"}]), True),
        case("nothing-for-the-star", detail(file=[{"wildcard": "clips/2026/*north.mxf"}]), True),
        case("several", detail(file=[{"wildcard": "*2026*.mxf"}]), True),
        case("whole-text-only", detail(file=[{"wildcard": "clips/*"}]), True),
        case("not-the-whole-text", detail(file=[{"wildcard": "clips/*/nor"}]), False),
        case("heeds-case", detail(file=[{"wildcard": "Clips/*"}]), False),
        case("of-a-number", detail(sources=[{"wildcard": "*"}]), False),
        case("escaped-star", detail(star=[{"wildcard": "a\\*b"}]), True),
        case("escaped-star-only", detail(state=[{"wildcard": "D\\*d"}]), False),
        case("escaped-backslash", detail(slash=[{"wildcard": "a\\\\*"}]), True),
    ],
)
def test_wildcards(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("anything-but needs a value, of any kind, that is none of those named", source=OPERATORS)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("other-text", detail(state=[{"anything-but": "Healthy"}]), True),
        case("the-text", detail(state=[{"anything-but": "Degraded"}]), False),
        case("list-of-texts", detail(state=[{"anything-but": ["Healthy", "Degraded"]}]), False),
        case("number-by-value", '{"detail": {"loss": [{"anything-but": 12.50}]}}', False),
        case("list-of-numbers", detail(sources=[{"anything-but": [0, 1]}]), True),
        case("text-against-number", detail(sources=[{"anything-but": "2"}]), True),
        case("null-is-another-value", detail(nothing=[{"anything-but": "x"}]), True),
        case("missing-is-no-value", detail(unknown=[{"anything-but": "x"}]), False),
        case("prefix", detail(state=[{"anything-but": {"prefix": "Deg"}}]), False),
        case("prefix-list", detail(state=[{"anything-but": {"prefix": ["Hea", "Sta"]}}]), True),
        case("suffix", detail(file=[{"anything-but": {"suffix": ".mxf"}}]), False),
        case("suffix-list", detail(file=[{"anything-but": {"suffix": [".mov", ".ts"]}}]), True),
        case("ignoring-case", detail(state=[{"anything-but": {"equals-ignore-case": "DEGRADED"}}]), False),
        case("ignoring-case-list", detail(state=[{"anything-but": {"equals-ignore-case": ["A", "b"]}}]), True),
        case("wildcard", detail(file=[{"anything-but": {"wildcard": "clips/*"}}]), False),
        case("wildcard-list", detail(file=[{"anything-but": {"wildcard": ["*/raw/*", "*.mov"]}}]), True),
        case("an-item-of-an-array", detail(tags=[{"anything-but": ["live", "hd"]}]), True),
    ],
)
def test_anything_but(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract(
    "Numeric matching compares JSON numbers between -5.0e9 and 5.0e9, bounds included", source=OPERATORS
)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("greater", detail(loss=[{"numeric": [">", 12]}]), True),
        case("greater-open", detail(loss=[{"numeric": [">", 12.5]}]), False),
        case("at-least", detail(loss=[{"numeric": [">=", 12.5]}]), True),
        case("less", detail(sources=[{"numeric": ["<", 3]}]), True),
        case("at-most", detail(sources=[{"numeric": ["<=", 1]}]), False),
        case("equal-by-value", '{"detail": {"loss": [{"numeric": ["=", 1.25e1]}]}}', True),
        case("range", detail(loss=[{"numeric": [">", 0, "<=", 12.5]}]), True),
        case("range-open-at-the-top", detail(loss=[{"numeric": [">", 0, "<", 12.5]}]), False),
        case("bound", detail(big=[{"numeric": ["=", 5000000000]}]), True),
        case("negative-bound", detail(loss=[{"numeric": [">=", -5.0e9]}]), True),
        case("text-is-no-number", {"account": [{"numeric": [">", 0]}]}, False),
    ],
)
def test_numbers(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("cidr matches IPv4 and IPv6 addresses of a block", source=OPERATORS)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("inside", detail(host=[{"cidr": "198.51.100.0/24"}]), True),
        case("outside", detail(host=[{"cidr": "203.0.113.0/24"}]), False),
        case("uneven", detail(host=[{"cidr": "198.51.100.64/28"}]), True),
        case("everything", detail(host=[{"cidr": "0.0.0.0/0"}]), True),
        case("version-6", detail(host6=[{"cidr": "2001:db8::/32"}]), True),
        case("version-6-outside", detail(host6=[{"cidr": "2001:db8:1::/48"}]), False),
        case("no-address", detail(state=[{"cidr": "0.0.0.0/0"}]), False),
    ],
)
def test_networks(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("exists looks at leaves: a field with a value, null included", source=OPERATORS)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("there", detail(state=[{"exists": True}]), True),
        case("null-is-there", detail(nothing=[{"exists": True}]), True),
        case("missing", detail(unknown=[{"exists": True}]), False),
        case("not-there", detail(unknown=[{"exists": False}]), True),
        case("not-there-but-is", detail(state=[{"exists": False}]), False),
        case("an-object-is-no-leaf", detail(path=[{"exists": True}]), False),
        case("an-object-is-no-leaf-either", detail(path=[{"exists": False}]), True),
        case("empty-array", detail(none=[{"exists": True}]), False),
        case("empty-object", detail(void=[{"exists": False}]), True),
        case("in-some-object-of-an-array", detail(outputs={"up": [{"exists": True}]}), True),
        case("missing-or-a-value", detail(unknown=["x", {"exists": False}]), True),
    ],
)
def test_existence(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("$or matches when one of its objects does, beside all other fields", source=OPERATORS)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("second", {"$or": [{"source": ["x"]}, {"detail": {"sources": [2]}}]}, True),
        case("neither", {"$or": [{"source": ["x"]}, {"source": ["y"]}]}, False),
        case(
            "beside-a-field", {"region": ["eu-west-1"], "$or": [{"source": ["studio.encoder"]}, {"id": ["1"]}]}, False
        ),
        case("inside-detail", detail(**{"$or": [{"loss": [{"numeric": [">", 50]}]}, {"live": [True]}]}), True),
        case(
            "two-of-them",
            {
                "$or": [{"source": ["x"]}, {"account": ["123456789012"]}],
                "detail": {"$or": [{"live": [False]}, {"sources": [2]}]},
            },
            True,
        ),
        case(
            "nested",
            {
                "$or": [
                    {"source": ["x"]},
                    {"region": ["eu-central-1"], "$or": [{"id": ["1"]}, {"version": ["0"]}]},
                ]
            },
            True,
        ),
    ],
)
def test_alternatives(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


@pytest.mark.contract("Of a key that is given twice the last one counts, and dots join names", source=OPERATORS)
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        case("last-key", '{"detail": {"state": ["Healthy"], "state": ["Degraded"]}}', True),
        case("first-key-is-lost", '{"detail": {"state": ["Degraded"], "state": ["Healthy"]}}', False),
        case("dots-in-the-pattern", {"detail.path.leaf": ["deep"]}, True),
        case("dots-in-the-event", detail(dotted={"name": ["yes"]}), True),
    ],
)
def test_names(cloud: RunningCloud, pattern: Any, wanted: bool) -> None:
    assert result(cloud, pattern) is wanted


def place(text: str, column: int) -> str:
    return f'\n at [Source: (String)"{text}"; line: 1, column: {column}]'


@pytest.mark.contract(
    "What is no pattern is refused with InvalidEventPatternException, which says why and where",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html",
    limits="text that is not JSON: words for the common mistakes only",
)
@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        pytest.param('{"source": "a"}', '"source" must be an object or an array', 13, id="value-without-array"),
        pytest.param('{"n": 1}', '"n" must be an object or an array', 8, id="number-without-array"),
        pytest.param('{"source": []}', "Empty arrays are not allowed", 14, id="empty-array"),
        pytest.param('{"detail": {}}', "Empty objects are not allowed", 14, id="empty-object"),
        pytest.param('["source"]', "Filter is not an object", 2, id="no-object"),
        pytest.param('{"a": [{"PREFIX": "b"}]}', "Unrecognized match type PREFIX", 20, id="operator-in-capitals"),
        pytest.param('{"a": [{"prefix": 7}]}', "prefix match pattern must be a string", 20, id="prefix-of-a-number"),
        pytest.param('{"a": [{"suffix": ["b"]}]}', "suffix match pattern must be a string", 20, id="suffix-of-a-list"),
        pytest.param('{"a": [{"numeric": 10}]}', "Value of numeric must be an array.", 22, id="numeric-without-array"),
        pytest.param(
            '{"a": [{"numeric": [">", 0, ">", 5]}]}', "Bad numeric range operator: >", 32, id="two-lower-bounds"
        ),
        pytest.param('{"a": [{"numeric": ["<", "x"]}]}', "Value of < must be numeric", 27, id="numeric-of-text"),
        pytest.param('{"a": [{"numeric": [">", 5, "<", 5]}]}', "Bottom must be less than top", 36, id="empty-range"),
        pytest.param(
            '{"a": [{"anything-but": null}]}',
            "Value of anything-but must be an array or single string/number value.",
            29,
            id="anything-but-null",
        ),
        pytest.param(
            '{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed", 38, id="anything-but-nothing"
        ),
        pytest.param('{"a": [{"wildcard": "b**"}]}', "Consecutive wildcard characters at pos 2", 26, id="two-stars"),
        pytest.param(
            '{"a": [{"exists": "yes"}]}', "exists match pattern must be either true or false.", 20, id="exists-text"
        ),
        pytest.param(
            '{"$or": [{"a": ["b"]}]}', "There must have at least 2 Objects in $or relationship.", 23, id="or-of-one"
        ),
    ],
)
def test_what_is_no_pattern(cloud: RunningCloud, text: str, reason: str, column: int) -> None:
    with pytest.raises(ClientError) as refused:
        result(cloud, text)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidEventPatternException"
    assert error["Message"] == f"Event pattern is not valid. Reason: {reason}{place(text, column)}"


@pytest.mark.contract(
    "Blocks of addresses, wildcards and combinations have limits of their own",
    source=OPERATORS,
    limits="AWS publishes no figure for wildcards (Event Ruler's is used) and no words for too many $or",
)
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        pytest.param(detail(a=[{"cidr": "198.51.100.0"}]), "Malformed CIDR, one '/' required", id="no-slash"),
        pytest.param(
            detail(a=[{"cidr": "198.51.100.0/x"}]), "Malformed CIDR, mask bits must be an integer", id="no-bits"
        ),
        pytest.param(detail(a=[{"cidr": "198.51.100.0/32"}]), "IPv4 mask bits must be < 32", id="too-many-bits"),
        pytest.param(detail(a=[{"cidr": "studio/24"}]), "Nonstandard IP address: studio", id="no-address"),
        pytest.param(detail(a=[{"wildcard": "*/*/*/*/*/x*"}]), "Rule is too complex", id="complex-wildcard"),
        pytest.param(
            {f"a{n}": {"$or": [{"x": [str(m)]} for m in range(11)]} for n in range(3)},
            "1000",
            id="too-many-combinations",
        ),
    ],
)
def test_limits(cloud: RunningCloud, pattern: Any, reason: str) -> None:
    with pytest.raises(ClientError) as refused:
        result(cloud, pattern)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidEventPatternException"
    assert error["Message"].startswith("Event pattern is not valid. Reason: ")
    assert reason in error["Message"]


@pytest.mark.contract(
    "TestEventPattern needs an event with its usual fields",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html",
)
@pytest.mark.parametrize(
    "event",
    ["[]", "text", json.dumps({"source": "a"}), json.dumps({k: v for k, v in EVENT.items() if k != "region"})],
    ids=["array", "text", "source-only", "without-region"],
)
def test_what_is_no_event(cloud: RunningCloud, event: str) -> None:
    with pytest.raises(ClientError) as refused:
        result(cloud, {"source": ["a"]}, event)
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Parameter Event is not valid.",
    }


@pytest.mark.contract(
    "PutRule and CreateArchive refuse what TestEventPattern refuses",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html",
)
@pytest.mark.parametrize("operation", ["put_rule", "create_archive"])
def test_rules_and_archives_take_patterns_only(cloud: RunningCloud, operation: str) -> None:
    events = cloud.client("events")
    bus = events.describe_event_bus()["Arn"]
    asked = {"put_rule": {"Name": "bad"}, "create_archive": {"ArchiveName": "bad", "EventSourceArn": bus}}[operation]
    with pytest.raises(ClientError) as refused:
        getattr(events, operation)(EventPattern='{"source": "x"}', **asked)
    assert refused.value.response["Error"]["Code"] == "InvalidEventPatternException"
