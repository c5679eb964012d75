"""A release for teams that import the modules by their Git address: zips, hashes and a snippet that uses them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from headend import __version__, package, render
from headend.errors import HeadendError, UsageError

RELEASES = Path("build/release")
SNIPPET = "usage.tf"
SUMS = "SHA256SUMS"
MODULE = "modules/stream_monitor"

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?")
_DEFAULT_SOURCE = "https://git.example.com/media/headend.git"


def release(root: Path, version: str = __version__, source: str | None = None) -> Path:
    """Write build/release/<version>/.

    Args:
        root: the repository.
        version: a semantic version; its tag is `v<version>`.
        source: the address that importers clone, without `git::`; the repository's `origin` by default.

    Returns:
        The folder, with the zips, SHA256SUMS and usage.tf.

    Raises:
        UsageError: the version is none.
        HeadendError: rendered files are stale, the tag is another commit's, or a package cannot be built.
    """
    if not _VERSION.fullmatch(version):
        raise UsageError(f"version {version!r} is no semantic version: write one such as 1.2.3")
    if stale := render.check(root):
        raise HeadendError(render.stale_message(stale))
    _check_tag(root, f"v{version}")
    package.build(root)
    folder = root / RELEASES / version
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    names = package.functions(root)
    for name in names:
        shutil.copyfile(package.zip_path(root, name), folder / f"{name}.zip")
    hashes = {name: package.describe(root, name) for name in names}
    sums = "".join(f"{hashes[name]['sha256']}  {name}.zip\n" for name in names)
    (folder / SUMS).write_text(sums, encoding="ascii", newline="\n")
    snippet = usage(version, source or _origin(root), {name: hashes[name]["sha256_base64"] for name in names})
    (folder / SNIPPET).write_text(snippet, encoding="utf-8", newline="\n")
    return folder


def usage(version: str, source: str, hashes: dict[str, str]) -> str:
    """HCL that calls the stream monitor of a release; `hashes` are the zips' SHA-256 in base64, by function."""
    address = source if "::" in source else f"git::{source}"
    width = max(map(len, hashes), default=0)
    packages = "\n".join(
        f'    {name:<{width}} = {{ filename = "${{path.module}}/headend/{name}.zip", source_code_hash = "{digest}" }}'
        for name, digest in sorted(hashes.items())
    )
    return f"""\
# Headend {version}: put the release's zips into headend/ beside this file, or into a bucket
# ({{ s3_bucket = …, s3_key = …, source_code_hash = … }}). `sha256sum --check {SUMS}` tells whether they are whole.
module "stream_monitor" {{
  source = "{address}//{MODULE}?ref=v{version}"

  name = "live"

  flows = {{
    studio-a = {{
      nominal_bit_rate = 20000000 # bits/s
      source           = {{ protocol = "rtp", ingest_port = 5000, whitelist_cidr = "203.0.113.0/24" }}
      outputs = {{
        primary = {{ protocol = "rtp", destination = "198.51.100.10", port = 5001 }}
      }}
    }}
  }}

  packages = {{
{packages}
  }}

  subscriptions = {{
    noc = {{ protocol = "email", endpoint = "noc@example.com", severities = ["HIGH", "MEDIUM"] }}
  }}
}}
"""


def _check_tag(root: Path, tag: str) -> None:
    tagged, head = _git(root, "rev-list", "-n1", f"refs/tags/{tag}"), _git(root, "rev-parse", "HEAD")
    if tagged and head and tagged != head:
        raise HeadendError(f"{tag} is already the tag of {tagged[:12]}: raise __version__, or check that commit out")


def _origin(root: Path) -> str:
    url = _git(root, "config", "--get", "remote.origin.url") or _DEFAULT_SOURCE
    if url.startswith("/"):
        return f"file://{url}"
    if match := re.fullmatch(r"(?:([\w.-]+)@)?([\w.-]+):(?!//)(.+)", url):  # scp style, which Terraform takes as ssh://
        return f"ssh://{match[1] + '@' if match[1] else ''}{match[2]}/{match[3]}"
    return re.sub(r"(?<=://)[^/@]*@", "", url) if url.startswith("http") else url  # never a password


def _git(root: Path, *arguments: str) -> str | None:
    try:
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None
