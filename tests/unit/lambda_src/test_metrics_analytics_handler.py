"""The function as the workflow calls it: payload, configuration, errors by name."""

import json
from typing import Any

import pytest
from analytics.errors import InvalidEvent
from analytics.requests import parse
from analytics.settings import SCHEMA, Change, Settings, TrendSettings
from analytics.settings import parse as parse_settings
from fastjsonschema import compile as compile_schema

from unit.lambda_src.analytics_cases import BUCKET, CPU, DAY, NOW, bucket, config, event, lines, objects, threshold
from unit.lambda_src.test_handlers import Context, load


@pytest.fixture
def handler(aws: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Headend")
    monkeypatch.setenv("BUCKET_NAME", BUCKET)
    return load("metrics_analytics")


def test_both_analyses_answer_the_workflow(handler: Any) -> None:
    bucket(objects(lines("i-1", [97.0] * 36) + lines("i-1", [20.0] * 36, NOW - DAY)))
    trend = handler.handler(event("trend"), Context())
    day = handler.handler(event("day-over-day"), Context())
    assert [one["kind"] for one in trend["findings"]] == ["threshold"]
    assert [one["kind"] for one in day["findings"]] == ["rise"]
    assert json.loads(json.dumps([trend, day])) == [trend, day]


def test_the_same_run_asked_twice_answers_the_same(handler: Any) -> None:
    bucket(objects(lines("i-1", [97.0] * 36)))
    assert handler.handler(event(), Context()) == handler.handler(event(), Context())


def test_a_bucket_that_is_gone_is_raised_by_its_name(handler: Any) -> None:
    with pytest.raises(Exception, match="could not be listed") as raised:
        handler.handler(event(), Context())
    assert type(raised.value).__name__ == "StorageFailed"


def test_anything_unexpected_is_raised_as_analytics_error(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "analyse", lambda *_: 1 / 0)
    with pytest.raises(Exception, match="ZeroDivisionError") as raised:
        handler.handler(event(), Context())
    assert type(raised.value).__name__ == "AnalyticsError"


@pytest.mark.parametrize(
    "changes",
    [
        {"analysis": "guess"},
        {"run_id": "../run"},
        {"run_id": "a/b"},
        {"run_id": "r" * 81},
        {"metric_types": "cpu"},
        {"metric_types": ["cpu", "cpu"]},
        {"metric_types": ["cpu/date=x"]},
        {"metric_types": ["cpu-2"]},
        {"metric_types": ["cpu\n"]},
        {"started": "yesterday"},
        {"started": "0001-01-01T00:00:00+00:00"},
        {"started": "9999-12-31T23:59:59+00:00"},
        {"config": None},
        {"config": "{"},
        {"config": "[]"},
    ],
)
def test_a_payload_that_the_workflow_does_not_send_is_refused(changes) -> None:
    with pytest.raises(InvalidEvent):
        parse(event(**changes), NOW)


def test_without_a_start_the_run_began_now() -> None:
    payload = event()
    del payload["started"]
    assert parse(payload, NOW).at == NOW


def test_a_start_of_another_time_zone_is_that_moment() -> None:
    assert parse(event(started="2026-01-02T14:00:00+02:00"), DAY + NOW).at == NOW


def test_only_the_metric_types_must_be_configured() -> None:
    assert parse_settings('{"metric_types": {}}') == Settings({})
    assert parse_settings('{"metric_types": {}}').of("cpu").change == Change()


def test_the_units_of_the_configuration_are_those_of_its_names() -> None:
    settings = parse_settings(config(trend={"window_hours": 48, "recent_minutes": 60, "horizon_hours": 24}))
    assert settings.trend == TrendSettings(window=172_800, recent=3600, horizon=86_400)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"treshold": 1}, "properties"),
        ({"delay_seconds": -1}, "delay_seconds"),
        ({"metric_types": {"cpu": {"thresholds": [threshold(CPU, 1, "LOUD")]}}}, "severity"),
        ({"metric_types": {"cpu": {"thresholds": [{"metric": CPU}]}}}, "comparison"),
        ({"metric_types": {"a b": {}}}, "properties"),
        ({"metric_types": {"cpu-2": {}}}, "properties"),
        ({"trend": {"window_hours": 168}, "resolution_seconds": 60}, "make the resolution coarser"),
        ({"trend": {"window_hours": 1, "recent_minutes": 90}}, "recent_minutes"),
        ({"trend": {"fit": 1.5}}, "fit"),
        ({"day_over_day": {"window_hours": 25}}, "window_hours"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(changes, says) -> None:
    with pytest.raises(InvalidEvent, match=says):
        parse_settings(config(**changes))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "1e301", "1" + "0" * 400])
def test_a_threshold_that_is_no_number_is_refused(number) -> None:
    text = config().replace("80", number)
    assert number in text
    with pytest.raises(InvalidEvent):
        parse_settings(text)


def test_the_schema_is_one_that_others_can_use() -> None:
    compile_schema(SCHEMA)(json.loads(config()))
    json.dumps(SCHEMA)
