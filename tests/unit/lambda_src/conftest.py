"""Functions are tested as they run: their folders on the path, boto3 clients injected, AWS played by moto."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from moto import mock_aws

LAMBDA_SRC = Path(__file__).resolve().parents[3] / "lambda_src"

# How long an example takes says nothing on a busy machine.
settings.register_profile("headend", deadline=None)
settings.load_profile("headend")

for folder in sorted(path for path in LAMBDA_SRC.iterdir() if path.is_dir()):
    sys.path.append(str(folder))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in process; no credentials of this machine can be used."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield
