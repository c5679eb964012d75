"""A release: zips, hashes and the snippet that uses them."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from headend import package, release, render
from headend.errors import HeadendError, UsageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two functions and a template."""
    for name in ("alert_handler", "stream_monitor"):
        folder = tmp_path / package.SOURCES / name
        folder.mkdir(parents=True)
        (folder / "handler.py").write_text(f"# {name}\n")
    (tmp_path / "asl_templates").mkdir()
    (tmp_path / "asl_templates/t.json.j2").write_text("<# renders: modules/m/rendered/t.json #>{}")
    render.write(tmp_path)
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    settings = {"user.name": "t", "user.email": "t@example.com", "commit.gpgsign": "false", "tag.gpgsign": "false"}
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
    subprocess.run(["git", *options, *arguments], cwd=root, check=True, capture_output=True)


def test_a_release_holds_the_zips_their_hashes_and_a_snippet(root: Path) -> None:
    folder = release.release(root, "1.2.3")
    assert folder == root / "build/release/1.2.3"
    assert sorted(p.name for p in folder.iterdir()) == [
        "SHA256SUMS",
        "alert_handler.zip",
        "stream_monitor.zip",
        "usage.tf",
    ]
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert sums == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.zip")}


def test_the_snippet_pins_the_tag_and_the_zips(root: Path) -> None:
    text = (release.release(root, "1.2.3", source="https://git.example.com/m/h.git") / "usage.tf").read_text()
    assert 'source = "git::https://git.example.com/m/h.git//modules/stream_monitor?ref=v1.2.3"' in text
    for name in ("alert_handler", "stream_monitor"):
        assert f'filename = "${{path.module}}/headend/{name}.zip"' in text
        assert package.describe(root, name)["sha256_base64"] in text


@pytest.mark.terraform
def test_the_snippet_is_formatted_as_terraform_does(root: Path) -> None:
    folder = release.release(root, "1.2.3")
    subprocess.run(["terraform", "fmt", "-check", "-diff", str(folder / "usage.tf")], check=True)


def test_a_release_made_twice_is_the_same(root: Path) -> None:
    first = {p.name: p.read_bytes() for p in release.release(root, "1.2.3").iterdir()}
    shutil.rmtree(root / "build")
    assert {p.name: p.read_bytes() for p in release.release(root, "1.2.3").iterdir()} == first


@pytest.mark.parametrize("version", ["", "1", "v1.2.3", "1.2", "1.02.3", "../x", "1.2.3/..", "1.2.3\n"])
def test_what_is_no_version_is_wrong_use(root: Path, version: str) -> None:
    with pytest.raises(UsageError, match="is no semantic version"):
        release.release(root, version)


def test_stale_rendered_files_are_not_released(root: Path) -> None:
    (root / "modules/m/rendered/t.json").unlink()
    with pytest.raises(HeadendError, match=r"stale: modules/m/rendered/t\.json"):
        release.release(root, "1.2.3")


def test_a_tag_of_another_commit_is_not_released_again(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    git(root, "tag", "-a", "v1.2.3", "-m", "release")
    assert release.release(root, "1.2.3").is_dir()
    git(root, "commit", "-q", "--allow-empty", "-m", "two")
    with pytest.raises(HeadendError, match=r"v1\.2\.3 is already the tag of"):
        release.release(root, "1.2.3")


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://git.example.com/m/h.git", "git::https://git.example.com/m/h.git//"),
        ("https://me:secret@git.example.com/m/h.git", "git::https://git.example.com/m/h.git//"),
        ("git@git.example.com:m/h.git", "git::ssh://git@git.example.com/m/h.git//"),
        ("ssh://git@git.example.com/m/h.git", "git::ssh://git@git.example.com/m/h.git//"),
        ("/srv/git/h.git", "git::file:///srv/git/h.git//"),
    ],
)
def test_the_address_is_the_origin_as_terraform_writes_it(root: Path, origin: str, address: str) -> None:
    git(root, "init", "-q")
    git(root, "remote", "add", "origin", origin)
    assert f'source = "{address}modules/stream_monitor' in (release.release(root, "1.2.3") / "usage.tf").read_text()
