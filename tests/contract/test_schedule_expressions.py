"""Schedule expressions of EventBridge's rules and of EventBridge Scheduler: what is one, and when it is due."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.eventbridge.cron import parse_rule_schedule, parse_schedule
from running_cloud import RunningCloud

RULES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"
SCHEDULES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
START = datetime(2026, 1, 1, tzinfo=UTC)


def next_times(expression: str, after: str, count: int, zone: str = "") -> list[str]:
    """The next times, as the zone's wall clock and offset show them."""
    schedule = parse_schedule(expression, zone) if zone else parse_rule_schedule(expression)
    moment: datetime | None = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = []
    for _ in range(count):
        moment = schedule.after(moment, START) if moment else None
        if moment is None:
            break
        found.append(moment.astimezone(ZoneInfo(zone or "UTC")).strftime("%Y-%m-%d %H:%M%z").removesuffix("+0000"))
    return found


@pytest.mark.contract("Rules take rates with a matching unit and cron expressions of six fields", source=RULES)
@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(25 minutes)",
        "rate(1 hour)",
        "rate(36 hours)",
        "rate(1 day)",
        "rate(14 days)",
        "cron(30 6 * * ? *)",
        "cron(0/20 5-23 ? * TUE-SAT *)",
        "cron(15,45 4 L * ? *)",
        "cron(0 9 15W * ? *)",
        "cron(0 22 ? * WED#2 *)",
        "cron(10 1 ? * 5L 2026-2030)",
        "cron(0 0 1 JAN,JUL ? 2027)",
        "cron(0/30 22-3 ? * SUN-THU *)",
    ],
)
def test_what_rules_take(cloud: RunningCloud, expression: str) -> None:
    events = cloud.client("events")
    name = f"takes-{uuid.uuid4().hex[:6]}"
    events.put_rule(Name=name, ScheduleExpression=expression, State="DISABLED")
    assert events.describe_rule(Name=name)["ScheduleExpression"] == expression


@pytest.mark.contract("Rules refuse every other schedule expression", source=RULES)
@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(-3 hours)",
        "rate(10 seconds)",
        "rate(2 weeks)",
        "rate(5 MINUTES)",
        "rate( 5 minutes )",
        "rate(five minutes)",
        "cron(0 6 * * *)",
        "cron(0 6 * * * *)",
        "cron(0 6 ? * ? *)",
        "cron(60 6 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 6 32 * ? *)",
        "cron(0 6 * 13 ? *)",
        "cron(0 6 ? * 8 *)",
        "cron(0 6 ? * FRIDAY *)",
        "cron(0 6 ? * 3#6 *)",
        "cron(0 6 ? * 3#1,6#3 *)",
        "cron(0 6 * * ? 1969)",
        "cron(0 6 * * ? 2200)",
        "at(2030-01-01T00:00:00)",
        "every day",
    ],
)
def test_what_rules_refuse(cloud: RunningCloud, expression: str) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("events").put_rule(Name="refused", ScheduleExpression=expression)
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Parameter ScheduleExpression is not valid.",
    }


