"""What happens by itself in config.yaml: the response to an incident, and flows that start and stop by schedule.

The limits are those of modules/stream_monitor's `response` and of modules/flow_lifecycle's schedules.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from headend.config_types import Key, Model, ScheduleExpression


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("is no time zone; write one such as Europe/Berlin")
    return value


SourceState = Literal["healthy", "degraded", "dead", "unknown"]
States = Annotated[list[SourceState], Field(min_length=1)]


class Rule(Model):
    """What is done about a flow in trouble; a condition left out holds always."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    action: Literal["none", "restart", "switch"]
    bad_seconds: Annotated[int, Field(ge=0, le=120)] | None = None
    every: States | None = None
    flow_issues: Annotated[list[str], Field(min_length=1)] | None = None
    other: States | None = None
    selected: States | None = None

    @model_validator(mode="after")
    def _only_dead_flows_restart(self) -> Self:
        if self.action == "restart" and set(self.every or []) != {"dead"}:
            raise ValueError("action: restart needs every: [dead]; to stop a flow that carries a picture is an outage")
        return self


class Response(Model):
    """One incident for each flow: looked at until it is over, acted on by rule, told of once."""

    approval_timeout_seconds: Annotated[int, Field(ge=60, le=86400)] | None = None
    cool_down_seconds: Annotated[int, Field(ge=0, le=86400)] | None = None
    escalate_after_seconds: Annotated[int, Field(ge=60, le=86400)] | None = None
    event_condition_seconds: Annotated[int, Field(ge=30, le=3600)] | None = None
    flapping_count: Annotated[int, Field(ge=2, le=100)] | None = None
    hold_seconds: Annotated[int, Field(ge=10, le=3600)] | None = None
    maximum_switches_per_hour: Annotated[int, Field(ge=1, le=60)] | None = None
    recheck_seconds: Annotated[int, Field(ge=10, le=600)] | None = None
    restart: bool | None = None
    rules: list[Rule] | None = None
    switch: bool | None = None
    verify_seconds: Annotated[int, Field(ge=5, le=600)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.recheck_seconds and self.hold_seconds and self.recheck_seconds > self.hold_seconds:
            raise ValueError("recheck_seconds: is greater than hold_seconds; a flow is looked at while it must hold")
        names = [rule.name for rule in self.rules or []]
        if len(set(names)) < len(names):
            raise ValueError("rules: two rules have the same name; people are told which one decided")
        return self


class Schedule(Model):
    """When a flow is started or stopped."""

    flow: Key
    action: Literal["start", "stop"]
    schedule_expression: ScheduleExpression
    timezone: Annotated[str, AfterValidator(_timezone)] | None = None
