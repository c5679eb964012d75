"""One thing that AWS refuses: what is asked, and AWS's error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from running_cloud import REGION, RunningCloud

Ask = Callable[[RunningCloud], object]


def refused(behaviour: str, ask: Ask, code: str, says: str, source: str, limits: str = "") -> Any:
    """A parametrised case: `ask` is refused with error `code`, whose message has `says` in it."""
    mark = pytest.mark.contract(behaviour, source=f"https://docs.aws.amazon.com/{source}", limits=limits)
    return pytest.param(ask, code, says, marks=mark, id=behaviour.replace(" ", "-"))


def check(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    """Ask, and compare the error."""
    with pytest.raises(ClientError) as raised:
        ask(cloud)
    error = raised.value.response["Error"]
    assert error["Code"] == code, f"{error['Code']}: {error['Message']}"
    assert says in error["Message"], f"{error['Code']}: {error['Message']}"


def unchecked(cloud: RunningCloud, service: str) -> Any:
    """A client that sends what botocore itself would refuse."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=cloud.client(service).meta.endpoint_url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
