"""What people and programs read of incidents that a response workflow looks after."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import fastjsonschema
import pytest
from alerts import notices
from alerts.advice import advice
from alerts.errors import InvalidRequest, PublishFailed
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.lambda_src.alert_cases import ARN, TABLE, failed, iso, issue, payload
from unit.lambda_src.response_cases import (
    OPENED,
    SOURCE,
    TOKEN,
    URL,
    World,
    acted,
    asked,
    assessed,
    condition,
    event,
    incident_id,
    lasting,
    over,
    request,
)

SCHEMA = Path(__file__).resolve().parents[3] / "docs/notice.schema.json"
SNS_LIMIT = 256 * 1024
EVENTS = ["FlowAlert", "FlowHealth", "SourceHealth", "OutputHealth", "ContentQuality", "FailoverSwitch"]


@pytest.fixture
def world(aws: None) -> World:
    return World()


def approvals(world: World) -> list[dict[str, Any]]:
    items = world.dynamodb.scan(TableName=TABLE)["Items"]
    return [item for item in items if item["id"]["S"].startswith("approval#")]


def sent(world: World, channel: str = "email") -> str:
    return str(json.loads(world.topic.sent[-1]["Message"])[channel])


def test_every_kind_of_notice_is_as_its_schema_says(world: World) -> None:
    valid = fastjsonschema.compile(json.loads(SCHEMA.read_text()))
    for what in (
        failed({"flow_arn": ARN}),
        payload("alert", 0, issue(severity="LOW")),
        payload("alert", 1, issue(severity="MEDIUM"), alarm="b"),
        event("alert", 2, condition()),
        payload("alert", 3, issue()),
        payload("alert", 4, issue()),
        acted(10),
        asked(20),
        acted(30, kind="restart", outcome="rejected"),
        lasting(900),
        event("recovery", 950, cleared=[SOURCE]),
        over(1000),
        acted(1010),
    ):
        world.do(what)
    told = [world.told(number) for number in range(len(world.topic.sent))]
    for document in told:
        valid(document)
    assert {d["kind"] for d in told} == set(json.loads(SCHEMA.read_text())["properties"]["kind"]["enum"])
    assert {d["reason"] for d in told if "reason" in d} == {"worse", "flapping", "lasting"}


def test_a_notice_without_a_response_workflow_is_as_the_schema_says_too(world: World) -> None:
    valid = fastjsonschema.compile(json.loads(SCHEMA.read_text()))
    for what in (payload("alert", 0, issue()), payload("recovery", 60)):
        world.service._transitions.handle(request(what))
        valid(world.told())
        assert "incident" not in world.told()


@pytest.mark.parametrize("metric", EVENTS)
def test_what_an_event_says_has_words_and_advice_and_no_threshold(world: World, metric: str) -> None:
    what = condition(f"{metric}#{ARN.replace(':flow:', ':source:')}-main")
    world.do(event("alert", 0, what))
    text = sent(world)
    assert advice(metric).title in text
    assert advice(metric).meaning in text
    assert "What to do:\n1. " in text
    assert "threshold" not in text
    assert metric not in world.told()["subject"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (SOURCE, "Source unhealthy: live-dev-studio-a-main"),
        (f"ContentQuality#{ARN}#black_frames_duration_breaching", "Content quality: black frames duration breaching"),
        (f"FlowAlert#{ARN}#OUTPUT_SEND_ERROR", "MediaConnect alert: OUTPUT SEND ERROR"),
        (f"FlowHealth#{ARN}", "Flow unhealthy"),
    ],
)
def test_a_subject_says_what_is_unhealthy(world: World, name: str, expected: str) -> None:
    world.do(event("alert", 0, condition(name)))
    assert world.told()["subject"] == f"[HIGH] live-dev-studio-a: {expected}"


def test_what_an_event_or_the_response_workflow_says_is_no_manual_check(world: World) -> None:
    world.do(event("alert", 0, condition()))
    assert "Event: MediaConnect Source Health\n" in sent(world)
    for what in (acted(10), asked(20), lasting(900)):
        world.do(what)
        assert "manual check" not in sent(world)


def test_a_recovery_lists_what_recovered_what_was_done_and_when_it_began(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(acted(60))
    world.do(over(125))
    text = sent(world)
    for expected in (
        "has recovered after 2 min 5 s",
        "Began: 2026-01-01T12:00:00Z",
        "- Packet loss (SourcePacketLossPercent) [HIGH]",
        "Done meanwhile:\n- 2026-01-01T12:01:00Z switched the flow to source backup: it helped (rule primary-lossy)",
    ):
        assert expected in text


def test_an_escalation_says_how_long_it_lasts_and_why_it_is_told_again(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(lasting(900))
    assert "began at 2026-01-01T12:00:00Z lasts on, 15 min 0 s now" in sent(world)
    assert "Told again because it has lasted so long" in sent(world)
    assert world.told()["subject"] == "[HIGH] live-dev-studio-a: not over, lasting after 15 min 0 s"


def test_what_is_worse_is_named(world: World) -> None:
    world.do(payload("alert", 0, issue(severity="LOW")))
    world.do(event("alert", 60, condition()))
    assert world.told()["subject"].startswith(
        "[HIGH] live-dev-studio-a: Source unhealthy: live-dev-studio-a-main, worse"
    )


def test_an_approval_says_what_a_restart_does_to_the_picture_and_by_when_to_answer(world: World) -> None:
    answer = world.handle(asked(20))
    assert answer["outcome"] == "approval"
    text = sent(world)
    for expected in (
        "Restart flow live-dev-studio-a?",
        "Answer by 2026-01-01T12:15:00Z, or it is not done.",
        "no output carries a picture or sound",
        "Rule: all-dead",
        "Reason: both sources are dead",
        f"{URL}/approvals/",
    ):
        assert expected in text
    assert world.told()["severity"] == "HIGH"
    assert world.topic.sent[-1]["MessageAttributes"]["kind"]["StringValue"] == "approval"
    assert f"{URL}/approvals/" in sent(world, "sms")


def test_the_approvals_item_holds_the_token_and_only_a_hash_of_the_key(world: World) -> None:
    world.do(asked(20))
    url = world.told()["approval"]["url"]
    [key] = parse_qs(urlsplit(url).query)["key"]
    [item] = approvals(world)
    assert item["id"]["S"] == f"approval#{world.told()['approval']['id']}"
    assert urlsplit(url).path == f"/approvals/{world.told()['approval']['id']}"
    assert item["token"]["S"] == TOKEN
    assert item["key_hash"]["S"] == hashlib.sha256(key.encode()).hexdigest()
    assert int(item["expires"]["N"]) == OPENED // 1000 + 900
    assert int(item["expiration"]["N"]) > int(item["expires"]["N"])
    assert item["title"]["S"] == "Restart flow live-dev-studio-a?"
    assert "no output carries a picture" in item["text"]["S"]
    assert item["flow_name"]["S"] == "live-dev-studio-a"
    assert key not in json.dumps(item)


def test_no_message_names_the_task_token(world: World) -> None:
    world.do(asked(20))
    assert TOKEN not in json.dumps(world.topic.sent)


def test_without_a_page_the_answer_is_given_by_the_command_line(aws: None) -> None:
    world = World(url=None)
    world.do(asked(20))
    text = sent(world)
    item = f"approval#{world.told()['approval']['id']}"
    assert TOKEN not in json.dumps(world.topic.sent)
    assert "aws stepfunctions send-task-success --region eu-central-1 --task-token" in text
    assert f"aws dynamodb get-item --region eu-central-1 --table-name {TABLE}" in text
    assert item in text
    assert world.told()["approval"]["url"] is None
    output = re.search(r"--task-output '(.*)'$", text, re.MULTILINE)
    assert output is not None
    shown = output[1].replace("'\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"'", iso(0))
    assert json.loads(shown) == {"approved": True, "answered_at": iso(0)}


def test_a_question_that_could_not_be_sent_is_sent_when_tried_again_with_another_key(world: World) -> None:
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(asked(20))
    [before] = approvals(world)
    world.topic.refuses = False
    assert world.do(asked(20)) == "approval"
    [after] = approvals(world)
    assert after["id"] == before["id"]
    assert after["key_hash"] != before["key_hash"]


def test_a_question_that_was_answered_is_not_asked_again(world: World) -> None:
    world.do(asked(20))
    [item] = approvals(world)
    world.dynamodb.put_item(TableName=TABLE, Item={**item, "answered": {"S": "approve"}})
    assert world.do(asked(20)) == "duplicate"
    assert approvals(world)[0]["answered"] == {"S": "approve"}


def test_each_question_of_an_incident_has_an_item_of_its_own(world: World) -> None:
    world.do(asked(20))
    world.do(asked(2000, token="another"))
    assert len(approvals(world)) == 2


def test_a_question_is_asked_in_maintenance_too_and_says_so(world: World) -> None:
    world.do(event("recovery", 0, maintenance="started"))
    assert world.do(asked(20)) == "approval"
    assert "MediaConnect maintains this flow now" in sent(world)


@pytest.mark.parametrize(
    "broken",
    [
        {"task_token": ""},
        {"task_token": None},
        {"expires_in_seconds": 0},
        {"expires_in_seconds": "900"},
        {"action": None},
        {"action": {"kind": "format"}},
        {"incident": None},
        {"incident": {"id": ""}},
    ],
)
def test_a_question_that_is_not_whole_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        request({**asked(20), **broken})


@pytest.mark.parametrize(
    "what",
    [
        {**lasting(0), "reason": "boredom"},
        {**lasting(0), "incident": {}},
        {**acted(0), "action": {"kind": "switch"}},
        acted(0, outcome="splendid"),
        assessed("recovery", 0, 0, issue()),
    ],
)
def test_what_the_response_workflow_would_not_send_is_refused(what: Any) -> None:
    with pytest.raises(InvalidRequest):
        request(what)


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3),
    max_leaves=8,
)


@given(
    what=anything,
    whole=st.sampled_from([over(0), lasting(0), acted(0), asked(0), event("alert", 0, condition())]),
    member=st.sampled_from(["incident", "reason", "action", "task_token", "expires_in_seconds", "result", "execution"]),
    inner=st.sampled_from([None, "issues", "alarm", "cleared", "maintenance", "muted_until", "time", "flow_key"]),
)
def test_payloads_of_any_shape_are_understood_or_refused_by_name(
    what: Any, whole: Any, member: str, inner: str | None
) -> None:
    broken = {**whole, member: what}
    if inner:
        broken = {**whole, "result": {**whole["result"], inner: what}}
    try:
        assert request(broken).kind == whole["kind"]
    except InvalidRequest as error:
        assert str(error)


words = st.text(min_size=1, max_size=2000)


@settings(max_examples=40)
@given(flow=words, rule=words, reason=words, source=words, outcome=st.sampled_from(["helped", "failed", "expired"]))
def test_an_actions_words_stay_within_what_sns_takes(
    flow: str, rule: str, reason: str, source: str, outcome: str
) -> None:
    what = acted(60)
    what["result"]["flow_name"] = flow
    what["action"] = {"kind": "switch", "source": source, "rule": rule, "reason": reason, "outcome": outcome}
    done = request(what)
    assert done.action is not None
    told = notices.action(done, done.action, None, "live-dev-flows")
    assert 0 < len(told.subject) <= 100
    assert told.subject.isascii()
    assert told.subject.isprintable()
    assert len(told.body().encode()) <= SNS_LIMIT


def test_an_incidents_notices_name_it(world: World) -> None:
    for what in (payload("alert", 0, issue()), acted(10), lasting(900), over(1000)):
        world.do(what)
        assert world.told()["incident"] == {"id": incident_id(0), "opened_at": OPENED}
