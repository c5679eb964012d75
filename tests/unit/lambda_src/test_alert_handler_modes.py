"""The alert handler as Lambda calls it, with a response workflow and without."""

import pytest

from unit.lambda_src.alert_cases import JITTER, issue, payload
from unit.lambda_src.response_cases import asked, event, incident_id, lasting, over
from unit.lambda_src.test_handlers import Context, environment, load, queue, received

__all__ = ["environment", "queue"]


@pytest.fixture
def responds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_MODE", "response")
    monkeypatch.setenv("FLAPPING_COUNT", "2")


def test_without_a_response_workflow_no_answer_names_an_incident(queue: str) -> None:
    handler = load("alert_handler").handler
    answers = [handler(what, Context()) for what in (payload("alert", 0, issue()), payload("recovery", 60))]
    assert [(a["outcome"], a["incident"]) for a in answers] == [("alert", None), ("recovery", None)]
    again = handler(payload("alert", 0, issue()), Context())
    assert again == {"outcome": "duplicate", "message_id": None, "subject": None, "incident": None}


def test_a_transition_closes_an_incident_unless_a_response_workflow_does(queue: str, responds: None) -> None:
    handler = load("alert_handler").handler
    what = [payload("alert", 0, issue()), payload("recovery", 60), lasting(900), over(1000)]
    assert [handler(one, Context())["outcome"] for one in what] == ["alert", "healthy", "escalation", "recovery"]
    assert [document["kind"] for document in received(queue)] == ["alert", "escalation", "recovery"]


def test_a_delivery_that_is_repeated_gets_the_first_answer_so_that_the_response_is_started(
    queue: str, responds: None
) -> None:
    handler = load("alert_handler").handler
    first, again = (handler(payload("alert", 0, issue()), Context()) for _ in range(2))
    assert first == again
    assert first["incident"]["id"] == incident_id(0)
    assert len(received(queue)) == 1


def test_an_end_that_was_held_is_not_held_for_ever(queue: str, responds: None) -> None:
    handler = load("alert_handler").handler
    handler(payload("alert", 0, issue()), Context())
    handler(payload("alert", 100, issue(JITTER, 90, "LOW"), alarm="jitter"), Context())
    assert [handler(over(at), Context())["outcome"] for at in (60, 60, 160)] == ["held", "held", "recovery"]


def test_how_often_is_flapping_is_read_from_the_environment(queue: str, responds: None) -> None:
    handler = load("alert_handler").handler
    answers = [handler(payload("alert", at, issue()), Context())["outcome"] for at in (0, 60)]
    assert answers == ["alert", "escalation"]


def test_how_long_a_condition_holds_is_read_from_the_environment(
    queue: str, responds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENT_CONDITION_SECONDS", "10")
    handler = load("alert_handler").handler
    what = {**issue(), "condition": "SourceHealth#main"}
    handler(event("alert", 0, what), Context())
    assert [handler(over(at), Context())["outcome"] for at in (9, 10)] == ["held", "recovery"]


def test_where_approvals_are_answered_is_read_from_the_environment(
    queue: str, responds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVAL_URL", "https://approve.example.com/")
    handler = load("alert_handler").handler
    assert [handler(asked(20), Context())["outcome"] for _ in range(2)] == ["approval", "approval"]
    [document] = received(queue)
    assert document["approval"]["url"].startswith("https://approve.example.com/approvals/studio-a-")


def test_neither_the_task_token_nor_the_links_key_is_logged(
    queue: str, responds: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "not-logged")  # a logger of its own, which writes to this output
    monkeypatch.setenv("APPROVAL_URL", "https://approve.example.com")
    what = asked(20)
    load("alert_handler").handler(what, Context())
    logged = capsys.readouterr()
    assert "handled" in logged.out
    for secret in (what["task_token"], received(queue)[0]["approval"]["url"].partition("key=")[2]):
        assert secret not in logged.out + logged.err


def test_a_mode_that_does_not_exist_is_an_error(queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_MODE", "both")
    with pytest.raises(ValueError, match="transition or response"):
        load("alert_handler").handler(payload("alert", 0, issue()), Context())
