"""hls.js, the player library that browsers get here: fetched once by npm, and known by its hash.

Source: https://www.npmjs.com/package/hls.js (Apache-2.0)
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

from headend.errors import HeadendError

VERSION = "1.7.4"
SHA256 = "e4ab3d5d13f7cca9ef241d098f39686e19fd451831ba07dc9943482fd5ff75c7"
"""Of the package as npm packs it."""
MEMBER = "package/dist/hls.min.js"
FOLDER = Path("build/hls.js")
FETCH_SECONDS = 120


def script(folder: Path = FOLDER) -> bytes:
    """The library's text; fetched into `folder` when it is not there.

    Raises HeadendError without npm, without a registry, or for a package that is not the one that is known.
    """
    package = folder / f"hls.js-{VERSION}.tgz"
    if not package.exists():
        _fetch(folder)
    content = package.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise HeadendError(f"{package} is not hls.js {VERSION} as it is known here: delete it and try again")
    with tarfile.open(package) as archive:
        found = archive.extractfile(MEMBER)
        if found is None:
            raise HeadendError(f"{package} has no {MEMBER}: delete it and try again")
        return found.read()


def there(folder: Path = FOLDER) -> bool:
    """Whether it has been fetched."""
    return (folder / f"hls.js-{VERSION}.tgz").exists()


def _fetch(folder: Path) -> None:
    if shutil.which("npm") is None:
        raise HeadendError(f"the browser's player is hls.js: install npm, or put hls.js-{VERSION}.tgz into {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", f"hls.js@{VERSION}", "--pack-destination", str(folder.absolute()), "--silent"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS, cwd=folder)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise HeadendError(f"npm cannot fetch hls.js {VERSION}: {error}") from error
