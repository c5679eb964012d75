"""What `headend validate` hands to Terraform."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headend.environments import repository_root
from headend.terraform import Terraform
from headend.validate import as_root

TWO_REGIONS = Path("modules/live_workflow/examples/two_regions")


def test_a_folder_with_its_own_providers_is_validated_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('provider "aws" {}\n')
    assert as_root(tmp_path, tmp_path / "root") == tmp_path
    assert not (tmp_path / "root").exists()


def test_a_folder_that_is_handed_its_providers_is_called_with_them(tmp_path: Path) -> None:
    written = as_root(repository_root() / TWO_REGIONS, tmp_path / "root")
    root = json.loads((written / "main.tf.json").read_text())
    assert root["provider"] == {"aws": [{"alias": "primary"}, {"alias": "secondary"}]}
    assert root["module"]["this"]["providers"] == {"aws.primary": "aws.primary", "aws.secondary": "aws.secondary"}
    assert (written / root["module"]["this"]["source"]).resolve() == (repository_root() / TWO_REGIONS).resolve()


@pytest.mark.terraform
def test_terraform_finds_it_valid(tmp_path: Path) -> None:
    terraform = Terraform(as_root(repository_root() / TWO_REGIONS, tmp_path / "root"), tmp_path / "work")
    terraform.init(backend=False)
    terraform.validate()
