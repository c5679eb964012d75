"""The smoke checks against a running deployment: green where all is well, red where a flow is off air.

They run on envs/local, applied to a local cloud. `headend smoke --env E` runs the same checks on any environment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from headend.localcloud.launcher import LocalCloud
from local.workspace import Workspace, eventually

pytestmark = [pytest.mark.local, pytest.mark.terraform]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as cloud:
        workspace = Workspace(tmp_path_factory.mktemp("local"), "local", cloud)
        workspace.deploy()
        yield workspace
        workspace.headend("destroy", "--env", "local", "--stop-flows")


def test_a_running_deployment_passes_every_check_and_keeps_nothing_of_them(here: Workspace) -> None:
    queues = set(here.client("sqs").list_queues()["QueueUrls"])
    run = here.headend("smoke", "--env", "local", "--json")
    report = json.loads(run.out)
    assert report["ok"], run.text
    names = [check["name"] for check in report["checks"]]
    assert names[-2:] == ["an alarm starts the workflow", "a test alert arrives"]
    assert set(here.client("sqs").list_queues()["QueueUrls"]) == queues


def test_a_flow_that_was_stopped_by_hand_fails_its_check_only(here: Workspace) -> None:
    client = here.client("mediaconnect")
    key, arn = next(iter(here.outputs()["flow_arns"].items()))
    client.stop_flow(FlowArn=arn)
    eventually("STANDBY", lambda: client.describe_flow(FlowArn=arn)["Flow"]["Status"] == "STANDBY" or None)
    run = here.headend("smoke", "--env", "local", "--json", check=False)
    assert run.code == 1, run.text
    failed = [check["name"] for check in json.loads(run.out)["checks"] if not check["ok"]]
    assert failed == [f"flow {key} is ACTIVE"]
    assert "`headend apply` starts it" in run.out


def test_an_apply_puts_a_stopped_flow_back_on_air(here: Workspace) -> None:
    here.deploy()
    arns = here.outputs()["flow_arns"].values()
    client = here.client("mediaconnect")
    assert {client.describe_flow(FlowArn=arn)["Flow"]["Status"] for arn in arns} == {"ACTIVE"}


def test_smoke_writes_for_people_too(here: Workspace) -> None:
    run = here.headend("smoke", "--env", "local")
    lines = run.out.splitlines()
    assert all(line.startswith("ok ") for line in lines), run.text
    assert any("a test alert arrives: " in line for line in lines)
