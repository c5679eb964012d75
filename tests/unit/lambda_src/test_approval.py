"""The page behind the link of an approval: looking does nothing, the first answer counts, and the key stays secret."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import boto3
import pytest
from approval_page import page
from approval_page.approvals import Approval, ApprovalStore
from approval_page.requests import Refused, parse
from approval_page.service import ApprovalService, NotDelivered
from botocore.exceptions import ClientError, ConnectTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from moto.core.config import default_user_config

from unit.lambda_src.approval_cases import ID, KEY, NOW, TABLE, TITLE, TOKEN, ask, event, press, stored, table
from unit.lambda_src.test_handlers import Context, load


class States:
    """Step Functions: what it was told, and how it refuses."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.refusal: Exception | None = None

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803 - AWS's name
        if self.refusal:
            raise self.refusal
        self.sent.append((taskToken, json.loads(output)))


def error(code: str, retries: int = 0) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"RetryAttempts": retries}}
    return ClientError(answer, "SendTaskSuccess")


class Page:
    """The page with a clock of its own."""

    def __init__(self) -> None:
        self.now = NOW
        self.states = States()
        store = ApprovalStore(boto3.client("dynamodb"), TABLE)
        self.service = ApprovalService(store, self.states, lambda: self.now)

    def open(self, request: dict[str, Any]) -> tuple[str, int, str]:
        try:
            outcome = self.service.handle(parse(request))
        except Refused as refusal:
            return "refused", refusal.status, refusal.says
        return outcome.what, outcome.status, outcome.document


@pytest.fixture
def opened(aws: None) -> Iterator[Page]:
    table()
    ask()
    yield Page()


