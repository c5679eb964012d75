"""One run of a command on one environment: configuration, caller and Terraform, checked before anything happens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from headend.aws import Aws
from headend.config import Config
from headend.credentials import Identity, require_account
from headend.environments import Environment, find
from headend.errors import UsageError
from headend.local_access import point_at_local_cloud
from headend.terraform import Terraform

Tell = Callable[[str], None]


@dataclass
class Session:
    """An environment that is ready to be acted on. `tell` receives progress, one line each."""

    environment: Environment
    config: Config
    aws: Aws
    identity: Identity
    terraform: Terraform
    tell: Tell

    @cached_property
    def fingerprint(self) -> str:
        """A hash over everything that a plan is made from and the account and endpoint that it is meant for."""
        digest = hashlib.sha256(f"{self.identity.account} {self.aws.endpoint} {self.config.region}".encode())
        for path in sources(self.environment):
            digest.update(f"\0{path.relative_to(self.environment.root).as_posix()}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def init(self) -> None:
        """Connect Terraform to the environment's state; does nothing where that was done with the same HCL."""
        backend = backend_config(self.environment, self.config)
        stamp = self._init_stamp(backend)
        if self.recall("init") != stamp or not (self.environment.directory / ".terraform.lock.hcl").is_file():
            self.terraform.init(backend)
            self.remember("init", stamp)

    def _init_stamp(self, backend: dict[str, str]) -> str:
        digest = hashlib.sha256(json.dumps([backend, self.terraform.version, str(self.environment.root)]).encode())
        for path in sources(self.environment):
            if path.suffix == ".tf":
                digest.update(f"\0{path}\0".encode() + path.read_bytes())
        return digest.hexdigest()

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value in the work folder."""
        (self.environment.work_dir / f"{name}.json").write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")

    def recall(self, name: str) -> Any:
        """A value kept by `remember`, None where there is none."""
        return recall(self.environment, name)


def open_session(environment: Environment, tell: Tell, variables: Mapping[str, str] | None = None) -> Session:
    """Check configuration, Terraform, endpoint and caller, in that order. Raises UsageError; nothing was changed."""
    config = environment.config()
    terraform = Terraform(environment.directory, environment.work_dir, variables, tell, environment.name)
    aws = Aws(config.region, variables)
    if environment.is_local and not aws.is_local:
        raise UsageError("--env local: only for the local cloud, and none is running; start it with `headend local up`")
    identity = require_account(aws, config.account_id)
    return Session(environment, config, aws, identity, terraform, tell)


def session_of(env: str, tell: Tell) -> Session:
    """The session of a command's `--env`; a local environment meets the running local cloud. Raises as open_session."""
    environment = find(env)
    point_at_local_cloud(environment)
    return open_session(environment, tell)


def recall(environment: Environment, name: str) -> Any:
    """A value that a session of `environment` kept, None where there is none."""
    try:
        return json.loads((environment.work_dir / f"{name}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def backend_config(environment: Environment, config: Config) -> dict[str, str]:
    """What `terraform init` has to be told about the state: it is not written in HCL, since it holds the account id."""
    if environment.backend == "s3":
        return {
            "bucket": state_bucket(config),
            "key": f"{config.name}/terraform.tfstate",
            "region": config.region,
        }
    return {}


def state_bucket(config: Config) -> str:
    """The bucket that holds the state of every deployment of one account and Region."""
    if not config.account_id:
        raise UsageError("account_id: missing in config.yaml; the state bucket is named after it")
    return f"headend-state-{config.account_id}-{config.region}"


def sources(environment: Environment) -> Iterator[Path]:
    """The files that a plan is made from: the root module, the modules, and the packages."""
    folders = (environment.directory, environment.root / "modules", environment.root / "build" / "lambda")
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.suffix in (".tf", ".json", ".yaml", ".zip", ".tfvars") and path.is_file() and not hidden:
                yield path
