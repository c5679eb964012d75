"""Terratest's habits, as the module tests rely on them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import tftest

from shim.terratest import Deployment, NotIdempotentError, Retries, copy_to_temporary, deployed

REPOSITORY = Path(__file__).parents[2]
ROOT = """
variable "word" {
  default = "one"
}
resource "terraform_data" "this" {
  input = var.word
  provisioner "local-exec" {
    when    = destroy
    command = "touch destroyed"
  }
}
output "word" {
  value = terraform_data.this.output
}
"""


def root(folder: Path, text: str = ROOT) -> Path:
    folder.mkdir()
    (folder / "main.tf").write_text(text)
    return folder


@pytest.mark.terraform
def test_what_is_applied_is_destroyed(tmp_path: Path) -> None:
    folder = root(tmp_path / "root")
    with deployed(folder, variables={"word": "two"}) as deployment:
        assert deployment.output() == {"word": "two"}
        assert not (folder / "destroyed").exists()
    assert (folder / "destroyed").is_file()


@pytest.mark.terraform
def test_a_failing_test_still_destroys(tmp_path: Path) -> None:
    folder = root(tmp_path / "root")
    with pytest.raises(ZeroDivisionError), deployed(folder):
        raise ZeroDivisionError
    assert (folder / "destroyed").is_file()


@pytest.mark.terraform
def test_an_apply_that_fails_half_way_is_destroyed(tmp_path: Path) -> None:
    text = ROOT + (
        'resource "terraform_data" "bad" {\n  depends_on = [terraform_data.this]\n'
        '  provisioner "local-exec" {\n    command = "exit 1"\n  }\n}\n'
    )
    folder = root(tmp_path / "root", text)
    with pytest.raises(tftest.TerraformTestError, match="exit status 1"), deployed(folder):
        raise AssertionError("not reached")
    assert (folder / "destroyed").is_file()


@pytest.mark.terraform
def test_a_second_plan_that_is_not_empty_is_never_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = root(tmp_path / "root", 'resource "terraform_data" "this" {\n  input = timestamp()\n}\n')
    everything = Retries(wait_seconds=0, reasons={".": "anything"})
    with (
        pytest.raises(NotIdempotentError, match=r"a second plan would change terraform_data\.this \(update\)"),
        caplog.at_level(logging.WARNING),
        deployed(folder, retries=everything),
    ):
        raise AssertionError("not reached")
    assert "trying again" not in caplog.text


def test_a_known_fault_is_tried_again_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    faults = ["Throttling: Rate exceeded", "read: connection reset by peer"]

    def action() -> str:
        if faults:
            raise tftest.TerraformTestError(faults.pop(0))
        return "done"

    assert Retries(wait_seconds=0).run("apply", action) == "done"
    assert "apply: AWS asked to slow down; trying again (1 of 2)" in caplog.text
    assert "apply: the network dropped a connection; trying again (2 of 2)" in caplog.text


def test_an_unknown_fault_is_not_tried_again() -> None:
    tried = []

    def action() -> None:
        tried.append(1)
        raise tftest.TerraformTestError("AccessDenied")

    with pytest.raises(tftest.TerraformTestError, match="AccessDenied"):
        Retries(wait_seconds=0).run("apply", action)
    assert len(tried) == 1


def test_a_fault_that_does_not_pass_is_raised_in_the_end() -> None:
    tried = []

    def action() -> None:
        tried.append(1)
        raise tftest.TerraformTestError("Rate exceeded")

    with pytest.raises(tftest.TerraformTestError):
        Retries(times=3, wait_seconds=0).run("apply", action)
    assert len(tried) == 3


def test_the_repository_itself_is_never_tested_in_place(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(ValueError, match="test a copy"):
        Deployment(root(tmp_path / "envs"))


def test_a_copy_has_the_modules_beside_it_and_no_state(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    for name in ("modules/one/examples/case", "envs/dev"):
        (repository / name).mkdir(parents=True)
    (repository / "modules" / "one" / "main.tf").touch()
    (repository / "envs" / "dev" / "terraform.tfstate").touch()
    copy = copy_to_temporary(repository, "modules/one/examples/case", tmp_path / "copy")
    assert (copy / ".." / ".." / "main.tf").is_file()
    assert not list((tmp_path / "copy").rglob("*.tfstate"))