def test_the_page_says_what_is_asked_about_which_flow_until_when(opened: Page) -> None:
    what, status, document = opened.open(event())
    assert (what, status) == ("asked", 200)
    for said in (TITLE, "Both sources are dead.", "live-dev-studio-a", "12:15:00 UTC on 01 January 2026"):
        assert said in document
    assert re.findall(r'<button class="\w+" name="answer" value="(\w+)">', document) == ["approve", "reject"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_mail_scanner_that_follows_the_link_answers_nothing(opened: Page, method: str) -> None:
    before = stored()
    for _ in range(3):
        opened.open(event(method))
    assert stored() == before
    assert opened.states.sent == []


@pytest.mark.parametrize(("answer", "approved"), [("approve", True), ("reject", False)])
def test_a_button_gives_the_waiting_workflow_its_answer(opened: Page, answer: str, approved: bool) -> None:
    what, status, _ = opened.open(press(answer))
    assert (what, status) == ("delivered", 200)
    assert opened.states.sent == [(TOKEN, {"approved": approved, "answered_at": "2026-01-01T12:00:00.000Z"})]
    assert (stored()["answered"], stored()["delivery"]) == (answer, "delivered")


def test_an_answer_may_come_with_the_link_s_own_key(opened: Page) -> None:
    assert opened.open(event("POST", form={"answer": "approve"}))[:2] == ("delivered", 200)


def test_a_form_may_come_as_plain_text(opened: Page) -> None:
    request = press("approve") | {"body": f"key={KEY}&answer=approve", "isBase64Encoded": False}
    assert opened.open(request)[:2] == ("delivered", 200)


def test_a_button_pressed_twice_answers_once_and_says_the_same(opened: Page) -> None:
    outcomes = [opened.open(press("approve"))[:2] for _ in range(3)]
    assert outcomes == [("delivered", 200), ("repeated", 200), ("repeated", 200)]
    assert len(opened.states.sent) == 1


def test_whoever_answers_otherwise_afterwards_hears_what_was_answered(opened: Page) -> None:
    opened.open(press("approve"))
    what, status, document = opened.open(press("reject"))
    assert (what, status) == ("conflict", 409)
    assert "Already approved" in document
    assert "2026-01-01T12:00:00.000Z" in document
    assert len(opened.states.sent) == 1


def test_the_link_shows_the_answer_once_there_is_one(opened: Page) -> None:
    opened.open(press("reject"))
    what, status, document = opened.open(event())
    assert (what, status) == ("asked", 200)
    assert "Rejected" in document
    assert "<button" not in document


@pytest.mark.parametrize("key", ["", "k-3Jc", KEY + "x", "k", "ключ"])
@pytest.mark.parametrize("request_of", [lambda key: event(key=key), lambda key: press("approve", key)])
def test_a_wrong_key_sees_and_answers_nothing(opened: Page, key: str, request_of: Any) -> None:
    what, status, says = opened.open(request_of(key))
    assert (what, status) == ("refused", 403)
    assert "studio-a" not in says
    assert opened.states.sent == []
    assert "answered" not in stored()


@pytest.mark.parametrize("unknown", ["other", "..", "a/b", "", "approval#x", "x" * 257])
def test_an_unknown_approval_is_not_found(opened: Page, unknown: str) -> None:
    assert opened.open(event(approval_id=unknown))[:2] == ("refused", 404)


@pytest.mark.parametrize("request_of", [event, lambda: press("approve")])
@pytest.mark.parametrize("late", [900, 901, 86_399])
def test_after_its_time_it_is_too_late(opened: Page, request_of: Any, late: int) -> None:
    opened.now = NOW + late
    what, status, says = opened.open(request_of())
    assert (what, status) == ("refused", 410)
    assert "12:15:00 UTC" in says
    assert opened.states.sent == []


def test_the_last_second_counts(opened: Page) -> None:
    opened.now = NOW + 899.9
    assert opened.open(press("approve"))[:2] == ("delivered", 200)


@pytest.mark.parametrize("code", ["TaskTimedOut", "InvalidToken", "TaskDoesNotExist"])
def test_a_workflow_that_no_longer_waits_makes_it_too_late(opened: Page, code: str) -> None:
    opened.states.refusal = error(code)
    what, status, document = opened.open(press("approve"))
    assert (what, status) == ("late", 410)
    assert "Nothing was done" in document
    assert opened.open(press("approve"))[:2] == ("repeated", 410)


def test_an_answer_that_could_not_be_delivered_can_be_given_again(opened: Page) -> None:
    for refusal in (error("ThrottlingException"), ConnectTimeoutError(endpoint_url="https://states")):
        opened.states.refusal = refusal
        with pytest.raises(NotDelivered):
            opened.open(press("approve"))
    assert "<button" in opened.open(event())[2]
    assert opened.open(press("reject"))[:2] == ("conflict", 409)
    opened.states.refusal, opened.now = None, NOW + 60
    assert opened.open(press("approve"))[:2] == ("delivered", 200)
    assert opened.states.sent == [(TOKEN, {"approved": True, "answered_at": "2026-01-01T12:00:00.000Z"})]


def test_a_delivery_that_was_cut_off_may_have_arrived(opened: Page) -> None:
    opened.states.refusal = error("ServiceUnavailable")
    with pytest.raises(NotDelivered):
        opened.open(press("approve"))
    opened.states.refusal = error("TaskTimedOut")
    what, status, document = opened.open(press("approve"))
    assert (what, status) == ("uncertain", 200)
    assert "the next notice about the flow will say" in document


def test_an_attempt_that_the_sdk_repeated_may_have_arrived(opened: Page) -> None:
    opened.states.refusal = error("TaskTimedOut", retries=1)
    assert opened.open(press("approve"))[0] == "uncertain"


def test_of_two_answers_at_once_one_counts(opened: Page) -> None:
    store = opened.service._approvals
    assert store.answer(ID, "reject", "2026-01-01T12:00:00.000Z", NOW)
    assert not store.answer(ID, "approve", "2026-01-01T12:00:00.001Z", NOW)
    assert opened.open(press("approve"))[:2] == ("conflict", 409)


@pytest.mark.parametrize("form", ["", "answer=maybe", "answer=approve&answer=reject", "=", "&&&", "a" * 5000, "%ff=1;"])
def test_a_form_that_the_page_did_not_send_is_refused(opened: Page, form: str) -> None:
    what, status, _ = opened.open(event("POST", form=form))
    assert what == "refused"
    assert status in (400, 413)
    assert "answered" not in stored()


def test_a_body_that_is_no_base64_is_refused(opened: Page) -> None:
    assert opened.open(press("approve") | {"body": "?!"})[:2] == ("refused", 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", ""])
def test_other_methods_hear_what_the_page_takes(method: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(event(method))
    assert refusal.value.status == 405
    assert refusal.value.headers == {"allow": "GET, HEAD, POST"}


class Tags(HTMLParser):
    """The tags of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


@given(st.text(), st.text(), st.text(), st.text())
def test_nothing_that_is_asked_can_become_part_of_the_page(title: str, text: str, flow: str, key: str) -> None:
    def tags(*parts: str) -> list[str]:
        parser = Tags()
        parser.feed(page.question(title=parts[0], text=parts[1], flow_name=parts[2], until="soon", key=parts[3]))
        return parser.found

    attack = '"><script>alert(1)</script><img src=x>'
    assert tags(title, text, flow, key) == tags(*(part + attack for part in (title, text, flow, key))) == tags(*"abcd")


def test_the_page_needs_nothing_from_elsewhere_and_allows_nothing_else() -> None:
    document = page.question(title="t", text="x", flow_name="f", until="u", key="k")
    assert not re.search(r"<script|<img|<link|<iframe|\bsrc=|\bhref=|https?:|\bstyle=|\bon\w+=", document)
    [style] = re.findall(r"<style>(.*?)</style>", document, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page.HEADERS["content-security-policy"].split("; ")
    assert policy == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]


def test_the_key_leaves_the_page_by_its_form_only() -> None:
    document = page.question(title="t", text="x", flow_name="f", until="u", key="the-key")
    assert document.count("the-key") == 1
    assert '<form method="post" action="?"><input type="hidden" name="key" value="the-key">' in document
    assert page.HEADERS["referrer-policy"] == "no-referrer"
    assert page.HEADERS["cache-control"] == "no-store"


@given(st.text(max_size=40))
def test_only_the_link_s_key_is_admitted(key: str) -> None:
    approval = Approval(ID, TOKEN, hashlib.sha256(KEY.encode()).hexdigest(), "t", "x", "f", NOW)
    assert approval.admits(key.encode("utf-8", "surrogatepass").decode("utf-8", "replace")) == (key == KEY)


@pytest.fixture
def function(aws: None, monkeypatch: pytest.MonkeyPatch, request: Any, capsys: Any) -> Any:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Headend")
    monkeypatch.setenv("TABLE_NAME", TABLE)
    # moto takes any token then; nothing waits for this one.
    monkeypatch.setitem(default_user_config["stepfunctions"], "execute_state_machine", False)
    table()
    ask(expires=4_102_444_800)
    return load("approval").handler


def test_the_function_answers_in_payload_format_2(function: Any) -> None:
    answer = function(event(), Context())
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert TITLE in answer["body"]


def test_head_answers_as_get_does_without_the_page(function: Any) -> None:
    get, head = function(event(), Context()), function(event("HEAD"), Context())
    assert head["headers"] == get["headers"]
    assert (head["statusCode"], head["body"]) == (200, "")


def test_every_answer_carries_the_same_protection(function: Any) -> None:
    requests = [event(), event(key="x"), event("PUT"), press("maybe"), event(approval_id="y"), press("approve")]
    answers = [function(one, Context()) for one in requests]
    assert [one["statusCode"] for one in answers] == [200, 403, 405, 400, 404, 200]
    assert all(page.HEADERS.items() <= one["headers"].items() for one in answers)
    assert answers[2]["headers"]["allow"] == "GET, HEAD, POST"


def test_a_table_that_cannot_be_read_is_said_so_and_nothing_is_done(function: Any) -> None:
    boto3.client("dynamodb").delete_table(TableName=TABLE)
    answer = function(press("approve"), Context())
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "60")


def test_neither_the_key_nor_the_token_is_logged(
    function: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    for request in (event(), event(key=KEY + "-wrong"), press("approve"), event("PUT")):
        function(request, Context())
    said = "".join([*capsys.readouterr(), *(str(vars(record)) for record in caplog.records)])
    assert ID in said
    assert KEY not in said
    assert TOKEN not in said
