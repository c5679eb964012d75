"""What `headend doctor` says about a machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from headend import doctor
from headend.doctor import as_json, examine


def lines(root: Path) -> dict[str, doctor.Finding]:
    return {found.name: found for found in examine(root)}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return tmp_path


@pytest.mark.terraform
def test_this_machine_can_do_what_is_needed(root: Path) -> None:
    assert [found.text for found in examine(root) if found.needed and not found.ok] == []


def test_one_fault_does_not_hide_another(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    monkeypatch.setattr(doctor, "LIBRARIES", ("no-such-library",))
    found = lines(root)
    assert found["Terraform"].text == "terraform: not found on PATH; install Terraform 1.10 or newer"
    assert found["environment"].text == "no no-such-library; run `make setup`"
    assert found["ports"].ok


def test_a_full_disk_is_told_with_what_is_needed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage(root))(10**12, 10**12 - 10**9, 10**9)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    assert lines(root)["disk"].text == "1.0 GB free; the provider and build/ need 3 GB"


def test_an_old_python_is_told_with_the_remedy(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 4))
    assert "make setup PYTHON=python3.11" in lines(root)["Python"].text


def test_a_stale_environment_is_told(root: Path) -> None:
    (root / ".venv").mkdir()
    (root / ".venv" / ".stamp").touch()
    (root / "requirements").mkdir()
    lock = root / "requirements" / "dev.txt"
    lock.touch()
    newer = (root / ".venv" / ".stamp").stat().st_mtime + 10
    import os

    os.utime(lock, (newer, newer))
    assert lines(root)["environment"].text == "is older than requirements/dev.txt; run `make setup`"


def test_credentials_are_not_needed_for_the_local_cloud(root: Path) -> None:
    found = lines(root)["credentials"]
    assert not found.ok
    assert not found.needed
    assert "set AWS_PROFILE or AWS_ACCESS_KEY_ID" in found.text


def test_a_mirror_that_is_none_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.setenv("HEADEND_PLUGIN_MIRROR", str(root))
    assert "HEADEND_PLUGIN_MIRROR=" in lines(root)["provider"].text


def test_the_json_is_for_programs(root: Path) -> None:
    found = json.loads(as_json([doctor.Finding("disk", False, "full"), doctor.Finding("x", True, "y")]))
    assert found["ok"] is False
    assert found["findings"][0] == {"name": "disk", "ok": False, "text": "full", "needed": True}
