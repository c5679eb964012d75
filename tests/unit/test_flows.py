"""Starting and stopping flows: never on an in-between state, and every state passed is told."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.errors import HeadendError
from headend.flows import Flows

ARN = "arn:aws:mediaconnect:eu-west-1:123456789012:flow:1-abc:live-studio-a"
SETTLED = ("STANDBY", "ACTIVE", "ERROR")


class NotFoundException(botocore.exceptions.ClientError):
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "NotFoundException", "Message": "no such flow"}}, "DescribeFlow")


class MediaConnect:
    """A flow that shows one state after the other, and obeys StartFlow and StopFlow as AWS does."""

    class exceptions:  # noqa: N801 - the name that boto3 clients have
        NotFoundException = NotFoundException

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.sent: list[str] = []

    def describe_flow(self, FlowArn: str) -> dict[str, Any]:  # noqa: N803 - boto3
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "DELETED":
            raise NotFoundException
        return {"Flow": {"Status": state}}

    def start_flow(self, FlowArn: str) -> None:  # noqa: N803 - boto3
        self._act("start", "STANDBY", ["STARTING", "STARTING", "ACTIVE"])

    def stop_flow(self, FlowArn: str) -> None:  # noqa: N803 - boto3
        self._act("stop", "ACTIVE", ["STOPPING", "STANDBY"])

    def _act(self, verb: str, needed: str, then: list[str]) -> None:
        assert self.states[0] == needed, f"{verb} sent while {self.states[0]}"
        self.sent.append(verb)
        self.states = then


class Cloud:
    """As much of `Aws` as Flows uses."""

    is_local = True

    def __init__(self, client: MediaConnect) -> None:
        self.mediaconnect = client
        self.regions: set[str] = set()

    def client(self, service: str, region: str) -> MediaConnect:
        self.regions.add(region)
        return self.mediaconnect


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headend.flows.time.sleep", lambda seconds: None)


def flows(client: MediaConnect, told: list[str] | None = None, deadline: float = 60) -> Flows:
    return Flows(Cloud(client), ([] if told is None else told).append, deadline)  # type: ignore[arg-type]


def test_a_flow_that_stands_by_is_started_and_awaited() -> None:
    client, told = MediaConnect("STANDBY"), list[str]()
    assert flows(client, told).start([ARN]) == [ARN]
    assert client.sent == ["start"]
    assert told == ["live-studio-a: STANDBY", "live-studio-a: STARTING", "live-studio-a: ACTIVE"]


def test_a_flow_on_air_is_not_started_again() -> None:
    client = MediaConnect("ACTIVE")
    assert flows(client).start([ARN]) == []
    assert client.sent == []


def test_an_update_in_progress_is_waited_out_before_a_flow_is_stopped() -> None:
    client, told = MediaConnect("UPDATING", "UPDATING", "ACTIVE"), list[str]()
    assert flows(client, told).stop([ARN]) == [ARN]
    assert client.sent == ["stop"]
    assert told[:2] == ["live-studio-a: UPDATING", "live-studio-a: ACTIVE"]


def test_a_flow_that_is_gone_needs_no_stop() -> None:
    client = MediaConnect("DELETED")
    assert flows(client).stop([ARN]) == []
    assert flows(client).on_air([ARN]) == []


@pytest.mark.parametrize(
    ("state", "on_air"), [("STARTING", True), ("ACTIVE", True), ("UPDATING", True), ("STANDBY", False)]
)
def test_a_flow_is_on_air_from_its_start_on(state: str, on_air: bool) -> None:
    assert flows(MediaConnect(state)).on_air([ARN]) == ([ARN] if on_air else [])


def test_a_flow_in_error_is_reported_with_its_state() -> None:
    with pytest.raises(HeadendError, match="live-studio-a: settled in ERROR, wanted ACTIVE"):
        flows(MediaConnect("ERROR")).start([ARN])


def test_a_flow_that_never_settles_is_one_line() -> None:
    with pytest.raises(HeadendError, match="live-studio-a: still UPDATING after"):
        flows(MediaConnect("UPDATING"), deadline=-1).stop([ARN])


def test_a_flow_is_asked_in_the_region_of_its_arn() -> None:
    cloud = Cloud(MediaConnect("ACTIVE"))
    Flows(cloud, print).settle(ARN)  # type: ignore[arg-type]
    assert cloud.regions == {"eu-west-1"}


@given(
    st.lists(st.sampled_from(["STARTING", "UPDATING", "STOPPING"]), max_size=6), st.sampled_from(["STANDBY", "ACTIVE"])
)
def test_whatever_is_passed_nothing_is_sent_before_the_flow_has_settled(passed: list[str], last: str) -> None:
    """MediaConnect's double asserts that it stands in the state which the call needs."""
    client, told = MediaConnect(*passed, last), list[str]()
    flows(client, told).stop([ARN])
    assert client.states[0] == "STANDBY"
    changes = [state for i, state in enumerate([*passed, last]) if i == 0 or state != [*passed, last][i - 1]]
    assert [line.split(": ")[1] for line in told][: len(changes)] == changes
