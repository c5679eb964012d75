"""The packager: the same bytes wherever it runs, nothing compiled, nothing done twice."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend import package
from headend.errors import HeadendError

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
LICENCE = "lib-1.0.dist-info/licenses/LICENSE"
WHEEL_FILES = {
    "lib/__init__.py": "x = 1\n",
    "lib/__pycache__/a.cpython-313.pyc": "",
    "lib-1.0.data/purelib/extra.py": "y = 2\n",
    "lib-1.0.data/scripts/run": "#!python\n",
    "lib-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: lib\nVersion: 1.0\n",
    LICENCE: "MIT\n",
    "lib-1.0.dist-info/RECORD": "",
    "lib-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def wheel(root: Path, files: dict[str, str] | None = None, name: str = "lib-1.0-py3-none-any.whl") -> str:
    """Put a wheel into the cache; returns its hash."""
    path = root / package.WHEELS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for entry, text in (WHEEL_FILES if files is None else files).items():
            archive.writestr(entry, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def function(root: Path, digest: str | None = None, **files: str) -> Path:
    """A function `f`; `digest` is what it requires."""
    folder = root / package.SOURCES / "f"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handler.py").write_text("import lib\n")
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "b.py").write_text("B = 1\n")
    if digest:
        (folder / "requirements.in").write_text("lib\n")
        (folder / "requirements.txt").write_text(
            f"lib==1.0 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{digest}\n"
        )
    for name, text in files.items():
        (folder / name).write_text(text)
    return root


def names(root: Path) -> list[str]:
    with zipfile.ZipFile(package.zip_path(root, "f")) as archive:
        return archive.namelist()


def test_a_zip_holds_the_function_and_its_dependencies(tmp_path: Path) -> None:
    function(tmp_path, wheel(tmp_path))
    assert package.build(tmp_path) == [tmp_path / "build/lambda/f.zip"]
    assert names(tmp_path) == [
        *("code/b.py", "extra.py", "handler.py", "lib-1.0.dist-info/METADATA", LICENCE, "lib/__init__.py")
    ]


def test_entries_are_sorted_and_their_times_and_permissions_fixed(tmp_path: Path) -> None:
    function(tmp_path, wheel(tmp_path))
    package.build(tmp_path)
    with zipfile.ZipFile(package.zip_path(tmp_path, "f")) as archive:
        infos = archive.infolist()
    assert [i.filename for i in infos] == sorted(i.filename for i in infos)
    assert {(i.date_time, i.external_attr >> 16, i.compress_type) for i in infos} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, zipfile.ZIP_STORED)
    }


def test_what_is_no_code_stays_out(tmp_path: Path) -> None:
    function(tmp_path)
    folder = tmp_path / package.SOURCES / "f"
    for name in (".hidden", "README.md", "old.pyc", "__pycache__/x.cpython-313.pyc", ".venv/lib.py"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("no")
    package.build(tmp_path)
    assert names(tmp_path) == ["code/b.py", "handler.py"]


def test_the_sidecar_holds_the_hashes_that_terraform_asks_for(tmp_path: Path) -> None:
    function(tmp_path)
    [path] = package.build(tmp_path)
    digest = hashlib.sha256(path.read_bytes())
    found = json.loads(Path(f"{path}.json").read_text())
    assert found == package.describe(tmp_path, "f")
    assert found["sha256"] == digest.hexdigest()
    assert found["sha256_base64"] == base64.b64encode(digest.digest()).decode()


BUILD = """
import os, sys
from pathlib import Path
from headend import package
os.umask(int(sys.argv[1]))
package.build(Path.cwd())
"""


def _build_elsewhere(folder: Path, umask: int, zone: str) -> str:
    """Build a copy in another process; returns the zip's hash."""
    folder.mkdir(parents=True)
    previous = os.umask(umask)
    try:
        function(folder, wheel(folder))
    finally:
        os.umask(previous)
    for path in folder.rglob("*.py"):
        os.utime(path, (umask * 1e6, umask * 1e6))
    environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(SCRIPTS), "PYTHONHASHSEED": str(umask)}
    subprocess.run([sys.executable, "-c", BUILD, str(umask)], cwd=folder, env=environment, check=True)
    return hashlib.sha256(package.zip_path(folder, "f").read_bytes()).hexdigest()


def test_zips_are_the_same_at_other_paths_umasks_time_zones_and_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wheel in the cache is one file, as it is when it is downloaded: its own times are part of its hash.
    monkeypatch.setattr(zipfile.time, "localtime", lambda *_: time.struct_time((2026, 1, 1, 0, 0, 0, 3, 1, 0)))
    first = _build_elsewhere(tmp_path / "a", 0o022, "UTC")
    second = _build_elsewhere(tmp_path / "somewhere" / "much deeper", 0o077, "Pacific/Kiritimati")
    assert first == second


