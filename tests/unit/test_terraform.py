"""The one way Terraform is run, on root modules that need no provider."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend import terraform_cli
from headend.errors import HeadendError, UsageError
from headend.terraform import Terraform, merged
from headend.terraform_cli import cli_environment, find_mirror, find_terraform
from headend.terraform_errors import condense

needs_terraform = pytest.mark.terraform

ROOT = """
variable "word" {
  default = "one"
}
resource "terraform_data" "this" {
  input = var.word
}
output "word" {
  value = terraform_data.this.output
}
"""
SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch started; sleep 20"
  }
}
"""


def root(folder: Path, text: str = ROOT) -> Terraform:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.tf").write_text(text)
    return Terraform(folder, folder.parent / "work")


@needs_terraform
def test_a_plan_is_applied_and_the_next_one_is_empty(tmp_path: Path) -> None:
    terraform = root(tmp_path / "a folder with spaces")
    plan = tmp_path / "plans" / "one.tfplan"
    terraform.init()
    assert terraform.plan(plan)
    assert terraform.show_json(plan)["resource_changes"][0]["address"] == "terraform_data.this"
    terraform.apply(plan)
    assert terraform.output() == {"word": "one"}
    assert not terraform.plan(plan)
    terraform.destroy()
    assert terraform.output() == {}


@needs_terraform
def test_nothing_is_written_into_the_root_module_but_terraforms_own_lock_and_state(tmp_path: Path) -> None:
    terraform = root(tmp_path / "root")
    terraform.init()
    terraform.plan(tmp_path / "plan")
    assert {path.name for path in (tmp_path / "root").iterdir()} <= {"main.tf", ".terraform.lock.hcl"}


@needs_terraform
def test_the_environment_is_lent_and_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "main.tf").write_text(ROOT)
    terraform = Terraform(folder, tmp_path / "work", {"TF_VAR_word": "two", "AWS_REGION": "eu-central-1"})
    before = dict(os.environ)
    terraform.init()
    terraform.plan(tmp_path / "plan")
    assert dict(os.environ) == before
    terraform.apply(tmp_path / "plan")
    assert terraform.output() == {"word": "two"}
    assert "AWS_PROFILE" not in terraform.environment


@needs_terraform
def test_a_fault_in_the_configuration_is_one_line_with_file_and_line(tmp_path: Path) -> None:
    terraform = root(tmp_path / "root", 'output "x" {\n  value = var.missing\n}\n')
    with pytest.raises(HeadendError) as caught:
        terraform.init()
        terraform.validate()
    assert str(caught.value).startswith("main.tf:2: Reference to undeclared input variable: ")
    assert "\n" not in str(caught.value)


@needs_terraform
def test_a_variables_own_message_reaches_the_person(tmp_path: Path) -> None:
    text = """
    variable "port" {
      default = 99999
      validation {
        condition     = var.port < 65536
        error_message = "port must be at most 65535."
      }
    }
    """
    terraform = root(tmp_path / "root", text)
    terraform.init()
    plan = tmp_path / "plan"
    with pytest.raises(HeadendError, match=r"Invalid value for variable: port must be at most 65535\."):
        terraform.plan(plan)
    assert not plan.exists()


@needs_terraform
def test_a_stale_plan_is_refused_with_the_way_on(tmp_path: Path) -> None:
    terraform = root(tmp_path / "root")
    terraform.init()
    for name in ("first", "second"):
        terraform.plan(tmp_path / name)
    terraform.apply(tmp_path / "first")
    with pytest.raises(HeadendError, match="the plan is older than the state; run `headend plan --env root` again"):
        terraform.apply(tmp_path / "second")


SCRIPT = """
import sys
from pathlib import Path
from headend.errors import HeadendError
from headend.terraform import Terraform
root = Path(sys.argv[1])
terraform = Terraform(root, root.parent / "work", progress=lambda line: print(line, flush=True))
try:
    terraform.apply(root.parent / "plan")
except HeadendError as error:
    print(type(error).__name__, error)
    sys.exit(1)
"""


