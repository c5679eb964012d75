"""Schedule expressions fire when AWS says they do, and scheduled rules really fire."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest

from headend.localcloud.eventbridge.cron import Cron, Rate, ScheduleError, parse_rule_schedule

from .conftest import REGION, RunningCloud


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200), ("rate(1 day)", 86400)],
)
def test_rates(expression: str, seconds: int) -> None:
    assert parse_rule_schedule(expression) == Rate(seconds)


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
    schedule = parse_rule_schedule(expression)
    assert isinstance(schedule, Cron)
    assert schedule.due(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is fires


def test_other_expressions_are_refused() -> None:
    with pytest.raises(ScheduleError, match="six fields"):
        parse_rule_schedule("cron(* * *)")


def test_a_scheduled_rule_sends_a_scheduled_event_each_interval(cloud: RunningCloud) -> None:
    name = f"every-{uuid.uuid4().hex[:6]}"
    url, arn = cloud.queue(name)
    events = cloud.client("events")
    rule_arn = events.put_rule(Name=name, ScheduleExpression="rate(1 minute)")["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    cloud.step(61)
    event = json.loads(cloud.receive(url)["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert (event["resources"], event["region"]) == ([rule_arn], REGION)
    events.disable_rule(Name=name)
    cloud.step(200)
    events.enable_rule(Name=name)
    cloud.step(59)
    assert len(cloud.timeline("schedule", rule=name)) == 1
    cloud.step(2)
    assert len(cloud.timeline("schedule", rule=name)) == 2
    events.disable_rule(Name=name)


def test_three_hours_pass_at_once(cloud: RunningCloud) -> None:
    name = f"nightly-{uuid.uuid4().hex[:6]}"
    cloud.client("events").put_rule(Name=name, ScheduleExpression="rate(3 hours)")
    cloud.step(3 * 3600 - 1)
    assert cloud.timeline("schedule", rule=name) == []
    cloud.step(2)
    assert len(cloud.timeline("schedule", rule=name)) == 1
    cloud.client("events").delete_rule(Name=name)
    cloud.step(6 * 3600)
    assert len(cloud.timeline("schedule", rule=name)) == 1