@pytest.mark.parametrize("suffix", [".so", ".pyd", ".dll", ".dylib"])
def test_compiled_code_in_a_dependency_is_refused(tmp_path: Path, suffix: str) -> None:
    function(tmp_path, wheel(tmp_path, {f"lib/fast{suffix}": ""}))
    with pytest.raises(HeadendError, match=re.escape(f"lib 1.0 holds compiled code (lib/fast{suffix})")):
        package.build(tmp_path)


def test_a_wheel_for_one_platform_is_refused(tmp_path: Path) -> None:
    name = "lib-1.0-cp313-cp313-manylinux_2_17_aarch64.whl"
    function(tmp_path, wheel(tmp_path, name=name))
    with pytest.raises(HeadendError, match=f"lib 1.0 is compiled .{name}"):
        package.build(tmp_path)


def test_compiled_code_in_a_function_is_refused(tmp_path: Path) -> None:
    function(tmp_path, **{"fast.so": ""})
    with pytest.raises(HeadendError, match=r"lambda_src/f/fast\.so is compiled"):
        package.build(tmp_path)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    function(tmp_path)
    (tmp_path / package.SOURCES / "f" / "link.py").symlink_to("handler.py")
    with pytest.raises(HeadendError, match="is a symbolic link"):
        package.build(tmp_path)


def test_a_wheel_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    function(tmp_path, wheel(tmp_path, {"../evil.py": ""}))
    with pytest.raises(HeadendError, match="holds the path"):
        package.build(tmp_path)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    function(tmp_path, wheel(tmp_path, {"handler.py": "other"}))
    with pytest.raises(HeadendError, match=r"handler\.py comes from lib and from elsewhere too"):
        package.build(tmp_path)


@pytest.mark.parametrize("line", ["lib", "lib>=1", "lib==1.0", "-e .", "https://example.com/lib.whl", "--index-url x"])
def test_a_requirement_without_pin_and_hash_is_refused(tmp_path: Path, line: str) -> None:
    function(tmp_path, **{"requirements.txt": f"{line}\n"})
    with pytest.raises(HeadendError, match="is not pinned with hashes"):
        package.build(tmp_path)


def test_a_missing_lock_names_the_command_that_writes_it(tmp_path: Path) -> None:
    function(tmp_path, **{"requirements.in": "lib\n"})
    with pytest.raises(HeadendError, match=r"requirements\.txt is missing: write it .* `make lock`"):
        package.build(tmp_path)


def test_a_dependency_that_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    function(tmp_path, "1" * 64)
    with pytest.raises(HeadendError, match="lambda_src/f: lib has no pure-Python wheel that can be had"):
        package.build(tmp_path)
    assert not package.zip_path(tmp_path, "f").exists()


def test_a_missing_wheel_is_downloaded_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = wheel(tmp_path)
    shutil.move(tmp_path / package.WHEELS, tmp_path / "index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    function(tmp_path, digest)
    package.build(tmp_path)
    assert [path.name for path in (tmp_path / package.WHEELS).iterdir()] == ["lib-1.0-py3-none-any.whl"]


def test_a_build_without_changes_does_nothing(tmp_path: Path) -> None:
    function(tmp_path, wheel(tmp_path))
    [path] = package.build(tmp_path)
    before = path.stat()
    assert (package.build(tmp_path), package.stale(tmp_path)) == ([], [])
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    os.utime(tmp_path / package.SOURCES / "f" / "handler.py")
    assert package.stale(tmp_path) == []


@pytest.mark.parametrize("changed", ["handler.py", "code/b.py", "requirements.txt", "new.json"])
def test_a_changed_source_makes_the_zip_stale(tmp_path: Path, changed: str) -> None:
    function(tmp_path, wheel(tmp_path))
    package.build(tmp_path)
    path = tmp_path / package.SOURCES / "f" / changed
    path.write_text((path.read_text() if path.exists() else "") + "\n")
    assert package.stale(tmp_path) == ["f"]
    assert package.build(tmp_path) == [package.zip_path(tmp_path, "f")]


@pytest.mark.parametrize("damage", ["f.zip", "f.zip.json"])
@pytest.mark.parametrize("missing", [True, False])
def test_a_damaged_or_missing_zip_is_stale(tmp_path: Path, damage: str, missing: bool) -> None:
    function(tmp_path)
    package.build(tmp_path)
    path = tmp_path / package.ZIPS / damage
    path.unlink() if missing else path.write_text("[]")
    assert package.stale(tmp_path) == ["f"]
    assert package.build(tmp_path)
    assert package.stale(tmp_path) == []


def test_a_repository_without_functions_is_the_wrong_folder(tmp_path: Path) -> None:
    with pytest.raises(HeadendError, match="from the repository's root"):
        package.build(tmp_path)


file_names = st.text("abé/._", min_size=1, max_size=8).filter(lambda name: not name.startswith("/"))


@given(files=st.dictionaries(file_names, st.binary(max_size=30)))
def test_the_order_in_which_files_are_found_does_not_matter(files: dict[str, bytes]) -> None:
    backwards = dict(reversed(files.items()))
    assert package._zip(files) == package._zip(backwards)
