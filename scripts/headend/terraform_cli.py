"""Which Terraform is run, and where it takes providers from.

Terraform itself looks for providers in its implied mirror folders and in the registry:
https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
A machine that cannot reach the registry often has a mirror elsewhere; this finds it and writes a CLI configuration for
it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from headend.errors import UsageError

OLDEST = (1, 10)
REGISTRY = "registry.terraform.io"
MIRROR_VARIABLE = "HEADEND_PLUGIN_MIRROR"
SYSTEM_MIRRORS = Path("/opt")


def find_terraform(environment: Mapping[str, str]) -> tuple[str, str]:
    """Terraform's path and version. Raises UsageError where it is missing or older than 1.10."""
    wanted = ".".join(map(str, OLDEST))
    path = shutil.which("terraform", path=environment.get("PATH"))
    if not path:
        raise UsageError(f"terraform: not found on PATH; install Terraform {wanted} or newer")
    try:
        answer = subprocess.run(
            [path, "version", "-json"], env=dict(environment), capture_output=True, text=True, check=True, timeout=60
        )
        version = str(json.loads(answer.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        raise UsageError(f"{path}: does not answer `version -json`; install Terraform {wanted} or newer") from None
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if not numbers or (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise UsageError(f"{path}: is Terraform {version}; install {wanted} or newer (state lock files in S3 need it)")
    return path, version


def cli_environment(environment: Mapping[str, str], work_dir: Path) -> dict[str, str]:
    """`environment` with TF_CLI_CONFIG_FILE as it should be: a file that exists, ours for a mirror, or not set."""
    found = dict(environment)
    named = found.pop("TF_CLI_CONFIG_FILE", None)
    if named and Path(named).is_file():
        return {**found, "TF_CLI_CONFIG_FILE": named}
    mirror = find_mirror(environment)
    if mirror:
        path = work_dir / "terraform.rc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_configuration(mirror), encoding="utf-8")
        return {**found, "TF_CLI_CONFIG_FILE": str(path)}
    return found


def find_mirror(environment: Mapping[str, str]) -> Path | None:
    """The filesystem mirror to name to Terraform; None where Terraform's own rules are enough.

    Raises UsageError where HEADEND_PLUGIN_MIRROR names a folder that is no mirror.
    """
    named = environment.get(MIRROR_VARIABLE)
    if named:
        if not any(providers(Path(named))):
            raise UsageError(
                f"{MIRROR_VARIABLE}={named}: holds no {REGISTRY}/NAMESPACE/TYPE folder; "
                "make one with `terraform providers mirror`"
            )
        return Path(named).resolve()
    home = Path(environment.get("HOME", "/nonexistent"))
    if (home / ".terraformrc").is_file() or any(any(providers(folder)) for folder in implied_mirrors(environment)):
        return None
    return next((folder for folder in sorted(SYSTEM_MIRRORS.glob("*")) if any(providers(folder))), None)


def implied_mirrors(environment: Mapping[str, str]) -> list[Path]:
    """The folders in which Terraform looks without being told."""
    home = Path(environment.get("HOME", "/nonexistent"))
    data_home = Path(environment.get("XDG_DATA_HOME") or home / ".local/share")
    shared = (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return [home / ".terraform.d/plugins", *(base / "terraform/plugins" for base in (data_home, *map(Path, shared)))]


def providers(mirror: Path) -> Iterator[str]:
    """The provider addresses that a mirror folder holds, e.g. `registry.terraform.io/hashicorp/aws`."""
    for folder in sorted(mirror.glob(f"{REGISTRY}/*/*")):
        if folder.is_dir() and any(folder.iterdir()):
            yield folder.relative_to(mirror).as_posix()


def _configuration(mirror: Path) -> str:
    held = json.dumps(list(providers(mirror)))
    return (
        "# Written by headend: providers come from this mirror, others from where Terraform finds them.\n"
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = {held}\n  }}\n"
        f"  direct {{\n    exclude = {held}\n  }}\n"
        "}\n"
    )