def _started(folder: Path) -> subprocess.Popen[str]:
    """An apply of SLOW in its own process, after it has begun."""
    terraform = root(folder, SLOW)
    terraform.init()
    terraform.plan(folder.parent / "plan")
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (folder / "started").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@needs_terraform
def test_ctrl_c_during_apply_leaves_no_lock_and_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    process = _started(folder)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole foreground group
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "InterruptedRunError apply was stopped, its lock is released; go on with `headend plan --env root`" in out
    assert not (folder / ".terraform.tfstate.lock.info").exists()
    terraform = Terraform(folder, tmp_path / "work")
    terraform.plan(tmp_path / "again")


@needs_terraform
def test_a_lock_is_named_with_its_id_and_remedy_and_can_be_released(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    process = _started(folder)
    try:
        lock = json.loads((folder / ".terraform.tfstate.lock.info").read_text())
        with pytest.raises(UsageError) as caught:
            Terraform(folder, tmp_path / "other").plan(tmp_path / "second")
        assert f"(lock id {lock['ID']})" in str(caught.value)
        assert f"`headend unlock --env root {lock['ID']}`" in str(caught.value)
        assert "\n" not in str(caught.value)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


@needs_terraform
def test_releasing_a_lock_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    terraform = root(tmp_path / "root")
    terraform.init()
    with pytest.raises(HeadendError, match="lock 42 is not released: Failed to unlock state"):
        terraform.unlock("42")


@needs_terraform
def test_a_cli_configuration_that_is_not_there_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing.rc"))
    terraform = root(tmp_path / "root")
    terraform.init()
    assert terraform.environment.get("TF_CLI_CONFIG_FILE") != str(tmp_path / "missing.rc")
    assert "CLI configuration" not in (tmp_path / "work" / "last.log").read_text()


# Finding Terraform and providers


def _fake_terraform(folder: Path, version: str) -> dict[str, str]:
    path = folder / "terraform"
    path.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"PATH": str(folder)}


def test_terraform_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^terraform: not found on PATH; install Terraform 1\.10 or newer$"):
        find_terraform({"PATH": str(tmp_path)})


@pytest.mark.parametrize("version", ["1.9.8", "0.15.5"])
def test_terraform_that_is_too_old_is_one_line(tmp_path: Path, version: str) -> None:
    with pytest.raises(UsageError, match=f"is Terraform {version}; install 1.10 or newer"):
        find_terraform(_fake_terraform(tmp_path, version))


@pytest.mark.parametrize("version", ["1.10.0", "1.15.2", "2.0.0"])
def test_terraform_that_is_new_enough_is_taken(tmp_path: Path, version: str) -> None:
    assert find_terraform(_fake_terraform(tmp_path, version)) == (str(tmp_path / "terraform"), version)


def test_something_else_called_terraform_is_one_line(tmp_path: Path) -> None:
    environment = _fake_terraform(tmp_path, "1.11.0")
    (tmp_path / "terraform").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(UsageError, match="does not answer `version -json`"):
        find_terraform(environment)


def _mirror(folder: Path) -> Path:
    (folder / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0").mkdir(parents=True)
    return folder


def test_a_mirror_below_the_system_folder_is_found_and_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform_cli, "SYSTEM_MIRRORS", tmp_path)
    mirror = _mirror(tmp_path / "plugins")
    found = cli_environment({"HOME": str(tmp_path), "XDG_DATA_DIRS": str(tmp_path)}, tmp_path / "work")
    text = Path(found["TF_CLI_CONFIG_FILE"]).read_text()
    assert f'path    = "{mirror}"' in text
    assert text.count('["registry.terraform.io/hashicorp/aws"]') == 2


