"""Flows that an earlier version made stay as they are: its state, planned by this version.

`roots/upgrade/recorded.json` is the part of a Terraform state that holds the flows of `roots/upgrade/main.tf` and what
belongs to them, as the last version whose flows had one source only (5374d37) made it on the local cloud. The schemas
of the resource types are left out of it: they are the registry's, and put in here.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from headend.localcloud.cloudcontrol.registry import schema_of
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

ROOT = Path(__file__).parent / "roots" / "upgrade"
REGION = "eu-central-1"
FLOWS = 'module.stream_monitor.module.flow["'


def test_the_flows_of_the_version_before_stay_as_they_are(cloud: LocalCloud, tmp_path: Path) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    (tmp_path / "modules").symlink_to(REPOSITORY / "modules")
    shutil.copy(ROOT / "main.tf", folder)
    state = _recorded()
    (folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")
    terraform = Terraform(folder, tmp_path / "work", cloud.environment(REGION), name="upgrade")
    terraform.init()
    terraform.plan(tmp_path / "plan", refresh=False)  # the flows of the record are in no cloud
    changes = terraform.show_json(tmp_path / "plan")["resource_changes"]

    managed = [resource for resource in state["resources"] if resource["mode"] == "managed"]
    kept = {change["address"]: change for change in changes if change["address"].startswith(FLOWS)}
    assert len(kept) == sum(len(resource["instances"]) for resource in managed) == 17
    changed = {
        address: change["change"] for address, change in kept.items() if change["change"]["actions"] != ["no-op"]
    }
    assert not changed, json.dumps(changed, indent=1)[:4000]


def _recorded() -> dict[str, Any]:
    """The recorded state, with the schemas that Cloud Control's resources keep."""
    state: dict[str, Any] = json.loads((ROOT / "recorded.json").read_text(encoding="utf-8"))
    for resource in state["resources"]:
        for instance in resource["instances"]:
            if resource["type"] == "aws_cloudcontrolapi_resource":
                schema = schema_of(instance["attributes"]["type_name"], REGION)
                instance["attributes"]["schema"] = json.dumps(schema)
    return state
