"""Functions in, zips out: lambda_src/<function>/ → build/lambda/<function>.zip, the same bytes wherever it is built.

A zip holds the function's files and its pure-Python dependencies, as its hashed requirements.txt pins them. Entries
are sorted, their times and permissions fixed, and they are stored, not compressed: what zlib makes of the same bytes
differs between its versions and its replacements (zlib-ng), and these zips are far below Lambda's limits.

Beside each zip lies <function>.zip.json with its hashes and that of its inputs: a build without changes does nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from headend.errors import HeadendError

SOURCES = Path("lambda_src")
ZIPS = Path("build/lambda")
WHEELS = Path("build/wheels")
PYTHON = "3.13"  # what the functions run on

_FORMAT = 1  # raise it when the same inputs shall make other bytes
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_FILE_MODE = 0o100644
_UNIX = 3
_COMPILED = frozenset({".a", ".dll", ".dylib", ".exe", ".o", ".pyd", ".so"})
_NOT_CODE = frozenset({".in", ".md", ".pyc", ".pyo"})
_LICENCE = re.compile(r"(licen[cs]e|notice|copying|authors)", re.IGNORECASE)
_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)((?:\s+--hash=sha256:[0-9a-f]{64})+)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Requirement:
    """A pinned dependency: any one of the files with these SHA-256 hashes (hex)."""

    name: str
    version: str
    hashes: frozenset[str]


def functions(root: Path) -> list[str]:
    """The functions of a repository: the folders of lambda_src/ that have a handler.py."""
    return sorted(path.parent.name for path in (root / SOURCES).glob("*/handler.py"))


def build(root: Path) -> list[Path]:
    """Build every zip that is missing or older than its source; returns those that were built.

    Raises:
        HeadendError: a dependency cannot be had, or is compiled.
    """
    names = functions(root)
    if not names:
        raise HeadendError(f"no function (*/handler.py) below {root / SOURCES}: run this from the repository's root")
    return [_build(root, name) for name in names if _is_stale(root, name)]


def stale(root: Path) -> list[str]:
    """The functions whose zip is missing, changed, or older than its source."""
    return [name for name in functions(root) if _is_stale(root, name)]


def describe(root: Path, function: str) -> dict[str, Any]:
    """What lies beside a zip.

    Returns:
        function, inputs_sha256, sha256 (hex), sha256_base64 (Terraform's filebase64sha256), size (bytes).

    Raises:
        HeadendError: it is missing or damaged.
    """
    path = _sidecar(root, function)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise HeadendError(f"{path} cannot be read: build it with `headend package`") from None
    if not isinstance(document, dict):
        raise HeadendError(f"{path} is no object: build it again with `headend package`")
    return document


def zip_path(root: Path, function: str) -> Path:
    """Where a function's zip lies."""
    return root / ZIPS / f"{function}.zip"


def _sidecar(root: Path, function: str) -> Path:
    return root / ZIPS / f"{function}.zip.json"


def _is_stale(root: Path, function: str) -> bool:
    path = zip_path(root, function)
    if not path.is_file() or not _sidecar(root, function).is_file():
        return True
    try:
        known = describe(root, function)
    except HeadendError:
        return True
    return known.get("inputs_sha256") != _inputs(root, function) or known.get("sha256") != _sha256(path.read_bytes())


def _build(root: Path, function: str) -> Path:
    inputs = _inputs(root, function)
    content = _zip(_entries(root, function))
    digest = hashlib.sha256(content)
    document = {
        "function": function,
        "inputs_sha256": inputs,
        "sha256": digest.hexdigest(),
        "sha256_base64": base64.b64encode(digest.digest()).decode("ascii"),
        "size": len(content),
    }
    path = zip_path(root, function)
    path.parent.mkdir(parents=True, exist_ok=True)
    _sidecar(root, function).unlink(missing_ok=True)  # an interrupted build leaves a zip that counts as stale
    _replace(path, content)
    _replace(_sidecar(root, function), (json.dumps(document, indent=2) + "\n").encode())
    return path


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def _zip(entries: Mapping[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(entries.items(), key=lambda entry: entry[0].encode()):
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.create_system = _UNIX
            info.external_attr = _FILE_MODE << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def _inputs(root: Path, function: str) -> str:
    """The hash of everything that a zip is made of."""
    digest = hashlib.sha256(f"{_FORMAT} {PYTHON}\n".encode())
    files = dict(_source_files(root, function))
    lock = _lock(root, function)
    if lock.is_file():
        files[lock.name] = lock
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _lock(root: Path, function: str) -> Path:
    return root / SOURCES / function / "requirements.txt"


def _source_files(root: Path, function: str) -> Iterator[tuple[str, Path]]:
    """The function's own files by their name in the zip."""
    folder = root / SOURCES / function
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in relative.parts):
            continue
        if path.is_symlink():
            raise HeadendError(f"{path.relative_to(root)} is a symbolic link: put the file itself there")
        if not path.is_file() or path.suffix in _NOT_CODE or relative.as_posix() == "requirements.txt":
            continue
        if path.suffix in _COMPILED:
            raise HeadendError(f"{path.relative_to(root)} is compiled: functions are pure Python, remove it")
        yield relative.as_posix(), path


def _entries(root: Path, function: str) -> dict[str, bytes]:
    entries = {name: path.read_bytes() for name, path in _source_files(root, function)}
    for requirement, wheel in _wheels(root, function):
        for name, content in _wheel_entries(wheel, requirement, function):
            if entries.setdefault(name, content) != content:
                raise HeadendError(
                    f"{SOURCES}/{function}: {name} comes from {requirement.name} and from elsewhere too: rename one"
                )
    return entries


def requirements(root: Path, function: str) -> list[Requirement]:
    """What a function's requirements.txt pins; nothing when it needs nothing.

    Raises:
        HeadendError: the lock is missing, or a line in it is no pinned and hashed requirement.
    """
    lock = _lock(root, function)
    where = lock.relative_to(root)
    if not lock.is_file():
        if lock.with_suffix(".in").is_file():
            raise HeadendError(f"{where} is missing: write it from requirements.in with `make lock`")
        return []
    found = []
    for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        text = line.partition(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        match = _REQUIREMENT.match(text)
        if not match:
            raise HeadendError(f"{where}: {text[:60]!r} is not pinned with hashes: write the file with `make lock`")
        found.append(Requirement(match[1], match[2], frozenset(_HASH.findall(match[3]))))
    return found


def _wheels(root: Path, function: str) -> list[tuple[Requirement, Path]]:
    """The wheel of each requirement, from build/wheels or downloaded into it; their hashes are checked either way."""
    wanted = requirements(root, function)
    cached = _cached_wheels(root)
    if any(not requirement.hashes & cached.keys() for requirement in wanted):
        _download(root, function)
        cached = _cached_wheels(root)
    found = []
    for requirement in wanted:
        matching = sorted(requirement.hashes & cached.keys())
        if not matching:
            raise HeadendError(
                f"{SOURCES}/{function}: no wheel of {requirement.name} {requirement.version} has a hash of the lock; "
                "write it again with `make lock`"
            )
        found.append((requirement, cached[matching[0]]))
    return found


def _cached_wheels(root: Path) -> dict[str, Path]:
    """Wheels by the SHA-256 of what they hold, whatever their name says."""
    return {_sha256(path.read_bytes()): path for path in sorted((root / WHEELS).glob("*.whl"))}


def _download(root: Path, function: str) -> None:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--require-hashes", "--only-binary", ":all:", "--no-deps", "--python-version", PYTHON),
        *("--implementation", "py", "--abi", "none", "--platform", "any"),  # pure Python wheels, on every machine
        *("--dest", str(root / WHEELS), "--requirement", str(_lock(root, function))),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    said = [line.removeprefix("ERROR: ") for line in result.stderr.splitlines() if line.startswith("ERROR: ")]
    missing = next((line for line in said if line.startswith("No matching distribution found for ")), None)
    if missing:
        name = missing.removeprefix("No matching distribution found for ").split("==")[0]
        raise HeadendError(
            f"{SOURCES}/{function}: {name} has no pure-Python wheel that can be had; functions take no compiled code: "
            "choose another package in requirements.in, or check that the package index can be reached"
        )
    reason = said[0] if said else (result.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
    raise HeadendError(f"{SOURCES}/{function}: the dependencies cannot be downloaded: {reason}")


def _wheel_entries(wheel: Path, requirement: Requirement, function: str) -> Iterator[tuple[str, bytes]]:
    """What goes into the zip: the modules, and of the metadata what names the package and its licence."""
    if not wheel.name.endswith("-none-any.whl"):
        raise HeadendError(
            f"{SOURCES}/{function}: {requirement.name} {requirement.version} is compiled ({wheel.name}): "
            "functions are pure Python, choose another package"
        )
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            target = _target(PurePosixPath(info.filename))
            if info.is_dir() or target is None:
                continue
            if target.suffix in _COMPILED:
                raise HeadendError(
                    f"{SOURCES}/{function}: {requirement.name} {requirement.version} holds compiled code "
                    f"({info.filename}): functions are pure Python, choose another package"
                )
            yield target.as_posix(), archive.read(info)


def _target(path: PurePosixPath) -> PurePosixPath | None:
    """Where a wheel's file goes, if anywhere: https://packaging.python.org/en/latest/specifications/binary-distribution-format/."""
    if path.is_absolute() or ".." in path.parts:
        raise HeadendError(f"a wheel holds the path {path}: do not use that package")
    if path.suffix in (".pyc", ".pyo") or "__pycache__" in path.parts:
        return None
    top = path.parts[0]
    if top.endswith(".dist-info"):
        kept = path.name == "METADATA" or _LICENCE.search("/".join(path.parts[1:]))
        return path if kept else None
    if top.endswith(".data"):
        libraries = len(path.parts) > 2 and path.parts[1] in ("purelib", "platlib")
        return PurePosixPath(*path.parts[2:]) if libraries else None
    return path


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
