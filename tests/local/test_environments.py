"""Every environment applies on the local cloud, plans empty a second time, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from local.workspace import Workspace

pytestmark = [pytest.mark.local, pytest.mark.terraform]


@pytest.mark.parametrize("env", ["local", "dev", "prod"])
def test_an_environment_applies_plans_empty_and_leaves_nothing(env: str, workspace: Callable[[str], Workspace]) -> None:
    here = workspace(env)
    if env != "local":
        here.headend("bootstrap", "--env", env)
    here.make_secrets()
    before = here.cloud.inventory()  # bootstrap's and the secrets outlive the environment

    here.deploy()
    outputs = here.outputs()
    assert outputs["flow_arns"], "an environment without flows proves nothing"
    assert len(here.cloud.inventory()) > len(before)

    again = here.headend("plan", "--env", env)
    assert "No changes" in again.out, again.text

    refused = here.headend("destroy", "--env", env, "--yes", check=False)
    assert refused.code != 0, "destroy must refuse while flows are on air"
    assert "--stop-flows" in refused.err
    assert here.outputs()["flow_arns"] == outputs["flow_arns"]

    here.headend("destroy", "--env", env, "--yes", "--stop-flows")
    left = [item for item in here.cloud.inventory() if item not in before]
    assert left == []
