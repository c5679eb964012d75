"""What targets of EventBridge receive: constants, parts of the event, templates; and what PutTargets refuses."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running_cloud import REGION, RunningCloud

GUIDE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"
PUT_TARGETS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html"
QUOTAS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"

DETAIL: dict[str, Any] = {
    "flow": "north",
    "loss": 0.5,
    "count": 3,
    "live": True,
    "nothing": None,
    "note": 'the "A" feed',
    "sources": ["a", "b"],
    "output": {"name": "one", "port": 5000},
    "outputs": [{"name": "one"}, {"name": "two"}],
}


@pytest.fixture(scope="module")
def rule(cloud: RunningCloud) -> dict[str, str]:
    """A rule with a queue as target: name, arn, queue, url."""
    name = f"shape-{uuid.uuid4().hex[:6]}"
    events = cloud.client("events")
    arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    url, queue = cloud.queue(name)
    return {"name": name, "arn": arn, "queue": queue, "url": url}


def received(cloud: RunningCloud, rule: dict[str, str], **shape: Any) -> str:
    """What the queue gets for one event."""
    events = cloud.client("events")
    events.put_targets(Rule=rule["name"], Targets=[{"Id": "queue", "Arn": rule["queue"], **shape}])
    entry = {
        "Source": rule["name"],
        "DetailType": "Flow Change",
        "Detail": json.dumps(DETAIL),
        "Resources": ["flow/north", "rack/7"],
        "Time": 1_795_000_000,
    }
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    return str(cloud.receive(rule["url"])["Body"])


def transformed(cloud: RunningCloud, rule: dict[str, str], template: str, **paths: str) -> str:
    return received(cloud, rule, InputTransformer={"InputPathsMap": paths, "InputTemplate": template})


@pytest.mark.contract("A target gets the whole event, a constant, or the part at its input path", source=PUT_TARGETS)
@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        pytest.param({"Input": '{"job": [1, "two"]}'}, {"job": [1, "two"]}, id="constant"),
        pytest.param({"InputPath": "$.detail"}, DETAIL, id="detail"),
        pytest.param({"InputPath": "$.detail.output"}, {"name": "one", "port": 5000}, id="object"),
        pytest.param({"InputPath": "$.detail.flow"}, "north", id="text"),
        pytest.param({"InputPath": "$.detail.count"}, 3, id="number"),
        pytest.param({"InputPath": "$.resources[1]"}, "rack/7", id="item"),
        pytest.param({"InputPath": "$.detail.outputs[0].name"}, "one", id="field-of-an-item"),
        pytest.param({"InputPath": "$['detail-type']"}, "Flow Change", id="brackets"),
    ],
)
def test_inputs_and_paths(cloud: RunningCloud, rule: dict[str, str], shape: dict[str, Any], wanted: Any) -> None:
    assert json.loads(received(cloud, rule, **shape)) == wanted


@pytest.mark.contract(
    "The event that a target gets has all of its fields",
    source="https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html",
)
def test_the_whole_event(cloud: RunningCloud, rule: dict[str, str]) -> None:
    event = json.loads(received(cloud, rule))
    event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Flow Change",
        "source": rule["name"],
        "account": "123456789012",
        "time": "2026-11-18T11:06:40Z",
        "region": REGION,
        "resources": ["flow/north", "rack/7"],
        "detail": DETAIL,
    }


@pytest.mark.contract(
    "A template of JSON takes values of every kind, quoted or not",
    source=GUIDE,
    limits="spaces inside objects and arrays are not documented: they come without",
)
@pytest.mark.parametrize(
    ("template", "paths", "wanted"),
    [
        pytest.param('{"flow": <flow>}', {"flow": "$.detail.flow"}, {"flow": "north"}, id="text"),
        pytest.param('{"flow": "<flow>"}', {"flow": "$.detail.flow"}, {"flow": "north"}, id="text-in-quotes"),
        pytest.param(
            '{"is": "<flow> is <n>"}',
            {"flow": "$.detail.flow", "n": "$.detail.count"},
            {"is": "north is 3"},
            id="inside-text",
        ),
        pytest.param('{"n": <n>}', {"n": "$.detail.loss"}, {"n": 0.5}, id="number"),
        pytest.param('{"on": <on>}', {"on": "$.detail.live"}, {"on": True}, id="boolean"),
        pytest.param('{"no": <no>}', {"no": "$.detail.nothing"}, {"no": None}, id="null"),
        pytest.param('{"all": <all>}', {"all": "$.detail.sources"}, {"all": ["a", "b"]}, id="array"),
        pytest.param('{"out": <out>}', {"out": "$.detail.output"}, {"out": DETAIL["output"]}, id="object"),
        pytest.param(
            '{"list": [9, <flow>, true]}', {"flow": "$.detail.flow"}, {"list": [9, "north", True]}, id="in-an-array"
        ),
        pytest.param(
            '{"a": {"b": {"c": "x/<flow>"}}}', {"flow": "$.detail.flow"}, {"a": {"b": {"c": "x/north"}}}, id="deep"
        ),
        pytest.param('{"twice": "<flow>/<flow>"}', {"flow": "$.detail.flow"}, {"twice": "north/north"}, id="twice"),
        pytest.param('{"note": <note>}', {"note": "$.detail.note"}, {"note": 'the "A" feed'}, id="text-with-quotes"),
        pytest.param(
            '{"is": "flow \\"<flow>\\""}', {"flow": "$.detail.flow"}, {"is": 'flow "north"'}, id="escaped-quotes"
        ),
        pytest.param('{"gone": <gone>}', {"gone": "$.detail.gone"}, {"gone": ""}, id="missing"),
        pytest.param('{"gone": "<gone>."}', {"gone": "$.detail.gone"}, {"gone": "."}, id="missing-in-quotes"),
        pytest.param(
            '{"names": <names>}', {"names": "$.detail.outputs[*].name"}, {"names": ["one", "two"]}, id="wildcard"
        ),
        pytest.param('{"x-y_1": <x-y_1>}', {"x-y_1": "$.detail.flow"}, {"x-y_1": "north"}, id="names-of-variables"),
        pytest.param("<flow>", {"flow": "$.detail.flow"}, "north", id="nothing-but-a-value"),
    ],
)
def test_templates_of_json(
    cloud: RunningCloud, rule: dict[str, str], template: str, paths: dict[str, str], wanted: Any
) -> None:
    assert json.loads(transformed(cloud, rule, template, **paths)) == wanted


@pytest.mark.contract(
    "A template of text keeps its quotes; objects and arrays in it lose theirs",
    source=GUIDE,
    limits="that quotes are left out is EventBridge's behaviour, which the guide does not describe",
)
@pytest.mark.parametrize(
    ("template", "paths", "wanted"),
    [
        pytest.param('"<flow> is live"', {"flow": "$.detail.flow"}, '"north is live"', id="text"),
        pytest.param('"flow \\"<flow>\\""', {"flow": "$.detail.flow"}, '"flow \\"north\\""', id="escaped-quotes"),
        pytest.param(
            '"live: <on>, <n>"',
            {"on": "$.detail.live", "n": "$.detail.count"},
            '"live: true, 3"',
            id="boolean-and-number",
        ),
        pytest.param('"from <all>"', {"all": "$.detail.sources"}, '"from [a,b]"', id="array"),
        pytest.param('"to <out>"', {"out": "$.detail.output"}, '"to {name:one,port:5000}"', id="object"),
        pytest.param('"<gone> is gone"', {"gone": "$.detail.gone"}, '" is gone"', id="missing"),
        pytest.param('"<a>"\n"<b>"', {"a": "$.detail.flow", "b": "$.source"}, None, id="two-lines"),
        pytest.param('"{[/<flow>"', {"flow": "$.detail.flow"}, '"{[/north"', id="braces"),
    ],
)
def test_templates_of_text(
    cloud: RunningCloud, rule: dict[str, str], template: str, paths: dict[str, str], wanted: str | None
) -> None:
    assert transformed(cloud, rule, template, **paths) == (wanted or f'"north"\n"{rule["name"]}"')


@pytest.mark.contract("Every template has the reserved variables", source=GUIDE)
def test_reserved_variables(cloud: RunningCloud, rule: dict[str, str]) -> None:
    names = ("rule-arn", "rule-name", "event.ingestion-time", "event", "event.json")
    template = "{" + ", ".join(f'"{name}": <aws.events.{name}>' for name in names) + "}"
    got = json.loads(transformed(cloud, rule, template))
    assert (got["rule-arn"], got["rule-name"]) == (rule["arn"], rule["name"])
    assert got["event.ingestion-time"].endswith("Z")
    assert got["event.json"]["detail"] == DETAIL
    assert set(got["event"]) == {"id", "account", "detailType", "time", "source", "region", "resources", "version"}
    assert got["event"]["id"] == got["event.json"]["id"]
    assert transformed(cloud, rule, '"<aws.events.rule-name> fired"') == f'"{rule["name"]} fired"'


@pytest.mark.contract(
    "Values are not escaped inside quotes: what breaks the JSON is not delivered, and is a dead letter",
    source=GUIDE,
    limits="ERROR_CODE of such an event is not documented",
)
@pytest.mark.parametrize(
    ("template", "paths"),
    [
        pytest.param('{"note": "<note>"}', {"note": "$.detail.note"}, id="text-with-quotes"),
        pytest.param('{"out": "<out>"}', {"out": "$.detail.output"}, id="object-in-quotes"),
        pytest.param('{"all": "x <all>"}', {"all": "$.detail.sources"}, id="array-in-quotes"),
        pytest.param("flow <flow>", {"flow": "$.detail.flow"}, id="text-without-quotes"),
    ],
)
def test_what_makes_no_json(cloud: RunningCloud, rule: dict[str, str], template: str, paths: dict[str, str]) -> None:
    url, dead = cloud.queue(f"dead-{uuid.uuid4().hex[:6]}")
    events = cloud.client("events")
    target = {
        "Id": "queue",
        "Arn": rule["queue"],
        "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template},
        "DeadLetterConfig": {"Arn": dead},
    }
    events.put_targets(Rule=rule["name"], Targets=[target])
    events.put_events(Entries=[{"Source": rule["name"], "DetailType": "t", "Detail": json.dumps(DETAIL)}])
    message = cloud.receive(url)
    assert json.loads(message["Body"])["detail"] == DETAIL
    assert message["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in message["MessageAttributes"]


def refusal(cloud: RunningCloud, rule: dict[str, str], *targets: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        cloud.client("events").put_targets(Rule=rule["name"], Targets=list(targets))
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.contract("PutTargets refuses inputs that cannot be", source=PUT_TARGETS)
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        pytest.param(
            {"Input": "{}", "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
            id="two-inputs",
        ),
        pytest.param(
            {"InputPath": "$.a", "InputTransformer": {"InputTemplate": "{}"}},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
            id="path-and-transformer",
        ),
        pytest.param({"Input": "{flow: 1}"}, "JSON syntax error in input for target t.", id="input-without-json"),
        pytest.param(
            {"InputTransformer": {"InputTemplate": '{"a": <b>}'}},
            "InputTemplate for target t contains invalid placeholder b.",
            id="unknown-variable",
        ),
        pytest.param(
            {"InputTransformer": {"InputTemplate": '"<aws.events.nothing>"'}},
            "InputTemplate for target t contains invalid placeholder aws.events.nothing.",
            id="unknown-reserved-variable",
        ),
    ],
)
def test_refused_inputs(cloud: RunningCloud, rule: dict[str, str], shape: dict[str, Any], message: str) -> None:
    assert refusal(cloud, rule, {"Id": "t", "Arn": rule["queue"], **shape}) == ("ValidationException", message)


@pytest.mark.contract("Templates have up to 8192 characters and 100 variables", source=QUOTAS)
@pytest.mark.parametrize(
    ("transformer", "constraint"),
    [
        pytest.param(
            {"InputTemplate": '"' + "x" * 8191 + '"'},
            "Member must have length less than or equal to 8192",
            id="template",
        ),
        pytest.param(
            {"InputTemplate": "{}", "InputPathsMap": {f"v{n}": "$.id" for n in range(101)}},
            "Member must have length less than or equal to 100",
            id="variables",
        ),
    ],
)
def test_limits_of_templates(
    cloud: RunningCloud, rule: dict[str, str], transformer: dict[str, Any], constraint: str
) -> None:
    code, message = refusal(cloud, rule, {"Id": "t", "Arn": rule["queue"], "InputTransformer": transformer})
    assert code == "ValidationException"
    assert message.endswith(constraint)


@pytest.mark.contract(
    "Targets have ids of letters, digits and ._-, and a rule has five of them at most", source=PUT_TARGETS
)
def test_ids_and_number_of_targets(cloud: RunningCloud, rule: dict[str, str]) -> None:
    code, message = refusal(cloud, rule, {"Id": "no spaces", "Arn": rule["queue"]})
    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value 'no spaces' at 'targets.1.member.id' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+"
    )
    six = [{"Id": f"t{number}", "Arn": rule["queue"]} for number in range(6)]
    assert refusal(cloud, rule, *six) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


@pytest.mark.contract("Targets need what their service needs: an ARN, a role, a message group", source=PUT_TARGETS)
@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param(
            {"Arn": "queue"}, "Parameter queue is not valid. Reason: Provided Arn is not in correct format.", id="arn"
        ),
        pytest.param(
            {"Arn": f"arn:aws:sqs:{REGION}:123456789012:q.fifo"},
            "Parameter(s) SqsParameters must be specified for target: t.",
            id="fifo",
        ),
        pytest.param(
            {"Arn": f"arn:aws:states:{REGION}:123456789012:stateMachine:m"},
            f"RoleArn is required for target arn:aws:states:{REGION}:123456789012:stateMachine:m.",
            id="role",
        ),
    ],
)
def test_what_targets_need(cloud: RunningCloud, rule: dict[str, str], target: dict[str, Any], message: str) -> None:
    assert refusal(cloud, rule, {"Id": "t", **target}) == ("ValidationException", message)


@pytest.mark.contract(
    "PutEvents answers for each entry",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html",
)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"Source": ""}, "InvalidArgument", id="no-source"),
        pytest.param({"DetailType": ""}, "InvalidArgument", id="no-detail-type"),
        pytest.param({"Detail": ""}, "InvalidArgument", id="no-detail"),
        pytest.param({"Detail": "{"}, "MalformedDetail", id="no-json"),
        pytest.param({"Detail": "[1]"}, "MalformedDetail", id="no-object"),
        pytest.param({"Source": "aws.ec2"}, "NotAuthorizedForSourceException", id="in-the-name-of-aws"),
    ],
)
def test_entries_that_fail_leave_the_others(cloud: RunningCloud, change: dict[str, str], code: str) -> None:
    good = {"Source": "studio", "DetailType": "t", "Detail": "{}"}
    got = cloud.client("events").put_events(Entries=[good, {**good, **change}, good])
    assert got["FailedEntryCount"] == 1
    first, failed, last = got["Entries"]
    assert failed["ErrorCode"] == code
    assert first["EventId"] != last["EventId"]


@pytest.mark.contract(
    "PutEvents takes 10 entries and 256 KiB in all",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html",
)
def test_limits_of_put_events(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    entry = {"Source": "studio", "DetailType": "t", "Detail": "{}"}
    with pytest.raises(ClientError, match="Member must have length less than or equal to 10"):
        events.put_events(Entries=[entry] * 11)
    half = {**entry, "Detail": json.dumps({"text": "x" * 131_072})}
    with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
        events.put_events(Entries=[half, half])
    assert events.put_events(Entries=[half])["FailedEntryCount"] == 0
