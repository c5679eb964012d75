"""Every module has what a module has, and its own tests pass with a mocked provider."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from .conftest import EXAMPLES, KINDS, MODULES, REPOSITORY, SECONDARY, Terraform, example_call


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_a_readme_tests_and_an_example(module: str) -> None:
    folder = REPOSITORY / "modules" / module
    assert (folder / "README.md").is_file()
    assert list((folder / "tests").glob("*.tftest.hcl"))
    assert list((folder / "examples").glob("*/main.tf"))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_configures_no_provider(module: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "modules" / module).rglob("*.tf")]
    assert not [text for text in texts if text.startswith("provider ") or "\nprovider " in text]


@pytest.mark.terraform
@pytest.mark.parametrize("module", MODULES)
def test_the_module_s_own_tests_pass(module: str, terraform: Terraform) -> None:
    files = sorted((REPOSITORY / "modules" / module / "tests").glob("*.tftest.hcl"))
    done = terraform(
        f"modules/{module}", "test", *[f"-filter=tests/{file.name}" for file in files if file.name != KINDS]
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 passed" not in done.stdout


@pytest.mark.terraform
def test_all_examples_are_valid_and_can_stand_in_one_root(checkout: Path, terraform: Terraform) -> None:
    root = checkout / "root"
    root.mkdir()
    (root / "main.tf").write_text(
        'provider "aws" {}\n' + SECONDARY + "".join(map(example_call, EXAMPLES)), encoding="utf-8"
    )
    done = terraform("root", "validate")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_s_package_holds_the_handler_beside_it() -> None:
    folder = REPOSITORY / "modules" / "lambda_function" / "examples" / "minimal"
    with zipfile.ZipFile(folder / "function.zip") as package:
        assert package.namelist() == ["handler.py"]
        assert package.read("handler.py") == (folder / "handler.py").read_bytes()


@pytest.mark.terraform
def test_a_missing_package_is_named_with_the_variable_to_set(checkout: Path, terraform: Terraform) -> None:
    module = checkout / "modules" / "lambda_function"
    text = (module / "tests" / "function.tftest.hcl").read_text(encoding="utf-8")
    run = """
run "missing" {
  command = plan

  variables {
    package     = { filename = "build/lambda/stream_monitor.zip" }
    package_key = "stream_monitor"
  }
}
"""
    folder = module / "message"
    folder.mkdir()
    (folder / "missing.tftest.hcl").write_text(text.partition("\nrun ")[0] + run, encoding="utf-8")
    done = terraform("modules/lambda_function", "test", "-test-directory=message")
    said = " ".join(done.stderr.split())
    assert "live-stream-monitor: package file build/lambda/stream_monitor.zip not found." in said
    assert 'Build it with `headend package` or set packages["stream_monitor"]' in said
