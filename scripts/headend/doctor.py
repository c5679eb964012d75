"""Whether this machine can do what headend asks of it: one line each, with the remedy where it cannot."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from headend.aws import Aws
from headend.credentials import identify
from headend.errors import HeadendError
from headend.local_access import state_file
from headend.terraform import merged
from headend.terraform_cli import find_mirror, find_terraform, implied_mirrors, providers

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 3_000_000_000
LIBRARIES = ("boto3", "jinja2", "moto", "pydantic", "python-terraform", "typer")


@dataclass(frozen=True)
class Finding:
    """One line of the report. `needed` is False for what only some uses need."""

    name: str
    ok: bool
    text: str
    needed: bool = True


def examine(root: Path) -> Iterator[Finding]:
    """Look at everything; a fault in one place does not hide another."""
    looks: dict[str, tuple[Callable[[Path], str], bool]] = {
        "Python": (_python, True),
        "environment": (_libraries, True),
        "Terraform": (_terraform, True),
        "provider": (_provider, True),
        "disk": (_disk, True),
        "ports": (_ports, True),
        "local cloud": (_local_cloud, False),
        "credentials": (_credentials, False),
    }
    for name, (look, needed) in looks.items():
        try:
            yield Finding(name, True, look(root), needed)
        except HeadendError as error:
            yield Finding(name, False, str(error).splitlines()[0], needed)


def as_json(findings: list[Finding]) -> str:
    """For another program: {ok, findings: [{name, ok, text, needed}]}."""
    ok = all(found.ok for found in findings if found.needed)
    return json.dumps({"ok": ok, "findings": [asdict(found) for found in findings]}, indent=2)


def _python(_: Path) -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        raise HeadendError(f"is {found}; install 3.11 or newer and run `make setup PYTHON=python3.11`")
    return found


def _libraries(root: Path) -> str:
    missing = []
    for name in LIBRARIES:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        raise HeadendError(f"no {', '.join(missing)}; run `make setup`")
    lock, stamp = root / "requirements" / "dev.txt", root / ".venv" / ".stamp"
    if stamp.is_file() and lock.is_file() and lock.stat().st_mtime > stamp.stat().st_mtime:
        raise HeadendError("is older than requirements/dev.txt; run `make setup`")
    return f"{len(LIBRARIES)} libraries found"


def _terraform(_: Path) -> str:
    path, found = find_terraform(merged(None))
    return f"{found} ({path})"


def _provider(_: Path) -> str:
    environment = merged(None)
    named = environment.get("TF_CLI_CONFIG_FILE")
    if named and Path(named).is_file():
        return f"as {named} says"
    mirror = find_mirror(environment)
    for folder in [mirror] if mirror else implied_mirrors(environment):
        held = list(providers(folder))
        if held:
            return f"mirror with {', '.join(held)}"
    host = "registry.terraform.io"
    try:
        socket.create_connection((host, 443), timeout=5).close()
    except OSError:
        raise HeadendError(f"no mirror, and {host} does not answer; set HEADEND_PLUGIN_MIRROR") from None
    return f"from {host}"


def _disk(root: Path) -> str:
    free = shutil.disk_usage(root).free
    if free < NEEDED_BYTES:
        raise HeadendError(f"{free / 1e9:.1f} GB free; the provider and build/ need {NEEDED_BYTES / 1e9:.0f} GB")
    return f"{free / 1e9:.0f} GB free"


def _ports(_: Path) -> str:
    try:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        raise HeadendError(f"cannot listen on 127.0.0.1 ({error.strerror}); the local cloud needs it") from None
    return "127.0.0.1 can be listened on"


def _local_cloud(root: Path) -> str:
    from headend.localcloud.launcher import LocalCloud

    if not state_file(root).is_file():
        return "not running"
    return f"running at {LocalCloud.attach(state_file(root)).endpoint}"


def _credentials(_: Path) -> str:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    identity = identify(Aws(region))
    return f"{identity.arn} in account {identity.account}"
