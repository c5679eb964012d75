"""Where an environment lives: its folder, its configuration, and the folder under build/ that its runs use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from headend.config import Config, load_config
from headend.errors import UsageError

BUILD = "build"
LOCAL = "local"
_BACKEND = re.compile(r'^\s*backend\s+"(?P<kind>\w+)"', re.MULTILINE)


def repository_root(start: Path | None = None) -> Path:
    """The nearest folder at or above `start` (default: the working directory) that holds `envs/`."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "envs").is_dir():
            return folder
    raise UsageError(f"{here}: no envs/ folder here or above; run headend inside the repository")


@dataclass(frozen=True)
class Environment:
    """One root module with its configuration.

    `directory` holds main.tf and, except for the bootstrap root, config.yaml; `root` holds build/.
    """

    name: str
    directory: Path
    root: Path

    @property
    def config_file(self) -> Path:
        """What a person edits."""
        return self.directory / "config.yaml"

    @property
    def work_dir(self) -> Path:
        """Terraform's data, the plan, and what a run has to remember."""
        return self.root / BUILD / "terraform" / self.name

    @property
    def plan_file(self) -> Path:
        """The saved plan: the only thing that apply applies."""
        return self.work_dir / "plan.tfplan"

    @property
    def is_local(self) -> bool:
        """Whether this environment may only ever meet the local cloud."""
        return self.name == LOCAL

    @property
    def backend(self) -> str | None:
        """The kind of the state backend that the root module declares, e.g. `s3`; None without a backend block."""
        for path in sorted(self.directory.glob("*.tf")):
            found = _BACKEND.search(path.read_text(encoding="utf-8"))
            if found:
                return found["kind"]
        return None

    def config(self) -> Config:
        """The checked configuration; raises ConfigError with one line per fault."""
        return load_config(self.config_file, local=self.is_local)


def names(root: Path) -> list[str]:
    """The environments that a person can name: folders under envs/ with a config.yaml."""
    return sorted(path.parent.name for path in (root / "envs").glob("*/config.yaml"))


def find(env: str, root: Path | None = None) -> Environment:
    """The environment called `env`, or the one in the folder `env` where that is written as a path (with a slash)."""
    base = root or repository_root()
    directory = Path(env).resolve() if "/" in env else base / "envs" / env
    if not re.fullmatch(r"[A-Za-z0-9_-]+", directory.name) or not any(directory.glob("*.tf")):
        known = names(base)
        near = get_close_matches(env, known, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
        raise UsageError(f"--env {env}: unknown environment; {remedy}")
    return Environment(directory.name, directory, base)
