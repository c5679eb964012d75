"""Pointing this process at a local cloud that is already running."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from headend.aws import is_loopback
from headend.environments import Environment
from headend.errors import UsageError

if TYPE_CHECKING:
    from headend.localcloud.launcher import LocalCloud


def state_file(root: Path) -> Path:
    """Where `headend local up` says who and where it is."""
    return root / "build" / "local" / "state.json"


def running_cloud(root: Path) -> LocalCloud:
    """The local cloud that `headend local up` started. Raises HeadendError where none runs."""
    from headend.localcloud.launcher import LocalCloud  # not every command needs it

    return LocalCloud.attach(state_file(root))


def point_at_local_cloud(environment: Environment) -> None:
    """For the local environment: use the running local cloud, unless AWS_ENDPOINT_URL names one already.

    Raises UsageError for an endpoint that is not on this machine; HeadendError where no local cloud runs.
    """
    if not environment.is_local:
        return
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        if not is_loopback(endpoint):
            raise UsageError(f"--env local: AWS_ENDPOINT_URL={endpoint} is not on this machine; unset it")
        return
    use(running_cloud(environment.root).environment())


def use(variables: dict[str, str]) -> None:
    """Replace all access to AWS in this process's environment."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
        del os.environ[name]
    os.environ.update(variables)
