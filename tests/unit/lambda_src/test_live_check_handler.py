"""The function as Lambda calls it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from livecheck.errors import InvalidEvent
from livecheck.service import Access, parse

from unit.lambda_src.live_cases import BASES, NOW, REGIONS, World, asked
from unit.lambda_src.test_handlers import Context, load


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, aws: None) -> Any:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Headend")
    return load("live_check")


def answer(handler: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(handler, "_access", lambda: Access(world.client, object))
    monkeypatch.setattr(handler, "datetime", type("Then", (), {"now": staticmethod(lambda _zone: NOW)}))
    found: dict[str, Any] = handler.handler({"channels": [asked(region) for region in REGIONS]}, Context())
    return found


def test_an_answer_is_what_a_workflow_can_choose_by(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(handler, World(), monkeypatch)["ok"] is True
    assert answer(handler, World(ended={(REGIONS[0], "primary")}), monkeypatch)["ok"] is False


def test_before_the_first_segment_it_says_that_it_is_to_be_asked_again(
    handler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {f"{base}_{name}.m3u8" for base in BASES for name in ("high", "low")}
    assert answer(handler, World(gone=gone), monkeypatch)["pending"] is True


def test_a_wrong_event_fails_by_name(handler: Any) -> None:
    with pytest.raises(InvalidEvent):
        handler.handler({"channels": []}, Context())


def test_a_bucket_is_read_and_what_it_lacks_is_named(handler: Any) -> None:
    bucket = f"live-{REGIONS[0]}"
    boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGIONS[0]})
    boto3.client("s3").put_object(Bucket=bucket, Key="live/index.m3u8", Body=b"#EXTM3U\n")
    origin = handler._access().origin(parse({"channels": [asked(REGIONS[0])]})[1][0])
    body, written = origin.read(f"s3://{bucket}/live/index.m3u8", beginning=True)
    assert body == b"#EXTM3U\n"
    assert written is not None
    with pytest.raises(handler.LiveCheckError, match="NoSuchKey"):
        origin.read(f"s3://{bucket}/live/none.m3u8")