@pytest.mark.contract("Rules on a schedule are made on the default bus only", source=RULES)
def test_schedules_are_for_the_default_bus(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    events.create_event_bus(Name="another")
    with pytest.raises(ClientError, match="ScheduleExpression is supported only on the default event bus"):
        events.put_rule(Name="elsewhere", EventBusName="another", ScheduleExpression="rate(1 hour)")


@pytest.mark.contract("Cron expressions are due when their six fields say so, in UTC", source=RULES)
@pytest.mark.parametrize(
    ("expression", "after", "wanted"),
    [
        pytest.param("cron(30 6 * * ? *)", "2026-11-20T06:30", ["2026-11-21 06:30"], id="daily"),
        pytest.param("cron(0/20 * * * ? *)", "2026-11-20T06:05", ["2026-11-20 06:20", "2026-11-20 06:40"], id="steps"),
        pytest.param(
            "cron(7/25 * * * ? *)",
            "2026-11-20T06:07",
            ["2026-11-20 06:32", "2026-11-20 06:57"],
            id="steps-from-a-minute",
        ),
        pytest.param(
            "cron(*/25 * * * ? *)", "2026-11-20T06:50", ["2026-11-20 07:00", "2026-11-20 07:25"], id="steps-begin-again"
        ),
        pytest.param("cron(5,50 4 * * ? *)", "2026-11-20T04:05", ["2026-11-20 04:50", "2026-11-21 04:05"], id="list"),
        pytest.param("cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00", ["2026-11-23 18:00"], id="weekdays-by-name"),
        pytest.param("cron(0 18 ? * 2-6 *)", "2026-11-20T18:00", ["2026-11-23 18:00"], id="weekdays-by-number"),
        pytest.param("cron(0 1 ? * 1 *)", "2026-11-20T00:00", ["2026-11-22 01:00"], id="sunday-is-1"),
        pytest.param(
            "cron(0 1 ? * SAT-MON *)",
            "2026-11-20T00:00",
            ["2026-11-21 01:00", "2026-11-22 01:00", "2026-11-23 01:00", "2026-11-28 01:00"],
            id="range-over-the-week",
        ),
        pytest.param(
            "cron(0 22-1 20 11 ? *)",
            "2026-11-19T00:00",
            ["2026-11-20 00:00", "2026-11-20 01:00", "2026-11-20 22:00", "2026-11-20 23:00"],
            id="range-over-midnight",
        ),
        pytest.param("cron(0 8 L * ? *)", "2026-02-01T00:00", ["2026-02-28 08:00", "2026-03-31 08:00"], id="last-day"),
        pytest.param("cron(0 8 L 2 ? *)", "2027-03-01T00:00", ["2028-02-29 08:00"], id="last-day-of-a-leap-year"),
        pytest.param("cron(0 8 L-2 * ? *)", "2026-02-01T00:00", ["2026-02-26 08:00"], id="days-before-the-last"),
        pytest.param("cron(0 8 LW * ? *)", "2026-10-02T00:00", ["2026-10-30 08:00"], id="last-weekday"),
        pytest.param("cron(0 9 15W * ? *)", "2026-11-01T00:00", ["2026-11-16 09:00"], id="weekday-after-a-sunday"),
        pytest.param("cron(0 9 15W 8 ? *)", "2026-08-01T00:00", ["2026-08-14 09:00"], id="weekday-before-a-saturday"),
        pytest.param("cron(0 9 1W * ? *)", "2026-08-01T00:00", ["2026-08-03 09:00"], id="weekday-stays-in-the-month"),
        pytest.param("cron(0 9 31W 1 ? *)", "2027-01-01T00:00", ["2027-01-29 09:00"], id="weekday-at-the-end"),
        pytest.param(
            "cron(0 9 31 * ? *)",
            "2026-04-01T00:00",
            ["2026-05-31 09:00", "2026-07-31 09:00"],
            id="day-that-months-lack",
        ),
        pytest.param(
            "cron(0 9 ? * 6#3 *)", "2026-11-01T00:00", ["2026-11-20 09:00", "2026-12-18 09:00"], id="third-friday"
        ),
        pytest.param(
            "cron(0 9 ? * MON#5 *)", "2026-11-01T00:00", ["2026-11-30 09:00", "2027-03-29 09:00"], id="fifth-monday"
        ),
        pytest.param(
            "cron(15 10 ? * 6L *)", "2026-11-01T00:00", ["2026-11-27 10:15", "2026-12-25 10:15"], id="last-friday"
        ),
        pytest.param("cron(0 9 ? * L *)", "2026-11-20T00:00", ["2026-11-21 09:00"], id="last-of-the-week-is-saturday"),
        pytest.param(
            "cron(0 0 1 JAN,JUL ? *)", "2026-11-20T00:00", ["2027-01-01 00:00", "2027-07-01 00:00"], id="months"
        ),
        pytest.param(
            "cron(0 0 29 2 ? *)", "2026-11-20T00:00", ["2028-02-29 00:00", "2032-02-29 00:00"], id="leap-days"
        ),
        pytest.param(
            "cron(0 0 1 1 ? 2027-2028)", "2026-11-20T00:00", ["2027-01-01 00:00", "2028-01-01 00:00"], id="years-end"
        ),
        pytest.param("cron(0 0 1 1 ? 2020)", "2026-11-20T00:00", [], id="years-past"),
        pytest.param(
            "cron(0 0 1 1 ? 2026/2)",
            "2026-11-20T00:00",
            ["2028-01-01 00:00", "2030-01-01 00:00"],
            id="every-other-year",
        ),
    ],
)
def test_cron(expression: str, after: str, wanted: list[str]) -> None:
    assert next_times(expression, after, max(len(wanted), 1)) == wanted


@pytest.mark.contract("After its last year a cron expression is never due", source=RULES)
def test_the_end_of_the_years() -> None:
    assert next_times("cron(0 0 1 1 ? 2027-2028)", "2028-01-01T00:00", 1) == []


@pytest.mark.contract("Rates are counted from their start", source=RULES)
@pytest.mark.parametrize(
    ("expression", "after", "wanted"),
    [
        pytest.param("rate(7 minutes)", "2026-01-01T00:00", ["2026-01-01 00:07", "2026-01-01 00:14"], id="minutes"),
        pytest.param("rate(5 hours)", "2026-01-01T23:30", ["2026-01-02 01:00"], id="hours"),
        pytest.param("rate(2 days)", "2026-01-04T12:00", ["2026-01-05 00:00"], id="days"),
    ],
)
def test_rates(expression: str, after: str, wanted: list[str]) -> None:
    assert next_times(expression, after, len(wanted)) == wanted


@pytest.mark.contract(
    "Schedules follow the wall clock of their zone: what summer time skips is skipped, what comes twice counts once",
    source=SCHEDULES,
)
@pytest.mark.parametrize(
    ("expression", "zone", "after", "wanted"),
    [
        pytest.param("cron(30 7 * * ? *)", "Europe/Berlin", "2026-07-01T00:00", ["2026-07-01 07:30+0200"], id="summer"),
        pytest.param("cron(30 7 * * ? *)", "Europe/Berlin", "2026-12-01T00:00", ["2026-12-01 07:30+0100"], id="winter"),
        pytest.param(
            "cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28T12:00", ["2026-03-30 02:30+0200"], id="skipped"
        ),
        pytest.param(
            "cron(0 3 * * ? *)", "Europe/Berlin", "2026-03-28T12:00", ["2026-03-29 03:00+0200"], id="just-after-the-gap"
        ),
        pytest.param(
            "cron(30 2 * * ? *)",
            "Europe/Berlin",
            "2026-10-24T12:00",
            ["2026-10-25 02:30+0200", "2026-10-26 02:30+0100"],
            id="once-of-twice",
        ),
        pytest.param(
            "cron(30 1 * * ? *)",
            "America/New_York",
            "2026-10-31T12:00",
            ["2026-11-01 01:30-0400", "2026-11-02 01:30-0500"],
            id="once-of-twice-elsewhere",
        ),
        pytest.param(
            "cron(0 9 * * ? *)", "Asia/Kolkata", "2026-11-20T00:00", ["2026-11-20 09:00+0530"], id="half-hours"
        ),
        pytest.param(
            "cron(0 0 1 * ? *)",
            "Pacific/Auckland",
            "2026-11-20T00:00",
            ["2026-12-01 00:00+1300"],
            id="the-zone-has-another-date",
        ),
        pytest.param(
            "rate(1 days)",
            "Europe/Berlin",
            "2026-03-28T12:00",
            ["2026-03-29 01:00+0100", "2026-03-30 02:00+0200"],
            id="rates-do-not-care",
        ),
        pytest.param(
            "at(2026-07-01T20:15:00)", "Europe/Berlin", "2026-06-01T00:00", ["2026-07-01 20:15+0200"], id="once"
        ),
        pytest.param("at(2026-07-01T20:15:00)", "Europe/Berlin", "2026-07-01T18:15", [], id="once-and-past"),
    ],
)
def test_time_zones(expression: str, zone: str, after: str, wanted: list[str]) -> None:
    assert next_times(expression, after, max(len(wanted), 1), zone) == wanted


@pytest.mark.contract(
    "Scheduler refuses expressions that are none, with their text",
    source="https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html",
    limits="the words for an unknown time zone are not documented",
)
@pytest.mark.parametrize(
    "expression",
    [
        "rate(10 seconds)",
        "rate(0 minutes)",
        "cron()",
        "cron(0 6 * * * *)",
        "cron(0 6 ? * NO *)",
        "at(2026-02-30T00:00:00)",
        "at(2026-02-03)",
        "soon",
    ],
)
def test_what_scheduler_refuses(cloud: RunningCloud, expression: str) -> None:
    role = cloud.role(f"refused-{uuid.uuid4().hex[:6]}")
    with pytest.raises(ClientError) as refused:
        cloud.client("scheduler").create_schedule(
            Name="refused",
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:eu-central-1:123456789012:any", "RoleArn": role},
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert refused.value.response["Error"]["Message"] == f"Invalid Schedule Expression {expression}."
