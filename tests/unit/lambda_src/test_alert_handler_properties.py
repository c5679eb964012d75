"""Whatever the order of firings, returns to OK and refusals: people are told what they do not know, and only that."""

from collections.abc import Iterator
from typing import Any

import pytest
from alerts.errors import PublishFailed
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from unit.lambda_src.alert_cases import JITTER, LOSS, issue, payload
from unit.lambda_src.test_alert_handler_service import World

METRICS = st.lists(st.sampled_from([LOSS, JITTER, "SourceBitRate"]), min_size=1, max_size=3, unique=True)
ALARMS = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["alert", "alert", "still", "recovery"]), ALARMS, METRICS, st.booleans()), max_size=12
)


@pytest.fixture(scope="module", autouse=True)
def region() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        yield


def request(kind: str, at: int, alarm: str, metrics: list[str]) -> Any:
    """`still` is an alarm that returns to OK while something is wrong."""
    if kind == "recovery":
        return payload("recovery", at, alarm=alarm)
    return payload("alert", at, *map(issue, metrics), alarm=alarm, state="OK" if kind == "still" else "ALARM")


@settings(max_examples=60)
@given(steps=STEPS)
def test_people_are_told_exactly_what_they_do_not_know(steps: list[tuple[str, str, list[str], bool]]) -> None:
    with mock_aws():
        world = World()
        known: dict[str, str] = {}  # metric -> the alarm that told people about it
        opened = 0
        for number, (kind, alarm, metrics, refused) in enumerate(steps, 1):
            at = number * 10
            fresh = [m for m in metrics if m not in known or (kind == "alert" and known[m] == alarm)]
            expected = "recovery" if kind == "recovery" else "alert"
            if kind == "recovery" and not known:
                expected = "healthy"
            elif kind != "recovery" and not fresh:
                expected = "duplicate"
            world.topic.refuses = refused
            if refused and expected in ("alert", "recovery"):
                with pytest.raises(PublishFailed):
                    world.do(request(kind, at, alarm, metrics))
                continue
            assert world.do(request(kind, at, alarm, metrics)) == expected
            if expected == "alert":
                assert {i["metric"] for i in world.told()["issues"]} == set(fresh)
                opened = opened if known else at
                known |= dict.fromkeys(fresh, alarm)
            elif expected == "recovery":
                assert set(world.told()["recovered"]) == set(known)
                assert world.told()["duration_seconds"] == at - opened
                known.clear()
        assert world.warnings == []
