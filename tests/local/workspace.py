"""A throw-away checkout for one test: an environment of its own, everything else linked to the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from headend.checkout import throw_away
from headend.localcloud.launcher import LocalCloud
from headend.secrets import named

REPOSITORY = Path(__file__).parents[2]
T = TypeVar("T")


@dataclass
class Run:
    """What one `headend` command did."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


class Workspace:
    """`envs/<env>` copied into `folder` so that a test can change it; commands run there as a person would run them."""

    def __init__(self, folder: Path, env: str, cloud: LocalCloud) -> None:
        self.folder = folder
        self.env = env
        self.cloud = cloud
        throw_away(REPOSITORY, folder)

    @property
    def config_file(self) -> Path:
        return self.folder / "envs" / self.env / "config.yaml"

    def configure(self, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Change the environment's config.yaml; returns what is written."""
        config: dict[str, Any] = yaml.safe_load(self.config_file.read_text())
        change(config)
        self.config_file.write_text(yaml.safe_dump(json.loads(json.dumps(config)), sort_keys=False))
        return config

    def make_secrets(self) -> None:
        """Make the secrets that config.yaml names, and name those that were made."""
        text = self.config_file.read_text()
        for _field, arn in named(yaml.safe_load(text)):
            made = self.client("secretsmanager").create_secret(Name=arn.split(":")[6], SecretString="example-password")
            text = text.replace(arn, made["ARN"])
        self.config_file.write_text(text)

    def headend(self, *arguments: str, check: bool = True) -> Run:
        """Run one `headend` command in this folder against the local cloud."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_CLI_ARGS", "TF_VAR"))}
        environment |= self.cloud.environment(self.region)
        done = subprocess.run(
            [str(Path(sys.executable).parent / "headend"), *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )
        run = Run(done.returncode, done.stdout, done.stderr)
        assert not check or run.code == 0, f"headend {' '.join(arguments)}: {run.text}"
        return run

    def deploy(self) -> None:
        """Plan, and apply that plan."""
        self.headend("plan", "--env", self.env)
        self.headend("apply", "--env", self.env)

    @property
    def region(self) -> str:
        return str(yaml.safe_load(self.config_file.read_text())["region"])

    def client(self, service: str) -> Any:
        return self.cloud.client(service, self.region)

    def outputs(self) -> dict[str, Any]:
        """The environment's outputs, name → value."""
        found: dict[str, Any] = json.loads(self.headend("output", "--env", self.env).out)
        return found


def eventually(what: str, probe: Callable[[], T | None], seconds: float = 120) -> T:
    """What `probe` finds, asked until it finds something. Fails, saying `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"within {seconds:.0f} s not seen: {what}")


def in_time(cloud: LocalCloud, what: str, probe: Callable[[], T | None], seconds: float = 120) -> T:
    """What `probe` finds, asked once in each second of the cloud's paused clock. Fails after so many of them."""
    for _ in range(int(seconds)):
        found = probe()
        if found:
            return found
        cloud.step(1)
    raise AssertionError(f"within {seconds:.0f} s of the local cloud's time not seen: {what}")
