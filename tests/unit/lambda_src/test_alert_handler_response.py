"""Incidents that a response workflow looks after: who is told what, and when."""

from collections.abc import Callable
from typing import Any

import pytest
from alerts.courses import Settings
from alerts.errors import PublishFailed, StateStoreFailed
from alerts.schemas import ALERT, RECOVERY
from hypothesis import given
from hypothesis import strategies as st

from unit.lambda_src.alert_cases import ARN, JITTER, LOSS, failed, iso, issue, payload
from unit.lambda_src.response_cases import (
    OPENED,
    SOURCE,
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


@pytest.fixture
def world(aws: None) -> World:
    return World()


def refused(world: World, what: Any) -> None:
    """The topic does not take the message."""
    world.topic.refuses = True
    with pytest.raises(PublishFailed):
        world.do(what)
    world.topic.refuses = False


def test_the_first_issue_opens_the_incident_and_is_told(world: World) -> None:
    answer = world.handle(payload("alert", 0, issue()))
    assert answer["outcome"] == "alert"
    assert answer["incident"] == {"id": incident_id(0), "opened_at": OPENED, "muted_until": None}
    assert world.told()["incident"] == {"id": incident_id(0), "opened_at": OPENED}


def test_whatever_else_is_wrong_while_it_is_open_is_a_duplicate_with_the_same_incident(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    for what in (
        payload("alert", 5, issue(JITTER, 90, "MEDIUM"), alarm="jitter"),
        payload("alert", 6, issue(), alarm="packet-loss-trigger"),
        payload("alert", 7, issue(), alarm=None),
        event("alert", 8, condition()),
    ):
        answer = world.handle(what)
        assert (answer["outcome"], answer["incident"]["id"]) == ("duplicate", incident_id(0))
    assert world.kinds() == ["alert"]


def test_what_is_more_severe_than_anything_told_is_an_escalation(world: World) -> None:
    world.do(payload("alert", 0, issue(severity="LOW")))
    assert world.do(payload("alert", 60, issue(JITTER, 90, "MEDIUM"), alarm="jitter")) == "escalation"
    assert world.do(payload("alert", 61, issue(JITTER, 95, "MEDIUM"), alarm="other")) == "duplicate"
    assert world.do(payload("alert", 62, issue(severity="HIGH"), alarm="third")) == "escalation"
    assert world.kinds() == ["alert", "escalation worse", "escalation worse"]
    assert world.told()["severity"] == "HIGH"
    assert world.topic.sent[-1]["MessageAttributes"]["kind"]["StringValue"] == "escalation"


def test_an_alarm_that_keeps_firing_is_told_once_more(world: World) -> None:
    outcomes = [world.do(payload("alert", at, issue())) for at in (0, 60, 120, 180, 240)]
    assert outcomes == ["alert", "duplicate", "escalation", "duplicate", "duplicate"]
    assert world.told()["reason"] == "flapping"
    assert "packet-loss has fired 3 times" in world.told()["text"]


def test_different_alarms_do_not_flap(world: World) -> None:
    for at, alarm in enumerate("abcdef"):
        world.do(payload("alert", at, issue(), alarm=alarm))
    assert world.kinds() == ["alert"]


def test_an_alarm_back_to_ok_over_other_trouble_is_no_firing(world: World) -> None:
    for at in range(5):
        world.do(payload("alert", at, issue(), state="OK"))
    assert world.kinds() == ["alert"]


def test_a_condition_that_comes_and_goes_flaps_and_one_that_is_repeated_does_not(world: World) -> None:
    for at in range(5):
        world.do(event("alert", at, condition()))
    assert world.kinds() == ["alert"]
    for at in (10, 20):
        world.do(event("recovery", at, cleared=[SOURCE]))
        world.do(event("alert", at + 5, condition()))
    assert world.kinds() == ["alert", "escalation flapping"]


def test_how_often_is_flapping_is_a_setting(aws: None) -> None:
    world = World(settings=Settings(flapping_count=2))
    assert [world.do(payload("alert", at, issue())) for at in (0, 60)] == ["alert", "escalation"]


def test_an_alarm_back_to_ok_never_closes_an_incident(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    answer = world.handle(payload("recovery", 60))
    assert (answer["outcome"], answer["incident"]["id"]) == ("healthy", incident_id(0))
    assert world.do(payload("alert", 90, issue(), alarm="other")) == "duplicate"


def test_healthy_without_an_incident_names_none(world: World) -> None:
    answer = world.handle(payload("recovery", 0))
    assert answer == {"outcome": "healthy", "message_id": None, "subject": None, "incident": None}


def test_the_response_workflow_closes_it_and_says_how_long_it_lasted(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(payload("alert", 5, issue(JITTER, 90, "MEDIUM"), alarm="jitter"))
    assert world.do(over(125)) == "recovery"
    document = world.told()
    assert sorted(document["recovered"]) == [JITTER, LOSS]
    assert (document["duration_seconds"], document["severity"]) == (125, "HIGH")
    assert world.do(payload("recovery", 130)) == "healthy"
    assert world.table.get(f"incident#{ARN}") is None


def test_it_is_closed_once(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert [world.do(over(at)) for at in (60, 61)] == ["recovery", "healthy"]


def test_another_incidents_end_does_not_close_this_one(world: World) -> None:
    world.do(payload("alert", 100, issue()))
    assert world.do(over(160, opened=0)) == "healthy"
    assert world.do(over(161, opened=100)) == "recovery"


def test_after_its_end_the_next_issue_is_a_new_incident(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(over(60))
    answer = world.handle(payload("alert", 90, issue()))
    assert (answer["outcome"], answer["incident"]["id"]) == ("alert", incident_id(90))


def test_the_end_is_held_while_an_events_condition_is_open(world: World) -> None:
    world.do(event("alert", 0, condition()))
    assert world.do(over(60)) == "held"
    world.do(event("recovery", 70, cleared=[SOURCE]))
    assert world.do(over(80)) == "recovery"


def test_a_condition_that_is_never_taken_back_lapses(world: World) -> None:
    world.do(event("alert", 0, condition()))
    assert [world.do(over(at)) for at in (299, 300)] == ["held", "recovery"]


def test_a_condition_that_is_repeated_lapses_later(world: World) -> None:
    world.do(event("alert", 0, condition()))
    world.do(event("alert", 200, condition()))
    assert [world.do(over(at)) for at in (499, 500)] == ["held", "recovery"]


def test_an_alarm_may_take_a_condition_back_too(world: World) -> None:
    world.do(event("alert", 0, condition()))
    what = payload("alert", 10, issue())
    what["result"]["cleared"] = [SOURCE]
    world.do(what)
    assert world.do(over(60)) == "recovery"


def test_an_older_event_takes_nothing_back(world: World) -> None:
    world.do(event("alert", 50, condition()))
    world.do(event("recovery", 40, cleared=[SOURCE]))
    assert world.do(over(60, opened=50)) == "held"


def test_trouble_that_was_found_later_holds_the_end(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(payload("alert", 70, issue(JITTER, 90, "MEDIUM"), alarm="jitter"))
    assert world.do(over(71)) == "held"
    assert world.do(over(90)) == "recovery"


def test_lasting_is_told_once(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert [world.do(lasting(at)) for at in (900, 930)] == ["escalation", "duplicate"]
    document = world.told()
    assert (document["reason"], document["duration_seconds"]) == ("lasting", 900)
    assert "15 min 0 s now" in document["text"]


def test_what_is_over_does_not_last(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(over(60))
    assert world.do(lasting(900)) == "duplicate"


def test_what_was_done_is_told_and_listed_at_the_end(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    assert world.do(acted(60, outcome="did-not-help")) == "action"
    assert world.do(acted(60, outcome="did-not-help")) == "duplicate"
    assert world.do(acted(120)) == "action"
    world.do(over(200))
    assert [one["outcome"] for one in world.told()["actions"]] == ["did-not-help", "helped"]
    assert f"- {iso(120)[:-5]}Z switched the flow to source backup: it helped" in world.told()["text"]
    assert world.kinds() == ["alert", "action", "action", "recovery"]


def test_what_was_done_to_a_flow_whose_incident_is_gone_is_told_all_the_same(world: World) -> None:
    assert world.do(acted(60)) == "action"


@pytest.mark.parametrize("outcome", ["helped", "did-not-help", "failed", "rejected", "expired"])
@pytest.mark.parametrize("kind", ["switch", "restart"])
def test_an_action_says_what_by_which_rule_whether_it_helped_and_what_to_do(
    world: World, kind: str, outcome: str
) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(acted(60, kind=kind, outcome=outcome))
    document = world.told()
    for expected in ("Rule: primary-lossy", "Reason: loss 4 %", "What to do:\n1. "):
        assert expected in document["text"]
    assert document["severity"] == ("LOW" if outcome == "helped" else "HIGH")
    assert document["action"]["outcome"] == outcome
    assert len(document["subject"]) <= 100


def test_a_mute_window_tells_nobody_and_names_its_end(world: World) -> None:
    what = payload("alert", 0, issue())
    what["result"]["muted_until"] = iso(3600)
    answer = world.handle(what)
    assert answer["outcome"] == "muted"
    assert answer["incident"] == {
        "id": f"studio-a-muted-{OPENED + 3_600_000}",
        "opened_at": OPENED,
        "muted_until": "2026-01-01T13:00:00Z",
    }
    assert world.topic.sent == []


def test_a_healthy_flow_is_healthy_while_muted(world: World) -> None:
    what = payload("recovery", 0)
    what["result"]["muted_until"] = iso(3600)
    assert world.do(what) == "healthy"


def test_maintenance_mutes_from_its_start_to_its_end(world: World) -> None:
    assert world.do(event("recovery", 0, maintenance="started")) == "healthy"
    answer = world.handle(payload("alert", 10, issue()))
    assert (answer["outcome"], answer["incident"]["muted_until"]) == ("muted", "2026-01-01T14:00:00Z")
    assert world.do(event("alert", 20, issue(), maintenance="ended")) == "alert"


def test_when_maintenance_has_ended_the_flow_is_looked_at_again(world: World) -> None:
    world.do(event("recovery", 0, maintenance="started"))
    answer = world.handle(event("recovery", 600, maintenance="ended"))
    assert answer["outcome"] == "muted"
    assert answer["incident"]["muted_until"] == f"{iso(900)[:-5]}Z"
    assert world.do(event("recovery", 601, maintenance="ended")) == "healthy"


def test_a_mute_is_waited_for_to_its_last_millisecond(world: World) -> None:
    what = payload("alert", 0, issue())
    what["result"]["muted_until"] = iso(10.001)
    assert world.handle(what)["incident"]["muted_until"] == f"{iso(11)[:-5]}Z"


def test_maintenance_that_is_only_scheduled_mutes_nothing(world: World) -> None:
    world.do(event("recovery", 0, maintenance="scheduled"))
    assert world.do(payload("alert", 10, issue())) == "alert"


def test_maintenance_whose_end_is_never_heard_ends_after_two_hours(world: World) -> None:
    world.do(event("recovery", 0, maintenance="started"))
    assert world.do(payload("alert", 7190, issue())) == "muted"
    assert world.do(payload("alert", 7200, issue())) == "alert"


def test_an_end_of_maintenance_that_comes_late_ends_no_later_one(world: World) -> None:
    world.do(event("recovery", 100, maintenance="started"))
    world.do(event("recovery", 50, maintenance="ended"))
    assert world.do(payload("alert", 110, issue())) == "muted"


def test_a_recovery_is_told_even_while_muted_for_people_know_of_the_incident(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(event("recovery", 10, maintenance="started"))
    assert world.do(lasting(20)) == "muted"
    assert world.do(acted(30)) == "muted"
    assert world.do(over(60)) == "recovery"
    assert [one["kind"] for one in world.told()["actions"]] == ["switch"]


def test_a_failed_check_is_told_and_is_no_incident(world: World) -> None:
    answer = world.handle(failed({"flow_arn": ARN}))
    assert (answer["outcome"], answer["incident"]) == ("alert", None)


def test_flows_have_incidents_of_their_own(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    other = payload("alert", 1, issue())
    other["result"] |= {"flow_arn": f"{ARN}-b", "flow_name": "live-dev-studio-b", "flow_key": "studio-b"}
    assert world.do(other) == "alert"
    assert world.do(over(60)) == "recovery"


@given(key=st.text(min_size=1, max_size=300))
def test_an_incidents_id_can_name_an_execution(key: str) -> None:
    what = payload("alert", 0, issue())
    what["result"]["flow_key"] = key
    name = f"{request(what).flow_key}-muted-{OPENED}-999"
    assert len(name) <= 80
    assert name.replace("-", "").isalnum()
    assert name.isascii()


# Functions that die, topics that refuse, others at the same time.


def test_an_alert_that_could_not_be_sent_is_sent_when_tried_again(world: World) -> None:
    refused(world, payload("alert", 0, issue()))
    assert world.do(payload("alert", 0, issue())) == "alert"


def test_an_alert_that_could_not_be_sent_hides_no_other_and_needs_no_recovery(world: World) -> None:
    refused(world, payload("alert", 0, issue()))
    assert world.handle(payload("recovery", 3))["incident"] is None
    refused(world, payload("alert", 4, issue()))
    assert world.do(payload("alert", 5, issue(), alarm="packet-loss-trigger")) == "alert"


def test_an_escalation_that_could_not_be_sent_is_sent_by_whoever_comes_next(world: World) -> None:
    world.do(payload("alert", 0, issue(severity="LOW")))
    refused(world, payload("alert", 5, issue(), alarm="b"))
    assert world.do(payload("alert", 6, issue(), alarm="c")) == "escalation"
    assert world.do(payload("alert", 5, issue(), alarm="b")) == "duplicate"


@pytest.mark.parametrize("what", [lasting(900), acted(900), over(900)])
def test_what_the_response_workflow_could_not_tell_it_tells_when_it_tries_again(world: World, what: Any) -> None:
    world.do(payload("alert", 0, issue()))
    refused(world, what)
    assert world.do(what) == what["kind"]


def test_a_function_that_died_before_it_told_is_made_up_for_by_its_retry(world: World) -> None:
    world.store.report(request(payload("alert", 0, issue())))
    assert world.do(payload("alert", 5, issue(), alarm="other")) == "duplicate"
    assert world.do(payload("alert", 0, issue())) == "alert"


def test_a_function_that_died_and_was_never_tried_again_is_made_up_for_by_the_next(world: World) -> None:
    world.store.report(request(payload("alert", 0, issue())))
    world.now += 600
    answer = world.handle(payload("alert", 600, issue(), alarm="other"))
    assert (answer["outcome"], answer["incident"]["id"]) == ("alert", incident_id(0))
    assert world.do(payload("alert", 601, issue(), alarm="third")) == "duplicate"


def test_an_end_whose_function_died_is_told_by_its_retry(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.store.begin_close(request(over(60)))
    assert world.do(over(60)) == "recovery"


def test_while_the_end_is_being_told_it_is_held_and_taken_over_if_it_never_is(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.store.begin_close(request(over(60)))
    assert world.do(over(70)) == "held"
    world.now += 600
    assert world.do(over(660)) == "recovery"


def test_an_incident_that_is_being_opened_is_not_closed(world: World) -> None:
    world.store.report(request(payload("alert", 0, issue())))
    assert world.do(over(60)) == "held"


def test_trouble_found_before_the_end_was_decided_is_over_already(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.store.begin_close(request(over(60)))
    assert world.do(payload("alert", 50, issue(), alarm="other")) == "duplicate"


def test_trouble_while_the_end_is_told_is_a_new_incident_and_neither_end_is_lost(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.store.begin_close(request(over(60)))
    assert world.do(payload("alert", 70, issue(), alarm="other")) == "alert"
    assert world.do(over(60)) == "recovery"
    assert world.told()["duration_seconds"] == 60
    assert world.do(over(200, opened=70)) == "recovery"
    assert world.table.get(f"incident#{ARN}") is None


def test_trouble_that_is_found_after_the_end_is_told_though_its_alarm_is_older(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.store.begin_close(request(over(60)))
    assert world.do(payload("alert", 59, issue(), alarm="other")) == "alert"


def test_an_end_that_could_not_be_told_before_the_next_incident_is_told_later(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    closing = request(over(60))
    world.store.begin_close(closing)
    world.do(payload("alert", 70, issue(), alarm="other"))
    world.store.release(closing, RECOVERY)
    assert world.do(over(200, opened=70)) == "recovery"
    assert world.do(over(210, opened=0)) == "recovery"
    assert world.do(payload("alert", 220, issue())) == "alert"


def test_a_notice_that_could_not_be_marked_as_told_is_no_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*args: Any) -> None:
        raise StateStoreFailed("no")

    monkeypatch.setattr(world.store, "finish", unavailable)
    assert world.do(payload("alert", 0, issue())) == "alert"
    assert world.warnings == ["no"]


def before(world: World, method: str, step: Callable[[], Any]) -> None:
    """Run a step once, just before the table's first call of a method: what another function does at the same time."""
    original, pending = getattr(world.table, method), [step]

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if pending:
            pending.pop()()
        return original(*args, **kwargs)

    setattr(world.table, method, interrupted)


def test_of_two_alerts_at_the_same_time_one_is_told(world: World) -> None:
    outcomes: list[str] = []
    before(world, "put", lambda: outcomes.append(world.do(payload("alert", 1, issue(), alarm="other"))))
    outcomes.append(world.do(payload("alert", 0, issue())))
    assert outcomes == ["alert", "duplicate"]
    assert world.kinds() == ["alert"]


def test_of_two_ends_at_the_same_time_one_is_told(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    outcomes: list[str] = []
    before(world, "put", lambda: outcomes.append(world.do(over(60))))
    outcomes.append(world.do(over(61)))
    assert outcomes == ["recovery", "healthy"]


def test_trouble_between_reading_and_closing_holds_the_end(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    before(world, "put", lambda: world.do(payload("alert", 90, issue(JITTER, 9, "LOW"), alarm="jitter")))
    assert world.do(over(60)) == "held"


def test_an_item_that_never_stops_changing_is_an_error_to_try_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alerts.table import Changed

    def changed(*args: Any) -> None:
        raise Changed

    monkeypatch.setattr(world.table, "put", changed)
    with pytest.raises(StateStoreFailed, match="kept changing"):
        world.do(payload("alert", 0, issue()))


# From one way to the other while an incident is open.


def test_an_incident_of_before_the_response_workflow_is_closed_as_it_was_then(world: World) -> None:
    world.service._transitions.handle(request(payload("alert", 0, issue())))
    answer = world.handle(payload("recovery", 60))
    assert (answer["outcome"], answer["incident"]) == ("recovery", None)


def test_an_incident_of_before_the_response_workflow_is_taken_over_by_the_next_alert(world: World) -> None:
    world.service._transitions.handle(request(payload("alert", 0, issue())))
    answer = world.handle(payload("alert", 60, issue()))
    assert (answer["outcome"], answer["incident"]["id"]) == ("alert", incident_id(60))


def test_without_the_response_workflow_again_a_transition_closes_what_it_left_open(world: World) -> None:
    world.do(payload("alert", 0, issue()))
    world.do(event("alert", 5, condition()))
    assert world.service._transitions.handle(request(payload("recovery", 60)))["outcome"] == "recovery"
    assert sorted(world.told()["recovered"]) == ["SourceHealth", LOSS]


def test_what_a_response_workflow_sends_is_refused_without_it(world: World) -> None:
    from alerts.errors import InvalidRequest

    for what in (lasting(0), acted(0), asked(0)):
        with pytest.raises(InvalidRequest, match="INCIDENT_MODE=response"):
            world.service._transitions.handle(request(what))


def test_keys_tell_attempts_apart_and_deliveries_not() -> None:
    keys = [request(what).idempotency_key for what in (over(60), over(61), acted(60), acted(60, outcome="failed"))]
    assert len(set(keys)) == 4
    assert request(over(60)).idempotency_key == keys[0]
    assert ALERT in request(payload("alert", 0, issue())).idempotency_key
    assert request(assessed("recovery", 1, 0)).incident_id == incident_id(0)
