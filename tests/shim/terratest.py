"""Terratest's habits over tftest: temporary copies, retries with a reason, apply and idempotent, always destroy.

tftest runs Terraform and reads what it prints (github.com/GoogleCloudPlatform/terraform-python-testing-helper). The
habits are those of https://terratest.gruntwork.io: a fault that is known to pass is tried again, and the test says so;
a second plan that is not empty is never tried again, since that would hide the very thing it looks for.

    folder = copy_to_temporary(repository, "modules/alert_topic/examples/severities", tmp_path)
    with deployed(folder, environment) as topic:
        assert topic.output()["arn"]
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import tftest

from headend.terraform import merged
from headend.terraform_cli import cli_environment, find_terraform

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

# What is known to pass by itself: pattern of Terraform's message → why it is worth another try.
RETRYABLE: Mapping[str, str] = {
    r"(?i)connection reset by peer|unexpected EOF|TLS handshake timeout": "the network dropped a connection",
    r"(?i)Throttling|TooManyRequests|Rate exceeded": "AWS asked to slow down",
    r"The role defined for the function cannot be assumed": "IAM has not yet spread the new role",
    r"(?i)could not connect to registry|Failed to query available provider packages": "the registry did not answer",
}
_IGNORED = shutil.ignore_patterns(".git", ".venv*", "build", ".terraform*", "*.tfstate*", "__pycache__", ".*_cache")


class NotIdempotentError(AssertionError):
    """A second plan was not empty; the message names what it would change."""


@dataclass(frozen=True)
class Retries:
    """How often, and how long apart, a run with a retryable fault is tried again."""

    times: int = 3
    wait_seconds: float = 5.0
    reasons: Mapping[str, str] = field(default_factory=lambda: RETRYABLE)

    def run(self, what: str, action: Callable[[], _T]) -> _T:
        """Run `action`; where it fails for a known reason, log the reason and run it again."""
        for attempt in range(1, self.times + 1):
            try:
                return action()
            except tftest.TerraformTestError as error:
                reason = self._reason(str(error))
                if reason is None or attempt == self.times:
                    raise
                _LOG.warning("%s: %s; trying again (%d of %d)", what, reason, attempt, self.times - 1)
                time.sleep(self.wait_seconds)
        raise ValueError("times must be at least 1")

    def _reason(self, message: str) -> str | None:
        return next((why for pattern, why in self.reasons.items() if re.search(pattern, message)), None)


class Deployment:
    """A root module that is being tested, in a temporary copy: tftest deletes the state when its object goes.

    Raises ValueError for a folder that is part of a repository: its state could be somebody's.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        variables: Mapping[str, Any] | None = None,
        retries: Retries | None = None,
    ) -> None:
        _refuse_originals(folder)
        base = merged(environment)
        binary, _ = find_terraform(base)
        self.folder = folder
        self.variables = dict(variables or {})
        self.retries = retries or Retries()
        self._terraform = tftest.TerraformTest(str(folder), binary=binary)
        self._terraform.env = {**cli_environment(base, folder / ".headend"), "TF_IN_AUTOMATION": "1"}

    def init(self) -> None:
        """terraform init."""
        self.retries.run("init", lambda: self._terraform.setup(cleanup_on_exit=True))

    def apply(self) -> None:
        """terraform apply."""
        self.retries.run("apply", lambda: self._terraform.apply(tf_vars=self.variables))

    def plan(self) -> Any:
        """A plan, as tftest's object."""
        return self.retries.run("plan", lambda: self._terraform.plan(output=True, tf_vars=self.variables))

    def require_empty_plan(self) -> None:
        """Raise NotIdempotentError, which names them, where a plan would change resources."""
        found = self.plan().resource_changes.values()
        changes = [
            f"{item['address']} ({'/'.join(item['change']['actions'])})"
            for item in found
            if item["change"]["actions"] not in (["no-op"], ["read"])
        ]
        if changes:
            raise NotIdempotentError(f"a second plan would change {', '.join(changes)}")

    def apply_and_idempotent(self) -> None:
        """Apply, then require that nothing is left to change."""
        self.apply()
        self.require_empty_plan()

    def output(self) -> dict[str, Any]:
        """The outputs: name → value."""
        found = self._terraform.output()
        return {name: found[name] for name in found}

    def destroy(self) -> None:
        """terraform destroy."""
        self.retries.run("destroy", lambda: self._terraform.destroy(tf_vars=self.variables))


@contextmanager
def deployed(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    variables: Mapping[str, Any] | None = None,
    retries: Retries | None = None,
    *,
    idempotent: bool = True,
) -> Iterator[Deployment]:
    """Apply `folder` for the length of the block, and destroy it in any case, also when the apply failed half-way."""
    deployment = Deployment(folder, environment, variables, retries)
    deployment.init()
    try:
        if idempotent:
            deployment.apply_and_idempotent()
        else:
            deployment.apply()
        yield deployment
    finally:
        deployment.destroy()


def copy_to_temporary(repository: Path, folder: str, destination: Path) -> Path:
    """Copy the HCL of a repository so that relative module sources still resolve; returns `folder` in the copy."""
    for part in ("modules", "envs"):
        if (repository / part).is_dir():
            shutil.copytree(repository / part, destination / part, ignore=_IGNORED, dirs_exist_ok=True)
    copy = destination / folder
    if not copy.is_dir():
        shutil.copytree(repository / folder, copy, ignore=_IGNORED)
    return copy


def _refuse_originals(folder: Path) -> None:
    for parent in (folder.resolve(), *folder.resolve().parents):
        if (parent / ".git").exists():
            raise ValueError(f"{folder} belongs to the repository {parent}: test a copy (copy_to_temporary)")
