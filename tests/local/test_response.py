"""An environment whose flows are looked after: it applies, plans empty, answers the smoke test and leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from local.workspace import Workspace, eventually

pytestmark = [pytest.mark.local, pytest.mark.terraform]


def _respond(config: dict[str, Any]) -> None:
    flow = next(iter(config["flows"]))
    config["response"] = {"hold_seconds": 60}
    config["schedules"] = {
        "new-year": {"flow": flow, "action": "start", "schedule_expression": "at(2099-01-01T00:00:00)"}
    }


def test_an_environment_with_a_response_lives_from_plan_to_destroy(workspace: Callable[[str], Workspace]) -> None:
    here = workspace("local")
    here.configure(_respond)
    here.deploy()
    outputs = here.outputs()
    assert outputs["response_state_machine_arn"]
    assert outputs["lifecycle_state_machine_arn"]
    assert outputs["approval_url"]
    again = here.headend("plan", "--env", "local")
    assert "No changes" in again.out, again.text
    here.headend("smoke", "--env", "local")

    name = outputs["response_state_machine_arn"].split(":")[6]
    here.cloud.set_scenario(next(iter(outputs["flow_arns"].values())), "silence")
    eventually(
        "a response",
        lambda: [
            entry
            for entry in here.cloud.timeline()
            if entry["kind"] == "execution" and f":{name}:" in entry["detail"]["execution_arn"]
        ],
    )
    here.headend("destroy", "--env", "local", "--yes", "--stop-flows")
    assert here.cloud.inventory() == []
