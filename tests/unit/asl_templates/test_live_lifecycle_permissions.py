"""The derived policies of the live workflows: each action is needed, and no other is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headend.asl.iam.calls import RULE_ACTIONS
from running_cloud import RunningCloud, cloud
from unit.asl_templates import live_machines
from unit.asl_templates.derived_roles import granted, refused, take_away
from unit.asl_templates.live_machines import LIVE, Region

__all__ = ["cloud"]

FILES = ("live_channel_power", "live_lifecycle", "live_settle_channel", "live_settle_feed")
CODE = "def handler(event, context):\n    return {'ok': True}\n"


@pytest.fixture
def region(cloud: RunningCloud) -> Iterator[Region]:
    found = cloud.client("lambda").get_function_configuration(FunctionName=cloud.function(CODE))
    yield from live_machines.region(cloud, check_function_arn=found["FunctionArn"])


def on_air_and_off(region: Region) -> None:
    """Everything that the workflows do, as far as it gets."""
    for action, more in (("start", {}), ("pause", {"pipelines": ["PIPELINE_0"]}), ("clean-up", {"viewers": "ended"})):
        region.act(action, **more)


@pytest.mark.parametrize(
    ("file", "sid", "action"),
    [
        (file, sid, action)
        for file in FILES
        for sid, action in granted(LIVE / f"{file}.policy.json")
        if action not in {"states:StopExecution", "states:DescribeExecution", *RULE_ACTIONS}
    ],
)
def test_without_any_one_permission_it_is_refused_and_nothing_else_is_missing(
    region: Region, file: str, sid: str, action: str
) -> None:
    role = f"{region.machines[file].split(':')[6]}-role"
    take_away(region.cloud, role, sid, action)
    on_air_and_off(region)
    assert refused(region.cloud, role) == {action}


def test_with_all_of_them_nothing_is_refused(region: Region) -> None:
    region.done("start")
    region.done("pause", pipelines=["PIPELINE_0"])
    region.done("resume")
    region.done("clean-up", viewers="moved")
    roles = {f":assumed-role/{alias.split(':')[6]}-role/" for alias in region.machines.values()}
    denied = [one["detail"] for one in region.cloud.timeline("denied")]
    assert [one for one in denied if any(role in one["principal"] for role in roles)] == []
