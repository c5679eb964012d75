"""Both Regions' workflows are run in order, and viewers are where they can be served at each moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from headend.errors import HeadendError, UsageError
from headend.live_operations import LiveOperations
from headend.live_outputs import LiveOutputs

HERE, THERE = "eu-central-1", "eu-west-1"
ORIGIN = {"kind": "s3", "domain_name": "live.s3.eu-central-1.amazonaws.com", "manifest_path": "/live/index.m3u8"}
LIVE = LiveOutputs.model_validate(
    {
        "regions": {
            key: {
                "region": region,
                "channel_id": "1",
                "lifecycle_arn": f"arn:aws:states:{region}:123456789012:stateMachine:live:live",
                "flow_arns": {"primary": "a", "backup": "b"},
                "origin": ORIGIN,
            }
            for key, region in (("primary", HERE), ("secondary", THERE))
        },
        "distribution_id": "E1",
        "play_url": "https://x/live/index.m3u8",
    }
)


class World:
    """Step Functions in both Regions, the key-value store, and what was done to them in order."""

    is_local = True

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.told: list[str] = []
        self.failing: dict[tuple[str, str], str] = {}
        self.preferred: str | None = None
        self.gone: set[str] = set()
        self.operations = LiveOperations(self, LIVE, self, self.told.append)  # type: ignore[arg-type]

    # The key-value store

    def read(self) -> str | None:
        return self.preferred

    def write(self, region: str) -> str | None:
        before, self.preferred = self.preferred, region
        if before != region:
            self.done.append(("viewers", region))
        return before

    # Step Functions

    def client(self, service: str, region: str) -> Any:
        assert service == "stepfunctions"
        return Workflow(self, region)


class Workflow:
    """The workflow of a Region: RUNNING once, then done."""

    def __init__(self, world: World, region: str) -> None:
        self.world, self.region, self.looks = world, region, 0

    def start_execution(self, **asked: Any) -> dict[str, Any]:
        if self.region in self.world.gone:
            raise EndpointConnectionError(endpoint_url=f"https://states.{self.region}.amazonaws.com/")
        assert self.region in asked["stateMachineArn"]
        self.asked = json.loads(asked["input"])
        more = {key: value for key, value in self.asked.items() if key != "action"}
        self.world.done.append((self.region, self.asked["action"], *more.values()))
        return {"executionArn": "x"}

    def describe_execution(self, **_: Any) -> dict[str, Any]:
        self.looks += 1
        if self.looks == 1:
            return {"status": "RUNNING"}
        error = self.world.failing.get((self.region, self.asked["action"]))
        return (
            {"status": "FAILED", "error": error, "cause": "so it is"}
            if error
            else {"status": "SUCCEEDED", "output": "{}"}
        )

    def get_paginator(self, operation: str) -> Workflow:
        assert operation == "get_execution_history"
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        names = ("StartFlows", "IsFit", "StartChannel")[: self.looks + 1]
        yield {
            "events": [
                {
                    "id": number,
                    "type": "ChoiceStateEntered" if name == "IsFit" else "TaskStateEntered",
                    "stateEnteredEventDetails": {"name": name},
                }
                for number, name in enumerate(names, start=1)
            ]
        }


@pytest.fixture
def world() -> World:
    return World()


def test_both_regions_are_started_the_secondary_one_first_and_then_viewers_come(world: World) -> None:
    world.preferred = THERE
    world.operations.start()
    assert world.done == [(THERE, "start"), (HERE, "start"), ("viewers", "auto")]


def test_one_region_is_started_by_itself_and_viewers_stay(world: World) -> None:
    world.preferred = THERE
    world.operations.start(HERE, feeds=1)
    assert world.done == [(HERE, "start", 1)]


def test_a_start_that_fails_goes_no_further(world: World) -> None:
    world.failing[THERE, "start"] = "FeedsMissing"
    with pytest.raises(HeadendError, match=f"^{THERE}: start: FeedsMissing: so it is; .*--region {HERE}$"):
        world.operations.start()
    assert world.done == [(THERE, "start")]


def test_a_region_that_does_not_answer_is_named_and_the_other_one_can_be_started_alone(world: World) -> None:
    world.gone.add(THERE)
    with pytest.raises(HeadendError, match=f"^{THERE}: start: Could not connect.*; start again, or .*--region {HERE}$"):
        world.operations.start()
    world.operations.start(HERE)
    assert world.done == [(HERE, "start")]


def test_viewers_have_left_before_a_region_that_is_gone_cannot_be_stopped(world: World) -> None:
    world.gone.add(HERE)
    with pytest.raises(HeadendError, match=f"^{HERE}: stop: Could not connect"):
        world.operations.stop(HERE)
    assert world.preferred == THERE


def test_each_state_with_something_to_wait_for_is_told_once(world: World) -> None:
    world.operations.start(HERE)
    assert world.told == [f"{HERE}: StartFlows", f"{HERE}: StartChannel"]


def test_viewers_go_where_they_can_be_served(world: World) -> None:
    world.operations.switch(THERE)
    assert world.done == [(THERE, "ready"), ("viewers", THERE)]


def test_viewers_stay_where_they_are_while_the_other_region_is_not_ready(world: World) -> None:
    world.failing[THERE, "ready"] = "NotReady"
    with pytest.raises(HeadendError, match="NotReady"):
        world.operations.switch(THERE)
    assert world.done == [(THERE, "ready")]


def test_viewers_are_moved_away_before_a_region_is_stopped(world: World) -> None:
    world.operations.stop(HERE)
    assert world.done == [(THERE, "ready"), ("viewers", THERE), (HERE, "stop", "moved")]


def test_a_region_is_not_stopped_while_the_other_one_cannot_serve(world: World) -> None:
    world.failing[THERE, "ready"] = "ChannelNotRunning"
    with pytest.raises(HeadendError, match="ChannelNotRunning"):
        world.operations.stop(HERE)
    assert world.done == [(THERE, "ready")]


@pytest.mark.parametrize(
    ("preferred", "last", "first"), [(None, HERE, THERE), ("auto", HERE, THERE), (THERE, THERE, HERE)]
)
def test_both_are_stopped_where_viewers_are_last(world: World, preferred: str | None, last: str, first: str) -> None:
    world.preferred = preferred
    world.operations.stop()
    stopped = [one for one in world.done if one[0] != "viewers"]
    assert stopped == [(last, "ready"), (first, "stop", "moved"), (last, "stop", "ended")]
    assert world.preferred == last


def test_both_end_at_once_where_none_can_serve(world: World) -> None:
    world.failing[HERE, "ready"] = "ChannelNotRunning"
    world.operations.stop(clean_up=True)
    assert world.done == [(HERE, "ready"), (THERE, "clean-up", "ended"), (HERE, "clean-up", "ended")]


@pytest.mark.parametrize(("gone", "left"), [(HERE, THERE), (THERE, HERE)])
def test_a_region_that_is_gone_does_not_keep_the_other_one_on_air(world: World, gone: str, left: str) -> None:
    world.gone.add(gone)
    with pytest.raises(HeadendError, match=f"^{gone}: stop: Could not connect"):
        world.operations.stop()
    assert world.done[-1][:2] == (left, "stop")


def test_pipelines_are_named_as_medialive_names_them(world: World) -> None:
    world.operations.pause(HERE, [1, 0, 1])
    world.operations.resume(HERE, [1])
    world.operations.resume(HERE)
    assert world.done == [
        (HERE, "pause", ["PIPELINE_0", "PIPELINE_1"]),
        (HERE, "resume", ["PIPELINE_1"]),
        (HERE, "resume"),
    ]


def test_another_region_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match=f"--region us-east-1: the channel is in {HERE} and {THERE}"):
        world.operations.stop("us-east-1")
    assert world.done == []
