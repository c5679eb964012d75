"""A local cloud for each file of tests, and workspaces on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headend.localcloud.launcher import LocalCloud
from local.workspace import Workspace


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def workspace(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workspace]:
    """Makes a throw-away checkout whose environment of that name a test may change."""

    def make(env: str) -> Workspace:
        folder: Path = tmp_path_factory.mktemp(env)
        return Workspace(folder, env, cloud)

    return make
