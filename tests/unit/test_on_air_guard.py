"""A channel that is on air is neither changed nor destroyed; everything else about it may be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from headend.errors import HeadendError, UsageError
from headend.on_air_guard import Channel, changed, held, require_off_air
from headend.state import Resource

ADDRESS = "module.live[0].module.primary.module.channel.aws_cloudformation_stack.this"
STACK = {
    "id": "arn:aws:cloudformation:eu-central-1:123456789012:stack/live-channel/7d1c",
    "outputs": {"ChannelId": "1234567", "InputId": "7654321"},
    "template_body": json.dumps({"Resources": {"Channel": {"Type": "AWS::MediaLive::Channel"}}}),
}
CHANNEL = Channel("1234567", "eu-central-1", ADDRESS)
NOT_FOUND = botocore.session.Session().create_client("medialive", region_name="eu-central-1").exceptions


class Aws:
    """MediaLive that answers with one state, or raises what it is given."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []
        self.exceptions = NOT_FOUND

    def client(self, service: str, region: str) -> Aws:
        self.asked.append((service, region))
        return self

    def describe_channel(self, ChannelId: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Id": ChannelId, "State": self.answer}


def plan(
    *actions: str, before: dict[str, Any] | None = STACK, kind: str = "aws_cloudformation_stack"
) -> dict[str, Any]:
    change = {"actions": list(actions), "before": before}
    return {"resource_changes": [{"address": ADDRESS, "type": kind, "change": change}]}


def refusal(answer: str | Exception) -> str | None:
    aws: Any = Aws(answer)
    try:
        require_off_air([CHANNEL], aws, "dev", "changed")
    except UsageError as error:
        return str(error)
    finally:
        assert aws.asked == [("medialive", "eu-central-1")]
    return None


@pytest.mark.parametrize("actions", [["update"], ["delete"], ["delete", "create"], ["create", "delete"]])
def test_a_plan_says_which_channels_it_changes(actions: list[str]) -> None:
    assert changed(plan(*actions)) == [CHANNEL]


@pytest.mark.parametrize(
    "contents",
    [
        {},
        plan("no-op"),
        plan("read"),
        plan("create", before=None),
        plan("update", kind="aws_s3_bucket"),
        plan("update", before={**STACK, "template_body": "{}"}),
        plan("update", before={**STACK, "outputs": None}),
    ],
)
def test_other_changes_concern_no_channel(contents: dict[str, Any]) -> None:
    assert changed(contents) == []


def test_a_state_says_which_channels_there_are() -> None:
    bucket = Resource("aws_s3_bucket.this", "aws_s3_bucket", "aws", {"id": "live"})
    assert held([bucket, Resource(ADDRESS, "aws_cloudformation_stack", "aws", STACK)]) == [CHANNEL]


@pytest.mark.parametrize("state", ["RUNNING", "STARTING", "STOPPING", "RECOVERING", "UPDATING", "CREATING"])
def test_a_channel_on_air_or_in_between_is_left_alone(state: str) -> None:
    assert refusal(state) == (
        f"channel 1234567 in eu-central-1 is {state} and would be changed, which MediaLive does not do on air; "
        f"`headend live stop --env dev --region eu-central-1` moves viewers away and stops it ({ADDRESS})"
    )


def test_where_both_regions_are_concerned_the_way_to_stop_both_is_said() -> None:
    class Running:
        def client(self, *_: str) -> Any:
            return self

        def describe_channel(self, **_: str) -> dict[str, str]:
            return {"State": "RUNNING"}

    aws: Any = Running()
    with pytest.raises(UsageError) as refused:
        require_off_air([CHANNEL, replace(CHANNEL, region="eu-west-1")], aws, "dev", "changed")
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    assert lines[-1] == "both: `headend live stop --env dev` ends the programme in all Regions"


@pytest.mark.parametrize("state", ["IDLE", "CREATE_FAILED", "UPDATE_FAILED", "DELETED"])
def test_a_channel_off_air_may_be_changed(state: str) -> None:
    assert refusal(state) is None


def test_a_channel_that_is_gone_may_be_changed() -> None:
    assert refusal(NOT_FOUND.NotFoundException({"Error": {"Code": "NotFoundException"}}, "DescribeChannel")) is None


def test_nothing_is_changed_while_nobody_knows() -> None:
    error = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Rate exceeded"}}, "DescribeChannel")
    with pytest.raises(HeadendError, match=r"channel 1234567 in eu-central-1: .*Rate exceeded"):
        refusal(error)
