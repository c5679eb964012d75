"""Functions are tested as they run: their folders on the path, boto3 clients injected, AWS played by moto."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

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
    answer_requests_one_by_one(monkeypatch)
    with mock_aws():
        yield


def answer_requests_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions send requests from several threads: AWS's changes to an item are atomic, moto's are not.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
    """
    answer, alone = BotocoreStubber.__call__, threading.RLock()

    def alone_answer(self: BotocoreStubber, *args: Any, **kwargs: Any) -> Any:
        with alone:
            return answer(self, *args, **kwargs)

    monkeypatch.setattr(BotocoreStubber, "__call__", alone_answer)
