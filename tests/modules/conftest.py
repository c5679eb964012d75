"""Terraform on a copy of the modules, so that nothing is written beside the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from headend.terraform_cli import cli_environment, find_terraform

REPOSITORY = Path(__file__).parents[2]
MODULES = sorted(path.parent.name for path in (REPOSITORY / "modules").glob("*/versions.tf"))
EXAMPLES = sorted(
    path.parent.relative_to(REPOSITORY / "modules").as_posix()
    for path in (REPOSITORY / "modules").glob("*/examples/*/main.tf")
)
SECONDARY = 'provider "aws" {\n  alias  = "secondary"\n  region = "eu-west-1"\n}\n'
"""The other Region's provider in a root that calls examples."""
KINDS = "kinds.tftest.hcl"
"""Of mediaconnect_flow; run by test_flow_rules.py, with what it writes."""
FIXED = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "eu-central-1",
    "CHECKPOINT_DISABLE": "1",
    "TF_IN_AUTOMATION": "1",
}
"""No credentials: what runs here has no provider, or a mocked one."""

Terraform = Callable[..., subprocess.CompletedProcess[str]]


def example_call(name: str) -> str:
    """A root's call of an example; one for two Regions gets two providers, aws and aws.secondary."""
    text = (REPOSITORY / "modules" / name / "main.tf").read_text(encoding="utf-8")
    two = (
        "  providers = { aws.primary = aws, aws.secondary = aws.secondary }\n"
        if "configuration_aliases" in text
        else ""
    )
    return f'module "{name.replace("/", "_")}" {{\n  source = "../modules/{name}"\n{two}}}\n'


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with modules/ and envs/, whose configurations the modules' tests read."""
    folder = tmp_path_factory.mktemp("checkout")
    ignore = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    for name in ("envs", "modules"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignore)
    return folder


@pytest.fixture(scope="session")
def terraform(checkout: Path) -> Terraform:
    """Runs Terraform in a folder below the checkout, after `init` where that was not done: (folder, *arguments)."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_"))}
    environment = {**cli_environment(plain, checkout), **FIXED}
    binary, _ = find_terraform(environment)

    def run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        def call(*command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [binary, *command, "-no-color"], cwd=checkout / folder, env=environment, capture_output=True, text=True
            )

        if not (checkout / folder / ".terraform").is_dir():
            done = call("init", "-backend=false", "-input=false")
            assert done.returncode == 0, done.stderr
        return call(*arguments)

    return run
