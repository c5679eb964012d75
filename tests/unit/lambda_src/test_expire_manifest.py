"""A manifest that is not written again is deleted, and never one that is."""

import json
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from expiry.errors import InvalidRequest, StorageFailed
from expiry.events import parse
from expiry.service import EXPIRED, GONE, KEPT, SUPERSEDED, Expirer

from unit.lambda_src import expiry_cases
from unit.lambda_src.expiry_cases import BUCKET, KEY, Bucket, batch, notification
from unit.lambda_src.test_handlers import Context, load


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def expirer(bucket: Bucket) -> Expirer:
    return Expirer(bucket, BUCKET, expiry_cases.KEPT)


def expire(expirer: Expirer, text: str = "1", key: str = KEY, **more: Any) -> str:
    [written] = parse(notification(key, text, **more))
    return expirer.expire(written)


def test_a_manifest_that_is_not_written_again_is_deleted(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    assert expire(expirer) == EXPIRED
    assert bucket.objects == {}


def test_a_manifest_that_was_written_again_stays(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    bucket.write(KEY, "2")
    assert expire(expirer, "1") == SUPERSEDED
    assert bucket.objects == {KEY: "2"}


def test_a_manifest_that_is_written_while_it_is_asked_for_stays(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    bucket.before = lambda: bucket.objects.update({KEY: "2"})
    assert expire(expirer, "1") == SUPERSEDED
    assert bucket.objects == {KEY: "2"}


def test_a_manifest_is_decided_on_in_one_request(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    expire(expirer)
    assert bucket.asked == 1


def test_a_message_that_comes_twice_does_nothing_the_second_time(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    assert [expire(expirer), expire(expirer)] == [EXPIRED, GONE]


def test_an_old_message_spares_what_came_after_an_expiry(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    assert expire(expirer, "1") == EXPIRED
    bucket.write(KEY, "2")
    assert expire(expirer, "1") == SUPERSEDED
    assert bucket.objects == {KEY: "2"}


@pytest.mark.parametrize("key", [*expiry_cases.KEPT, "live/primary_p720_00001.ts"])
def test_what_never_expires_is_not_even_asked_for(bucket: Bucket, expirer: Expirer, key: str) -> None:
    bucket.write(key, "1")
    assert expire(expirer, key=key) == KEPT
    assert bucket.asked == 0


def test_another_bucket_is_left_alone(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    assert expire(expirer, bucket="elsewhere") == KEPT
    assert bucket.objects == {KEY: "1"}


def test_a_request_that_got_in_the_way_is_waited_out(bucket: Bucket, expirer: Expirer) -> None:
    bucket.write(KEY, "1")
    bucket.refusals = ["ConditionalRequestConflict", "OperationAborted"]
    assert expire(expirer) == EXPIRED


@pytest.mark.parametrize(
    "refusals",
    [
        pytest.param(["AccessDenied"], id="permissions"),
        pytest.param(["SlowDown"], id="throttled"),
        pytest.param([ConnectTimeoutError(endpoint_url="https://s3")], id="network"),
        pytest.param(["ConditionalRequestConflict"] * 3, id="conflicts"),
    ],
)
def test_what_s3_does_not_do_is_to_be_tried_again(bucket: Bucket, expirer: Expirer, refusals: list[Any]) -> None:
    bucket.write(KEY, "1")
    bucket.refusals = refusals
    with pytest.raises(StorageFailed, match=KEY):
        expire(expirer)
    assert expire(expirer) == EXPIRED


def test_without_if_match_a_manifest_that_was_written_again_is_lost(bucket: Bucket) -> None:
    """What the drill shows."""
    bucket.write(KEY, "2")
    assert expire(Expirer(bucket, BUCKET, (), conditional=False), "1") == EXPIRED
    assert bucket.objects == {}


# Messages


@pytest.mark.parametrize("key", ["live/primary_p720.m3u8", "live/a b+c&d.m3u8", "live/süd.m3u8"])
def test_keys_are_read_as_s3_encodes_them(key: str) -> None:
    assert [one.key for one in parse(notification(key))] == [key]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}),
        notification(name="ObjectRemoved:Delete"),
        '{"Records": []}',
    ],
)
def test_what_tells_of_no_write_arms_nothing(body: str) -> None:
    assert parse(body) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "no JSON"),
        (None, "no JSON"),
        ("[]", "JSON object"),
        ('{"detail-type": "Object Created"}', "Records"),
        ('{"Records": [{"eventName": "ObjectCreated:Put"}]}', "not complete"),
        ('{"Records": [1]}', "not complete"),
        (notification().replace('"eTag": "', '"eTag": "", "was": "'), "ETag"),
        (notification().replace("2026-11-21T", "yesterday "), "not complete"),
    ],
)
def test_what_is_no_notification_is_refused(body: object, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        parse(body)


# The function


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, aws: None) -> ModuleType:
    for name, value in {
        "BUCKET_NAME": BUCKET,
        "KEPT_KEYS": ",".join(expiry_cases.KEPT),
        "ORIGIN_NAME": "live",
        "POWERTOOLS_SERVICE_NAME": "expire_manifest",
        "POWERTOOLS_METRICS_NAMESPACE": "Headend",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return load("expire_manifest")


def put(key: str, text: str) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def keys() -> list[str]:
    return [one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_a_batch_expires_what_is_old_and_keeps_what_is_new(handler: ModuleType) -> None:
    other = KEY.replace("primary", "backup")
    put(KEY, "1")
    put(other, "2")
    event = batch(notification(KEY, "1"), notification(other, "1"), notification("live/gone.m3u8", "1"))
    assert handler.handler(event, Context()) == {"batchItemFailures": []}
    assert keys() == [other]


def test_the_static_manifest_stays(handler: ModuleType) -> None:
    put("live/index.m3u8", "1")
    assert handler.handler(batch(notification("live/index.m3u8", "1")), Context()) == {"batchItemFailures": []}
    assert keys() == ["live/index.m3u8"]


def test_one_message_s_trouble_is_not_the_others(handler: ModuleType) -> None:
    put(KEY, "1")
    answer = handler.handler(batch("nonsense", notification(KEY, "1"), None), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}
    assert keys() == []


def test_a_message_fails_when_s3_does_and_succeeds_when_it_comes_again(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket()
    bucket.write(KEY, "1")
    bucket.refusals = ["InternalError"]
    monkeypatch.setattr(handler, "_expirer", lambda: Expirer(bucket, BUCKET, ()))
    event = batch(notification(KEY, "1"))
    assert handler.handler(event, Context()) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert handler.handler(event, Context()) == {"batchItemFailures": []}
    assert bucket.objects == {}


def test_an_unexpected_error_fails_its_message_only(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    bucket.refusals = [RuntimeError("a fault of ours")]
    monkeypatch.setattr(handler, "_expirer", lambda: Expirer(bucket, BUCKET, ()))
    answer = handler.handler(batch(notification(), '{"Records": []}'), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_outcomes_are_metrics_of_the_origin(handler: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    put(KEY, "1")
    handler.handler(batch(notification(KEY, "1"), notification(KEY, "0"), "nonsense"), Context())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    [metrics] = lines
    assert (metrics["Origin"], metrics["service"]) == ("live", "expire_manifest")
    assert metrics["ManifestExpired"] == [1.0]
    assert metrics["ManifestNotSettled"] == [1.0]
    assert metrics["ManifestAge"][0] >= 0
    assert {"ManifestSuperseded", "ManifestGone"} & set(metrics)


def test_a_weakened_function_says_so(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WEAKENED_FOR_DRILL", "no-if-match")
    put(KEY, "2")
    handler.handler(batch(notification(KEY, "1")), Context())
    assert keys() == []
    assert "weakened for a drill" in caplog.text
