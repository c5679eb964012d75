"""Changes made by hand are named and put back, and no plan takes a flow away unless it is allowed by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.workspace import Run, Workspace, eventually

ROOT = Path(__file__).parent / "roots" / "drift"
FLOW_A = 'aws_cloudcontrolapi_resource.flow["studio-a"]'

pytestmark = [pytest.mark.local, pytest.mark.terraform]


@pytest.fixture(scope="module")
def here(workspace: Callable[[str], Workspace]) -> Workspace:
    made = workspace("drift")
    shutil.copytree(ROOT, made.folder / "envs" / "drift")
    made.deploy()
    return made


def drift(here: Workspace, *options: str) -> Run:
    return here.headend("drift", "--env", "drift", *options, check=False)


def plan(here: Workspace, *options: str) -> Run:
    return here.headend("plan", "--env", "drift", *options, check=False)


def findings(run: Run) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The findings by resource, kind and path."""
    return {(item["name"], item["kind"], item["path"]): item for item in json.loads(run.out)["findings"]}


def settled(here: Workspace, arn: str, status: str = "ACTIVE") -> None:
    media = here.client("mediaconnect")
    eventually(f"the flow is {status}", lambda: media.describe_flow(FlowArn=arn)["Flow"]["Status"] == status)


def test_what_is_changed_by_hand_is_named_put_back_and_no_flow_is_taken_away_unasked(here: Workspace) -> None:
    media = here.client("mediaconnect")
    arns = here.outputs()["flow_arns"]
    arn = arns["studio-a"]
    clean = drift(here)
    assert (clean.code, clean.out) == (0, "no drift: 4 resources are as configured\n"), clean.text

    media.start_flow(FlowArn=arn)
    settled(here, arn)
    flow = media.describe_flow(FlowArn=arn)["Flow"]
    by_hand: list[Callable[[], Any]] = [
        lambda: media.update_flow_source(
            FlowArn=arn, SourceArn=flow["Source"]["SourceArn"], WhitelistCidr="0.0.0.0/0", IngestPort=5999
        ),
        lambda: media.update_flow_output(FlowArn=arn, OutputArn=flow["Outputs"][0]["OutputArn"], Port=6001),
        lambda: media.add_flow_outputs(
            FlowArn=arn,
            Outputs=[{"Name": "by-hand", "Protocol": "rtp", "Destination": "198.51.100.99", "Port": 7000}],
        ),
        lambda: media.update_flow(
            FlowArn=arn, Maintenance={"MaintenanceDay": "Monday", "MaintenanceStartHour": "10:00"}
        ),
        lambda: media.tag_resource(ResourceArn=arn, Tags={"Environment": "prod", "Owner": "night-shift"}),
        lambda: media.delete_flow(FlowArn=arns["studio-b"]),
    ]
    for change in by_hand:
        change()
        settled(here, arn)

    assert f"! changed outside Terraform: {FLOW_A}" not in plan(here).out, "a plan is why the command exists"
    found = drift(here, "--json")
    assert found.code == 1
    assert "headend: drift: 8 differences in drift" in found.err
    by_name = findings(found)
    a = "live-drift-studio-a"
    assert set(by_name) == {
        (a, "changed", "Source.IngestPort"),
        (a, "changed", "Source.WhitelistCidr"),
        (a, "added", "Maintenance"),
        (a, "changed", "Tags[Environment].Value"),
        (a, "added", "Tags[Owner]"),
        (a, "unmanaged", "output by-hand"),
        (f"{a}/receiver", "changed", "Port"),
        ("live-drift-studio-b", "gone", ""),
    }, found.text
    whitelist = by_name[a, "changed", "Source.WhitelistCidr"]
    assert (whitelist["configured"], whitelist["live"]) == ("203.0.113.0/24", "0.0.0.0/0")
    assert "remove-flow-output" in by_name[a, "unmanaged", "output by-hand"]["remedy"]
    assert "headend plan" in by_name["live-drift-studio-b", "gone", ""]["remedy"]

    unasked = drift(here, "--fix")
    assert unasked.code == 2
    assert "say --yes" in unasked.err
    fixed = drift(here, "--fix", "--yes", "--json")
    assert set(findings(fixed)) == {
        (a, "unmanaged", "output by-hand"),
        ("live-drift-studio-b", "gone", ""),
    }, fixed.text
    now = media.describe_flow(FlowArn=arn)["Flow"]
    assert (now["Source"]["WhitelistCidr"], now["Source"]["IngestPort"]) == ("203.0.113.0/24", 5000)
    assert [item["Port"] for item in now["Outputs"] if item["Name"] == "receiver"] == [5001]
    assert now["Status"] == "ACTIVE", "a whitelist is put back on air"
    assert not now.get("Maintenance")
    assert media.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"Environment": "test"}

    gone = next(item["OutputArn"] for item in now["Outputs"] if item["Name"] == "by-hand")
    media.remove_flow_output(FlowArn=arn, OutputArn=gone)
    settled(here, arn)
    media.stop_flow(FlowArn=arn)
    settled(here, arn, "STANDBY")
    here.deploy()  # makes the flow that was deleted again
    assert drift(here).code == 0

    def rename(config: dict[str, Any]) -> None:
        config["name"] = "live-renamed"

    here.configure(rename)
    everything = ["--allow-replace", a, "--allow-replace", "live-drift-studio-b"]
    assert plan(here, *everything).code == 0
    refused = plan(here)
    assert refused.code == 2
    lines = [line for line in refused.err.splitlines() if line.startswith("headend: ")]
    assert len(lines) == 2, refused.text
    assert f"flow {a} would be replaced" in lines[0]
    assert f'Name ("{a}" → "live-renamed-studio-a") cannot be changed in place' in lines[0]
    assert f"--allow-replace {a}" in lines[0]
    assert "± replace" in refused.out, "what else the plan would do is shown"
    nothing = here.headend("apply", "--env", "drift", check=False)
    assert nothing.code == 2, "also the plan that was allowed before is gone"
    assert "there is no plan" in nothing.err

    partly = plan(here, "--allow-replace", a)
    assert partly.code == 2
    assert "live-drift-studio-b would be replaced" in partly.err
    assert f"flow {a}" not in partly.err
    assert plan(here, *everything).code == 0
    here.headend("apply", "--env", "drift")
    assert here.outputs()["flow_arns"]["studio-a"].endswith(":live-renamed-studio-a")
    assert drift(here).code == 0

    def remove(config: dict[str, Any]) -> None:
        del config["flows"]["studio-b"]

    here.configure(remove)
    assert "flow live-renamed-studio-b would be destroyed" in plan(here).err
    here.headend("destroy", "--env", "drift", "--yes")
    nowhere = drift(here)
    assert nowhere.code == 2
    assert "nothing is deployed" in nowhere.err
