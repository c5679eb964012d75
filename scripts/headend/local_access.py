"""Pointing this process at a local cloud that is already running."""

from __future__ import annotations

import os
from pathlib import Path

from headend.aws import is_loopback
from headend.environments import Environment
from headend.errors import UsageError


def state_file(root: Path) -> Path:
    """Where `headend local up` says who and where it is."""
    return root / "build" / "local" / "state.json"


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
    from headend.localcloud.launcher import LocalCloud

    use(LocalCloud.attach(state_file(environment.root)).environment())


def use(variables: dict[str, str]) -> None:
    """Replace all access to AWS in this process's environment."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
        del os.environ[name]
    os.environ.update(variables)