def test_a_named_mirror_comes_first_and_must_be_one(tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mine")
    assert find_mirror({"HEADEND_PLUGIN_MIRROR": str(mirror)}) == mirror
    with pytest.raises(UsageError, match=r"HEADEND_PLUGIN_MIRROR=.*: holds no registry\.terraform\.io"):
        find_mirror({"HEADEND_PLUGIN_MIRROR": str(tmp_path)})


@pytest.mark.parametrize("place", [".terraform.d/plugins", ".local/share/terraform/plugins"])
def test_a_folder_in_which_terraform_looks_by_itself_needs_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(terraform_cli, "SYSTEM_MIRRORS", _mirror(tmp_path / "opt" / "x").parent)
    _mirror(tmp_path / place)
    environment = {"HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}
    assert "TF_CLI_CONFIG_FILE" not in cli_environment(environment, tmp_path / "work")


def test_a_persons_own_cli_configuration_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform_cli, "SYSTEM_MIRRORS", _mirror(tmp_path / "opt" / "x").parent)
    own = tmp_path / "own.rc"
    own.write_text("")
    assert cli_environment({"TF_CLI_CONFIG_FILE": str(own)}, tmp_path)["TF_CLI_CONFIG_FILE"] == str(own)
    (tmp_path / ".terraformrc").write_text("")
    assert "TF_CLI_CONFIG_FILE" not in cli_environment({"HOME": str(tmp_path)}, tmp_path / "work")


def test_no_other_access_to_aws_is_inherited_where_some_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/etc/bundle.pem")
    found = merged({"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"})
    assert {name for name in found if name.startswith("AWS_")} == {"AWS_CA_BUNDLE", "AWS_ENDPOINT_URL"}
    assert merged({"TF_VAR_x": "1"})["AWS_PROFILE"] == "production"


# What Terraform reports


def _error(summary: str, detail: str = "") -> dict[str, str]:
    return {"severity": "error", "summary": summary, "detail": detail}


def test_no_provider_to_be_had_is_one_line_with_the_remedy() -> None:
    detail = (
        "Could not retrieve the list of available versions for provider hashicorp/aws: could not connect to "
        "registry.terraform.io: no such host\n\nTo see which modules are currently depending on hashicorp/aws …"
    )
    error = condense([_error("Failed to query available provider packages", detail)], "init", "dev")
    assert isinstance(error, UsageError)
    assert str(error).startswith("no provider hashicorp/aws to be had: ")
    assert "HEADEND_PLUGIN_MIRROR" in str(error)
    assert "\n" not in str(error)


def test_a_missing_state_bucket_says_to_bootstrap() -> None:
    summary = 'Failed to get existing workspaces: S3 bucket "headend-state" does not exist.'
    error = condense([_error(summary)], "init", "dev")
    assert str(error) == "there is no bucket for the state yet; run `headend bootstrap --env dev` first"


def test_warnings_are_not_errors() -> None:
    error = condense([{"severity": "warning", "summary": "x"}, _error("y", "z")], "plan", "dev")
    assert str(error) == "y: z"


_text = st.text(max_size=300)


@given(st.lists(st.fixed_dictionaries({"severity": st.just("error"), "summary": _text, "detail": _text}), max_size=20))
def test_whatever_terraform_reports_is_a_few_single_lines(diagnostics: list[dict[str, str]]) -> None:
    error = condense(diagnostics, "plan", "dev")
    lines = str(error).split("\n")
    assert 1 <= len(lines) <= 11
    assert all(len(line) <= 600 for line in lines)


@needs_terraform
@pytest.mark.parametrize("word", ["", "two words", '"quotes" and \\', "${not.a.reference}", "ünï", "-json", "a=b"])
def test_any_word_passes_through_variables_and_outputs(tmp_path: Path, word: str) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "main.tf").write_text('variable "word" {}\noutput "word" {\n  value = var.word\n}\n')
    terraform = Terraform(folder, tmp_path / "work", {"TF_VAR_word": word})
    terraform.init()
    terraform.plan(tmp_path / "plan")
    terraform.apply(tmp_path / "plan")
    assert terraform.output() == {"word": word}


@pytest.mark.parametrize(
    ("detail", "says"),
    [
        (
            "creating IAM Role (monitor): operation error IAM: CreateRole, EntityAlreadyExists: Role with name monitor",
            r"1 names are taken .*: monitor; .*`headend adopt --env dev`",
        ),
        (
            "operation error IAM: GetRole, request send failed: dial tcp 127.0.0.1:4566: connect: connection refused",
            r"the local cloud at http://127.0.0.1:4566 is gone.*`headend local up`",
        ),
    ],
)
def test_what_a_dead_run_leaves_is_one_line_with_the_remedy(detail: str, says: str) -> None:
    found = condense(
        [{"severity": "error", "summary": detail, "detail": "", "address": "aws_iam_role.this"}], "apply", "dev"
    )
    assert re.search(says, str(found))
    assert "\n" not in str(found)
