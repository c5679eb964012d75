"""Schedule expressions fire when AWS says they do, and scheduled rules really fire."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest

from headend.localcloud.cron import due, rate_seconds
from headend.localcloud.schedules import Schedules

from .conftest import REGION, RunningCloud


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 hours)", 7200),
        ("rate(1 day)", 86400),
        ("cron(* * * * ? *)", None),
    ],
)
def test_rates(expression: str, seconds: int | None) -> None:
    assert rate_seconds(expression) == seconds


@pytest.mark.parametrize(
    ("expression", "moment", "fires"),
    [
        ("cron(0 10 * * ? *)", "2026-11-20T10:00", True),
        ("cron(0 10 * * ? *)", "2026-11-20T10:01", False),
        ("cron(0/15 * * * ? *)", "2026-11-20T10:45", True),
        ("cron(15 12 ? * MON-FRI *)", "2026-11-20T12:15", True),
        ("cron(15 12 ? * MON-FRI *)", "2026-11-21T12:15", False),
        ("cron(0 8 1 * ? *)", "2026-12-01T08:00", True),
        ("cron(0 8 L * ? *)", "2026-02-28T08:00", True),
        ("cron(0 8 L * ? *)", "2026-02-27T08:00", False),
        ("cron(0 9 ? * 2#1 *)", "2026-11-02T09:00", True),
        ("cron(0 9 ? * 2#1 *)", "2026-11-09T09:00", False),
        ("cron(0 9 ? * 6L *)", "2026-11-27T09:00", True),
        ("cron(0 9 3W * ? *)", "2026-10-02T09:00", True),
        ("cron(0 0 1 JAN ? 2027)", "2027-01-01T00:00", True),
        ("cron(0 0 1 JAN ? 2027)", "2028-01-01T00:00", False),
        ("cron(5,35 14 * * ? *)", "2026-11-20T14:35", True),
    ],
)
def test_cron_expressions(expression: str, moment: str, fires: bool) -> None:
    assert due(expression, datetime.fromisoformat(moment).replace(tzinfo=UTC)) is fires


def test_other_expressions_are_refused() -> None:
    with pytest.raises(ValueError, match="six fields"):
        due("cron(* * *)", datetime.now(tz=UTC))


class _LaterClock:
    """The server's clock, some seconds ahead."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._clock = cloud.server.clock
        self.ahead = 0.0

    def time(self) -> float:
        return self._clock.time() + self.ahead

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), tz=UTC)


def test_a_scheduled_rule_sends_a_scheduled_event_each_interval(
    cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"every-{uuid.uuid4().hex[:6]}"
    url, arn = cloud.queue(name)
    events = cloud.client("events")
    rule_arn = events.put_rule(Name=name, ScheduleExpression="rate(1 minute)")["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    schedules = Schedules(cloud.server)
    clock = _LaterClock(cloud)
    schedules.check()
    monkeypatch.setattr(schedules, "_cloud", _With(cloud, clock))
    clock.ahead = 61
    schedules.check()
    schedules.check()
    event = json.loads(cloud.receive(url)["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert (event["resources"], event["region"]) == ([rule_arn], REGION)
    events.disable_rule(Name=name)
    clock.ahead = 200
    schedules.check()
    fired = cloud.timeline("schedule", rule=name)
    assert len(fired) == 1


class _With:
    """The server with another clock."""

    def __init__(self, cloud: RunningCloud, clock: _LaterClock) -> None:
        self.clock = clock
        self._server = cloud.server

    def __getattr__(self, name: str) -> object:
        return getattr(self._server, name)
