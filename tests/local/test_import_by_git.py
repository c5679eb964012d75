"""A platform team imports a module by its Git address and a tag, with the zips of a release and no Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.localcloud.launcher import LocalCloud
from headend.terraform_cli import cli_environment, find_terraform
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

TAG = "v0.0.0-test"
ROOT = """
module "stream_monitor" {{
  source = "git::file://{bare}//modules/stream_monitor?ref={tag}"

  name  = "imported"
  flows = {{
    feed = {{
      source  = {{ protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }}
      outputs = {{ primary = {{ protocol = "rtp", destination = "198.51.100.10", port = 5001 }} }}
    }}
  }}
{packages}
}}

output "flow_arns" {{
  value = module.stream_monitor.flow_arns
}}
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare clone, tagged, of the files as they stand here (committed or not)."""
    checkout = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "-C", REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, checkout / name)
    author = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    for command in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "release"], ["tag", TAG]):
        subprocess.run(["git", *command], cwd=checkout, check=True)
    target = tmp_path_factory.mktemp("bare") / "headend.git"
    subprocess.run(["git", "clone", "-q", "--bare", checkout, target], check=True)
    return target


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("importer")


def _terraform(root: Path, cloud: LocalCloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Plain Terraform, as somebody runs it who has no Python: no PYTHON* variable, no virtual environment on PATH."""
    path, _version = find_terraform(os.environ)
    kept = {name: os.environ[name] for name in ("HEADEND_PLUGIN_MIRROR", "HOME") if name in os.environ}
    environment = cli_environment({**kept, "PATH": "/usr/bin:/bin", **cloud.environment()}, root / ".cli")
    return subprocess.run([path, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=600)


def test_without_zips_the_error_names_the_variable(bare: Path, root: Path, cloud: LocalCloud) -> None:
    (root / "main.tf").write_text(ROOT.format(bare=bare, tag=TAG, packages=""))
    assert _terraform(root, cloud, "init", "-no-color", "-input=false").returncode == 0
    planned = _terraform(root, cloud, "plan", "-no-color", "-input=false")
    assert planned.returncode == 1
    assert "packages" in planned.stderr
    assert "stream_monitor" in planned.stderr


def test_with_a_releases_zips_it_applies_plans_empty_and_leaves_nothing(
    bare: Path, root: Path, cloud: LocalCloud
) -> None:
    from headend.release import release

    made = release(REPOSITORY, TAG.removeprefix("v"))
    lines = [f'{name} = {{ filename = "{made / (name + ".zip")}" }}' for name in ("stream_monitor", "alert_handler")]
    packages = "  packages = {\n    " + "\n    ".join(lines) + "\n  }"
    (root / "main.tf").write_text(ROOT.format(bare=bare, tag=TAG, packages=packages))
    for command in (("init", "-no-color"), ("apply", "-auto-approve", "-no-color", "-input=false")):
        done = _terraform(root, cloud, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    again = _terraform(root, cloud, "plan", "-detailed-exitcode", "-no-color", "-input=false")
    assert again.returncode == 0, again.stdout
    gone = _terraform(root, cloud, "destroy", "-auto-approve", "-no-color", "-input=false")
    assert gone.returncode == 0, gone.stderr
    assert cloud.inventory() == []
