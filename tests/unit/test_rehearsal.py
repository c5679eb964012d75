"""Rehearsals: what is made of notices and of the timeline, when an approval is answered, what fails a rehearsal."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from headend.errors import UsageError
from headend.localcloud.mediaconnect.scenario_model import load_all
from headend.rehearsal import report
from headend.rehearsal.deployment import deployed, past, send
from headend.rehearsal.facts import Change, Facts, Notice, notice_of
from headend.rehearsal.plays import BY_NAME, OF_ALL, PLAYS, Bad
from headend.rehearsal.runner import ANSWER_AFTER_SECONDS, APART_SECONDS, Result, run
from headend.rehearse import wanted

BEGAN = 1_800_000_000.0
LINK = "https://abc.execute-api.eu-central-1.amazonaws.com/approvals/a-1?key=secret"
FLOW = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-a-b:live"


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(BEGAN + seconds, UTC).isoformat().replace("+00:00", "Z")


def told(seconds: float, kind: str, **more: Any) -> Notice:
    return Notice(at=BEGAN + seconds, kind=kind, severity="HIGH", subject=kind, **more)


def entry(seconds: float, kind: str, **detail: Any) -> dict[str, Any]:
    return {"time": iso(seconds), "kind": kind, "summary": f"{kind} said", "detail": {"flow_arn": FLOW, **detail}}


class Scripted:
    """A venue where everything happens as written, in seconds after the scenario begins."""

    flow_arn = FLOW

    def __init__(self, notices: list[Notice], entries: list[dict[str, Any]] | None = None) -> None:
        self.time = BEGAN - APART_SECONDS
        self.script, self.entries = notices, entries or []
        self.played: list[tuple[str, float]] = []
        self.looked: list[tuple[str, float]] = []
        self.answers: list[tuple[str, str, float]] = []

    def now(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds

    def skip(self, seconds: float) -> None:
        self.time += seconds

    def play(self, scenario: str) -> None:
        self.played.append((scenario, self.time - BEGAN))

    def timeline(self) -> list[Mapping[str, Any]]:
        due = [one for one in self.entries if datetime.fromisoformat(one["time"]).timestamp() <= self.time]
        self.entries = [one for one in self.entries if one not in due]
        return [dict(one) for one in due]

    def notices(self) -> list[Notice]:
        due = [one for one in self.script if one.at <= self.time]
        self.script = [one for one in self.script if one not in due]
        return due

    def look(self, link: str) -> int:
        self.looked.append((link, self.time - BEGAN))
        return 200

    def answer(self, link: str, answer: str) -> int:
        self.answers.append((link, answer, self.time - BEGAN))
        return 200

    def first_bad(self, bad: Bad, since: float) -> float | None:
        del bad
        return since + 1

    def preferred(self) -> str | None:
        return "primary"

    def busy(self) -> list[str]:
        return []

    def restore(self) -> None:
        """There is nothing to restore."""


def test_a_notice_is_read_out_of_its_envelope() -> None:
    document = {
        "kind": "approval",
        "severity": "HIGH",
        "issues": [{"metric": "NoData"}],
        "action": {"kind": "restart"},
        "text": f"Answer here: {LINK}\nuntil 10:00",
    }
    envelope = {"Timestamp": "2027-01-15T08:00:05.250Z", "Subject": "approve", "Message": json.dumps(document)}
    notice = notice_of(envelope)
    assert notice.at == BEGAN + 5.25
    assert (notice.kind, notice.severity, notice.metrics, notice.action_kind) == (
        "approval",
        "HIGH",
        ("NoData",),
        "restart",
    )
    assert notice.link == LINK


@pytest.mark.parametrize("message", ["not JSON", "[1]"])
def test_a_message_that_is_no_document_is_a_notice_all_the_same(message: str) -> None:
    attributes = {"kind": {"Type": "String", "Value": "alert"}}
    notice = notice_of({"Timestamp": iso(0), "Message": message, "MessageAttributes": attributes})
    assert notice.kind == "alert"
    assert notice_of({"Timestamp": iso(0), "Message": message}).kind == "other"


def test_alerts_are_counted_for_each_incident() -> None:
    one = [told(1, "alert"), told(9, "escalation"), told(20, "recovery")]
    assert Facts(BEGAN, notices=[*one, told(30, "alert")]).alerts_per_incident == 1
    assert len(Facts(BEGAN, notices=[*one, told(30, "alert")]).incidents) == 2
    assert Facts(BEGAN, notices=[told(1, "alert"), told(2, "alert"), told(20, "recovery")]).alerts_per_incident == 2
    assert Facts(BEGAN).alerts_per_incident == 0


def test_times_count_from_the_first_bad_datapoint_in_order() -> None:
    facts = Facts(BEGAN, first_bad=BEGAN + 1, notices=[told(4, "alert"), told(60, "recovery")])
    facts.add([entry(3, "source-switch", **{"from": "primary", "to": "backup"})], FLOW)
    assert facts.times() == {"backup selected": 2, "first notice": 3, "recovery told": 59}
    assert list(facts.times()) == ["backup selected", "first notice", "recovery told"]


def test_what_fails_beside_the_flow_is_kept_and_other_flows_are_not() -> None:
    facts = Facts(BEGAN)
    facts.add(
        [
            entry(1, "denied"),
            entry(1, "execution", status="FAILED"),
            entry(1, "execution", status="SUCCEEDED"),
            entry(1, "flow-status", **{"from": "ACTIVE", "to": "STOPPING"}),
            {**entry(1, "flow-status", **{"from": "ACTIVE", "to": "STOPPING"}), "detail": {"flow_arn": "another"}},
        ],
        FLOW,
    )
    assert facts.faults == ["denied said", "execution said"]
    assert facts.off_air() == [Change(BEGAN + 1, "ACTIVE", "STOPPING")]


def restart(outcome: str) -> dict[str, str]:
    return {"kind": "restart", "outcome": outcome}


def test_an_approval_is_answered_after_a_while_and_the_restart_must_come_after_it() -> None:
    notices = [
        told(2, "alert"),
        told(10, "approval", link=LINK),
        told(50, "action", action=restart("helped")),
        told(90, "recovery"),
    ]
    stop = entry(40, "flow-status", **{"from": "ACTIVE", "to": "STOPPING"})
    venue = Scripted(list(notices), [stop])
    result = run(BY_NAME["both-dead"], venue)
    [(link, answer, at)] = venue.answers
    assert (link, answer) == (LINK, "approve")
    assert venue.looked == [(LINK, 10)]
    assert at >= 10 + ANSWER_AFTER_SECONDS
    assert result.ok, report.failures([result])
    early = Scripted(list(notices), [{**stop, "time": iso(12)}])
    failed = run(BY_NAME["both-dead"], early)
    assert report.failures([failed]) == ["both-dead: expected: not stopped before the approval"]


def test_after_a_rejection_the_sources_come_back_by_themselves() -> None:
    venue = Scripted(
        [
            told(2, "alert"),
            told(10, "approval", link=LINK),
            told(45, "action", action=restart("rejected")),
            told(200, "recovery"),
        ]
    )
    result = run(BY_NAME["both-dead-rejected"], venue)
    assert [answer for _, answer, _ in venue.answers] == ["reject"]
    assert [name for name, _ in venue.played] == ["both-dead", "clean"]
    assert venue.played[1][1] >= 45
    assert result.ok, report.failures([result])


def test_a_notice_where_nobody_is_to_be_told_fails_the_rehearsal() -> None:
    result = run(BY_NAME["maintenance"], Scripted([told(70, "alert")]))
    assert not result.ok
    assert report.failures([result]) == ["maintenance: expected: nobody is told"]


def test_two_alerts_for_one_incident_fail_every_rehearsal() -> None:
    for play in PLAYS:
        assert set(OF_ALL) <= set(play.all_expected)
    result = run(BY_NAME["backup-worse"], Scripted([told(2, "alert"), told(3, "alert"), told(99, "recovery")]))
    assert "backup-worse: expected: never two alerts for one incident" in report.failures([result])


def test_what_does_not_end_is_watched_until_its_time_is_over() -> None:
    venue = Scripted([told(2, "alert")])
    result = run(BY_NAME["black"], venue)
    assert not result.ok
    assert result.facts.ended - result.facts.began >= BY_NAME["black"].seconds


def test_the_report_has_a_line_for_each_scenario_and_all_of_it_as_json() -> None:
    result: Result = run(BY_NAME["black"], Scripted([told(2, "alert"), told(99, "recovery")]))
    assert report.table([result]).row_count == 1
    said = json.loads(report.as_json([result], "stepped"))
    [scenario] = said["scenarios"]
    assert scenario["ok"]
    assert scenario["seconds"] == {"first notice": 1, "recovery told": 98}
    assert all(scenario["expected"].values())


def test_every_play_is_a_scenario_of_the_local_cloud() -> None:
    known = load_all()
    assert {play.scenario for play in PLAYS} <= set(known)
    assert len(BY_NAME) == len(PLAYS)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-24T04:00:00+00:00", 2.0),
        ("2026-11-24T00:00:00+00:00", 6.0),
        ("2026-11-23T18:00:00+00:00", 12.0),
        ("2026-11-23T16:00:00+00:00", 0.0),
        ("2026-11-24T06:00:00+00:00", 0.0),
        ("2026-11-21T12:00:00+00:00", 0.0),
    ],
)
def test_a_rehearsal_does_not_meet_the_flows_own_maintenance_window(now: str, hours: float) -> None:
    window = {"MaintenanceDay": "Tuesday", "MaintenanceStartHour": "03:00"}
    assert past(datetime.fromisoformat(now), window) == hours * 3600


def test_scenarios_are_chosen_by_name() -> None:
    assert wanted(None) == list(PLAYS)
    assert [play.name for play in wanted(["silence", "arq-recovers"])] == ["arq-recovers", "silence"]
    with pytest.raises(UsageError, match="no such scenario; there are: arq-recovers"):
        wanted(["loss"])


@pytest.mark.parametrize("module", ["modules/gone", "/tmp"])
def test_what_is_deployed_is_a_folder_in_the_repository(module: str, tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=f"--module {module}: no main.tf there"),
        deployed(tmp_path, Path(module), tmp_path / "work", print),
    ):
        """Not reached."""


def test_an_answer_is_posted_to_the_local_cloud_in_the_name_of_the_links_host() -> None:
    received: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((str(self.headers["Host"]), self.path, body))
            self.send_response(409)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    status = send(LINK, f"http://127.0.0.1:{server.server_port}", {"answer": "approve"})
    thread.join()
    server.server_close()
    assert status == 409
    host = "abc.execute-api.eu-central-1.amazonaws.com"
    assert received == [(host, "/approvals/a-1?key=secret", b"answer=approve")]
