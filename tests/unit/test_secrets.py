"""A secret that config.yaml names has to be there before anything is planned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from headend.errors import UsageError
from headend.secrets import require_secrets

GONE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:feed-AbCdEf"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def _session(arn: str) -> Any:
    flows = {"studio-a": {"source": {"decryption": {"secret_arn": arn}}, "outputs": {"primary": {"encryption": None}}}}
    return SimpleNamespace(
        aws=SimpleNamespace(client=lambda service, region: boto3.client(service, region_name=region)),
        config=SimpleNamespace(model_dump=lambda: {"flows": flows}),
        environment=SimpleNamespace(name="prod", directory=Path("envs/prod")),
        tell=lambda line: None,
    )


def test_a_secret_that_is_there_passes() -> None:
    made = boto3.client("secretsmanager", region_name="eu-west-1").create_secret(Name="feed", SecretString="x" * 12)
    require_secrets(_session(made["ARN"]))


def test_a_missing_secret_is_one_line_with_its_field() -> None:
    with pytest.raises(
        UsageError, match=r"flows\.studio-a\.source\.decryption\.secret_arn: there is no secret"
    ) as caught:
        require_secrets(_session(GONE))
    assert GONE in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_deleted_secret_counts_as_missing() -> None:
    secrets = boto3.client("secretsmanager", region_name="eu-west-1")
    made = secrets.create_secret(Name="feed", SecretString="x" * 12)
    secrets.delete_secret(SecretId=made["ARN"])
    with pytest.raises(UsageError, match="there is no secret"):
        require_secrets(_session(made["ARN"]))
