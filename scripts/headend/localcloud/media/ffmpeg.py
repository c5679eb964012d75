"""The ffmpeg that the media plane runs: imageio-ffmpeg's, a GPL build that is run as a process and never shipped.

Source: https://pypi.org/project/imageio-ffmpeg/
"""

from __future__ import annotations

import importlib

from headend.errors import HeadendError

INSTALL = "python -m pip install --require-hashes --no-deps -r requirements/media.txt"
"""How to install it."""
QUIET = ("-hide_banner", "-nostdin", "-loglevel", "fatal")


def executable() -> str:
    """The path of ffmpeg; IMAGEIO_FFMPEG_EXE names another one. Raises HeadendError when there is none."""
    try:
        found = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise HeadendError(f"the media plane needs ffmpeg: {INSTALL}") from error
    return str(found)


def command(*arguments: str) -> list[str]:
    """A quiet ffmpeg with these arguments. Raises HeadendError as `executable` does."""
    return [executable(), *QUIET, *arguments]
