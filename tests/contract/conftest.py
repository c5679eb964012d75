"""The local cloud in this process, or another emulator that is asked for a second opinion.

With SECOND_OPINION=http://127.0.0.1:PORT in the environment the tests run against that address. What they ask of the
local cloud itself, beyond AWS's API, cannot be asked there: such a test is left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NoReturn

import boto3
import pytest
from botocore.config import Config

from running_cloud import REGION, RunningCloud, package, until
from running_cloud import cloud as local_cloud

__all__ = ["REGION", "RunningCloud", "package", "until"]

ELSEWHERE = os.environ.get("SECOND_OPINION")


class Elsewhere(RunningCloud):
    """Another emulator, by its address."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}

    @property
    def server(self) -> NoReturn:
        pytest.skip("asks the local cloud itself")

    def new_client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self._endpoint,
            aws_access_key_id="123456789012",  # how ministack is told the account
            aws_secret_access_key="local",
            config=Config(
                connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1}, inject_host_prefix=False
            ),
        )


if ELSEWHERE:

    @pytest.fixture(scope="module")
    def cloud() -> Iterator[RunningCloud]:
        """Another emulator in the place of the local cloud."""
        yield Elsewhere(str(ELSEWHERE))

else:
    cloud = local_cloud
