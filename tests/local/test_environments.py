"""Every environment applies on the local cloud, plans empty a second time, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.workspace import Workspace

pytestmark = [pytest.mark.local, pytest.mark.terraform]

# Other metric types than the module's: the definition is one that `headend render` writes for the environment.
# A schedule would begin at once, and its run leave objects in the bucket.
HOSTS = {
    "hosts": {"Role": ["encoder"]},
    "metric_types": {
        "cpu": {"queries": [{"namespace": "AWS/EC2", "metric": "CPUUtilization", "unit": "Percent"}]},
        "gpu": {"queries": [{"namespace": "CWAgent", "metric": "nvidia_smi_utilization_gpu", "unit": "Percent"}]},
    },
    "schedule": {"enabled": False},
}


@pytest.mark.parametrize("env", ["local", "dev", "prod"])
def test_an_environment_applies_plans_empty_and_leaves_nothing(env: str, workspace: Callable[[str], Workspace]) -> None:
    here = workspace(env)
    if env != "local":
        here.headend("bootstrap", "--env", env)
    if env == "dev":
        here.configure(lambda config: config.update(metrics_pipeline=HOSTS))
        here.headend("render", "--env", env)
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

    if env == "dev":
        assert branches(here, outputs["metrics_pipeline_arn"]) == ["cpu", "gpu"]
        refuses_to_destroy_data(here, outputs["metrics_bucket_name"])
    here.headend("destroy", "--env", env, "--yes", "--stop-flows")
    left = [item for item in here.cloud.inventory() if item not in before]
    assert left == []


def branches(here: Workspace, alias: str) -> list[str]:
    """The metric types that the deployed pipeline collects."""
    states = here.client("stepfunctions")
    machine = states.describe_state_machine(stateMachineArn=alias.rpartition(":")[0])
    found: list[dict[str, Any]] = json.loads(machine["definition"])["States"]["Collect"]["Branches"]
    return [one["States"][one["StartAt"]]["Arguments"]["Payload"]["metric_type"] for one in found]


def refuses_to_destroy_data(here: Workspace, bucket: str) -> None:
    """While the bucket holds an object nothing is destroyed and no flow is stopped; empties it."""
    s3, media = here.client("s3"), here.client("mediaconnect")
    flows = here.outputs()["flow_arns"]
    version = s3.put_object(Bucket=bucket, Key="runs/yesterday/cpu.json", Body=b"{}")["VersionId"]
    refused = here.headend("destroy", "--env", here.env, "--yes", "--stop-flows", check=False)
    assert refused.code == 2, refused.text
    assert refused.err.splitlines()[-1].startswith(f"headend: not empty: bucket {bucket}; ")
    assert f"set metrics_pipeline.bucket.force_destroy: true in envs/{here.env}/config.yaml" in refused.err
    assert here.outputs()["flow_arns"] == flows
    assert {media.describe_flow(FlowArn=arn)["Flow"]["Status"] for arn in flows.values()} == {"ACTIVE"}
    s3.delete_object(Bucket=bucket, Key="runs/yesterday/cpu.json", VersionId=version)
