"""All examples of all modules, applied to the local cloud by the real provider.

They stand in several roots: a Region has room for 20 flows and 3 channel groups of MediaPackage.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headend import package
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.workspace import REPOSITORY
from modules.conftest import SECONDARY, example_call

pytestmark = [pytest.mark.local, pytest.mark.terraform]

REGION = "eu-central-1"
ROOTS = {
    "flows": ("mediaconnect_flow",),
    "live": ("live_channel", "live_delivery", "live_origin"),
    "regions": ("live_lifecycle", "live_region", "live_workflow"),
    "others": (),
}
"""Root → its modules; the last one has all that are in no other."""
PROVIDER = f"""
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "5.100.0"
    }}
  }}
}}

provider "aws" {{
  region              = "{REGION}"
  allowed_account_ids = ["123456789012"]
}}
"""


def of_root(example: str) -> str:
    """The root in which an example stands."""
    module = example.partition("/")[0]
    return next((root for root, modules in ROOTS.items() if module in modules), "others")


@pytest.fixture(params=ROOTS)
def root(request: pytest.FixtureRequest, cloud: LocalCloud, tmp_path: Path) -> Iterator[Terraform]:
    """A root module that calls its examples, each with its own default names."""
    package.build(REPOSITORY)
    examples = sorted(path.parent for path in (REPOSITORY / "modules").glob("*/examples/*/main.tf"))
    every = [path.relative_to(REPOSITORY / "modules").as_posix() for path in examples]
    names = [name for name in every if of_root(name) == request.param]
    folder = tmp_path / "root"
    folder.mkdir()
    for linked in ("build", "envs", "modules"):
        (tmp_path / linked).symlink_to(REPOSITORY / linked)
    (folder / "main.tf").write_text(PROVIDER + SECONDARY + "".join(map(example_call, names)), encoding="utf-8")
    terraform = Terraform(folder, tmp_path / "work", cloud.environment(REGION), name="examples")
    terraform.init()
    yield terraform
    terraform.destroy()


def test_the_examples_apply_together_plan_empty_and_leave_nothing(
    root: Terraform, cloud: LocalCloud, tmp_path: Path
) -> None:
    plan = tmp_path / "plan"
    assert root.plan(plan)
    root.apply(plan)
    assert cloud.inventory(), "examples that make nothing prove nothing"
    second = root.plan(plan)
    changes = root.show_json(plan)["resource_changes"]
    changed = [change["address"] for change in changes if change["change"]["actions"] not in (["no-op"], ["read"])]
    assert not second, f"the second plan changes {changed}"
    root.destroy()
    assert cloud.inventory() == []
