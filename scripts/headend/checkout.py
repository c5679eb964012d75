"""A throw-away checkout: environments that may be changed and planned, everything else linked to the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from headend.environments import BUILD

LINKED = ("modules", "lambda_src", "asl_templates", "requirements", "scripts", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns(".terraform*", "*.tfstate*")


def throw_away(root: Path, folder: Path) -> Path:
    """Make one of the repository `root` in the empty or new `folder`, and return it. Built packages are shared."""
    shutil.copytree(root / "envs", folder / "envs", ignore=LEFT_OUT)
    for name in LINKED:
        (folder / name).symlink_to(root / name)
    (folder / BUILD).mkdir()
    for built in ("lambda", "wheels"):
        (root / BUILD / built).mkdir(parents=True, exist_ok=True)
        (folder / BUILD / built).symlink_to(root / BUILD / built)
    return folder
