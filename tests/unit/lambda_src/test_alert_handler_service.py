"""Who is told what, and when: incidents, claims, recoveries."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alerts.errors import PublishFailed
from alerts.incidents import IncidentStore, Transition
from alerts.requests import parse
from alerts.service import AlertService

from unit.lambda_src.alert_cases import ARN, JITTER, LOSS, START, TABLE, Topic, issue, payload, table


class World:
    """A service with its table and topic; `do` handles a payload and returns the outcome."""

    def __init__(self) -> None:
        self.topic, self.dynamodb, self.now, self.warnings = Topic(), table(), 1e9, list[str]()
        self.store = IncidentStore(self.dynamodb, TABLE, clock=lambda: self.now)
        self.service = AlertService(self.topic, "arn:topic", self.store, "live-dev-flows", self.warnings.append)

    def do(self, what: Any) -> str:
        return str(self.service.handle(parse(what, START))["outcome"])

    def told(self, number: int = -1) -> dict[str, Any]:
        """What programs were sent."""
        document = json.loads(json.loads(self.topic.sent[number]["Message"])["sqs"])
        assert isinstance(document, dict)
        return document


@pytest.fixture
def world(aws: None) -> World:
    return World()


def test_the_first_alert_is_told(world: World) -> None:
    assert world.do(payload("alert", 0, issue())) == "alert"
    assert world.topic.sent[0]["MessageAttributes"] == {
        "severity": {"DataType": "String", "StringValue": "HIGH"},
        "kind": {"DataType": "String", "StringValue": "alert"},
        "flow": {"DataType": "String", "StringValue": "live-dev-studio-a"},
    }


def test_a_second_alarm_on_the_same_metric_is_a_duplicate(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert world.do(payload("alert", 5, issue(), alarm="packet-loss-trigger")) == "duplicate"
    assert len(world.topic.sent) == 1


def test_a_second_alarm_on_another_metric_tells_the_new_issue_only(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert world.do(payload("alert", 5, issue(), issue(JITTER, 90, "MEDIUM"), alarm="jitter")) == "alert"
    assert [i["metric"] for i in world.told()["issues"]] == [JITTER]
    assert world.told()["severity"] == "MEDIUM"


def test_the_same_alarm_that_fires_again_is_told_again(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert world.do(payload("alert", 60, issue())) == "alert"


def test_an_earlier_firing_that_comes_late_is_a_duplicate(world: World) -> None:
    world.do(payload("alert", 60, issue()))
    assert world.do(payload("alert", 0, issue())) == "duplicate"


def test_an_alarm_back_to_ok_over_a_known_issue_is_a_duplicate(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert world.do(payload("alert", 60, issue(), state="OK")) == "duplicate"


def test_a_known_issue_that_became_more_severe_is_told(world: World) -> None:
    world.do(payload("alert", 0, issue(severity="MEDIUM")))
    assert world.do(payload("alert", 5, issue(severity="HIGH"), alarm="other")) == "alert"
    assert world.do(payload("alert", 6, issue(severity="HIGH"), alarm="third")) == "duplicate"


def test_a_manual_check_of_a_known_issue_is_a_duplicate(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert world.do(payload("alert", 30, issue(), alarm=None)) == "duplicate"


def test_a_recovery_says_what_recovered_and_for_how_long(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(payload("alert", 5, issue(JITTER, 90, "MEDIUM"), alarm="jitter"))
    assert world.do(payload("recovery", 125)) == "recovery"
    document = world.told()
    assert sorted(document["recovered"]) == [JITTER, LOSS]
    assert (document["duration_seconds"], document["severity"]) == (125, "HIGH")
    assert "2 min 5 s" in document["subject"]


def test_ok_without_an_incident_is_healthy(world: World) -> None:
    assert world.do(payload("recovery", 0)) == "healthy"
    assert world.topic.sent == []


def test_an_incident_is_closed_once(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert world.do(payload("recovery", 60)) == "recovery"
    assert world.do(payload("recovery", 61, alarm="packet-loss-trigger")) == "healthy"


def test_after_a_recovery_the_next_alert_is_told(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(payload("recovery", 60))
    assert world.do(payload("alert", 90, issue(), alarm="packet-loss-trigger")) == "alert"


def test_an_ok_that_is_older_than_the_last_alert_does_not_close_the_incident(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(payload("alert", 60, issue()))
    assert world.do(payload("recovery", 30)) == "duplicate"
    assert world.do(payload("recovery", 90)) == "recovery"


def test_a_manual_check_does_not_keep_an_incident_open(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(payload("alert", 100, issue(JITTER, 90, "MEDIUM"), alarm=None))
    assert world.do(payload("recovery", 60)) == "recovery"


def test_an_alert_that_could_not_be_sent_is_sent_when_tried_again(world: World) -> None:
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(payload("alert", 0, issue()))
    world.topic.refuses = False
    assert world.do(payload("alert", 0, issue())) == "alert"


def test_an_alert_that_could_not_be_sent_hides_no_other(world: World) -> None:
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(payload("alert", 0, issue()))
    world.topic.refuses = False
    assert world.do(payload("alert", 5, issue(), alarm="packet-loss-trigger")) == "alert"


def test_an_alert_that_could_not_be_sent_needs_no_recovery(world: World) -> None:
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(payload("alert", 0, issue()))
    world.topic.refuses = False
    assert world.do(payload("recovery", 60)) == "healthy"


def test_giving_back_one_claim_keeps_the_others(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(payload("alert", 5, issue(), issue(JITTER, 90, "MEDIUM"), alarm="jitter"))
    incident = world.store.get(ARN)
    assert incident is not None
    assert list(incident.claims) == [LOSS]


def test_a_second_firing_that_could_not_be_sent_leaves_the_first_ones_incident(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(payload("alert", 60, issue()))
    world.topic.refuses = False
    assert world.do(payload("alert", 61, issue(), alarm="packet-loss-trigger")) == "duplicate"
    assert world.do(payload("recovery", 120)) == "recovery"
    assert world.told()["duration_seconds"] == 120


def test_a_function_that_died_before_it_told_is_made_up_for_by_its_retry(world: World) -> None:
    request = parse(payload("alert", 0, issue()), START)
    world.store.claim(
        ARN, request.issues, Transition(request.transition_id, "live-dev/studio-a/packet-loss", True, request.at)
    )
    assert world.do(payload("alert", 0, issue())) == "alert"


def test_a_recovery_that_could_not_be_sent_is_sent_when_tried_again(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(payload("recovery", 60))
    world.topic.refuses = False
    assert world.do(payload("recovery", 70, alarm="packet-loss-trigger")) == "recovery"


def _die_while_closing(world: World, at: float) -> None:
    request = parse(payload("recovery", at), START)
    world.store.begin_close(ARN, Transition(request.transition_id, "live-dev/studio-a/packet-loss", False, request.at))


def test_a_recovery_whose_function_died_is_made_up_for_by_its_retry(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    _die_while_closing(world, 60)
    assert world.do(payload("recovery", 60)) == "recovery"
    assert world.store.get(ARN) is None


def test_while_a_recovery_is_being_told_another_is_a_duplicate(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    _die_while_closing(world, 60)
    assert world.do(payload("recovery", 61, alarm="jitter")) == "duplicate"


def test_a_recovery_that_was_never_finished_is_taken_over(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    _die_while_closing(world, 60)
    world.now += 600
    assert world.do(payload("recovery", 660, alarm="jitter")) == "recovery"


@pytest.mark.parametrize("alarm", ["packet-loss", "packet-loss-trigger"])
def test_a_recovery_that_was_never_finished_swallows_no_new_alert(world: World, alarm: str) -> None:
    world.do(payload("alert", 0, issue()))
    _die_while_closing(world, 60)
    assert world.do(payload("alert", 90, issue(), alarm=alarm)) == "alert"
    incident = world.store.get(ARN)
    assert incident is not None
    assert incident.closing is None
    assert world.do(payload("recovery", 120)) == "recovery"
    assert world.told()["duration_seconds"] == 30


def test_an_alert_that_comes_late_during_the_recovery_is_a_duplicate(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    _die_while_closing(world, 60)
    assert world.do(payload("alert", 30, issue(), alarm="packet-loss-trigger")) == "duplicate"


def _before(store: IncidentStore, name: str, step: Callable[[], Any]) -> None:
    """Run a step once, just before the store's first call of a method: what another function does at the same time."""
    original, pending = getattr(store, name), [step]

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if pending:
            pending.pop()()
        return original(*args, **kwargs)

    setattr(store, name, interrupted)


def test_an_alert_between_reading_and_closing_keeps_the_incident_open(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    _before(
        world.store,
        "_update",
        lambda: World.do(world, payload("alert", 90, issue(JITTER, 90, "MEDIUM"), alarm="jitter")),
    )
    assert world.do(payload("recovery", 60)) == "duplicate"
    incident = world.store.get(ARN)
    assert incident is not None
    assert sorted(incident.claims) == [JITTER, LOSS]


def test_an_alert_while_the_recovery_is_sent_opens_a_new_incident(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    _before(world.store, "finish_close", lambda: world.do(payload("alert", 90, issue())))
    assert world.do(payload("recovery", 60)) == "recovery"
    incident = world.store.get(ARN)
    assert incident is not None
    assert incident.closing is None


def test_flows_have_incidents_of_their_own(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    other = payload("alert", 1, issue(), alarm="packet-loss-trigger")
    other["result"] |= {"flow_arn": f"{ARN}-b", "flow_name": "live-dev-studio-b"}
    assert world.do(other) == "alert"
