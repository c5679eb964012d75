"""The metrics processor as Lambda calls it: batches of the queue, S3's events, and the workflow."""

from typing import Any

import boto3
import pytest
from processing.errors import StateStoreFailed

from unit.lambda_src.processor_cases import (
    BUCKET,
    RUN,
    TABLE,
    TOKEN,
    Pipeline,
    batch,
    from_event_bridge,
    from_s3,
    key,
    line,
    manifest,
    text,
)
from unit.lambda_src.test_handlers import Context, load


class Little(Context):
    """A call that has little time left."""

    def get_remaining_time_in_millis(self) -> int:
        return 9_000


@pytest.fixture
def pipeline(aws: None, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    for name, value in {
        "POWERTOOLS_SERVICE_NAME": "test",
        "POWERTOOLS_METRICS_NAMESPACE": "Headend",
        "BUCKET_NAME": BUCKET,
        "TABLE_NAME": TABLE,
        "DEPLOYMENT_NAME": "live-dev",
    }.items():
        monkeypatch.setenv(name, value)
    return Pipeline()


def expectation(objects: int = 1, **other: Any) -> dict[str, Any]:
    expected = [{"metric_type": "cpu", "manifest": manifest(), "objects": objects}]
    return {"operation": "expect", "run_id": RUN, "expected": expected, "task_token": TOKEN, **other}


@pytest.mark.parametrize("event", [from_event_bridge, from_s3])
def test_a_message_of_the_queue_is_processed(pipeline: Pipeline, event: Any) -> None:
    pipeline.put(key(), text(line()))
    assert load("metrics_processor").handler(batch(event(key())), Context()) == {"batchItemFailures": []}
    assert list(pipeline.items()) == ["latest#cpu#i-1#CPUUtilization"]


def test_an_event_without_the_queue_is_processed(pipeline: Pipeline) -> None:
    pipeline.put(key(), text(line()))
    for event in (from_event_bridge(key()), from_s3(key())):
        assert load("metrics_processor").handler(event, Context()) == {}
    assert list(pipeline.items()) == ["latest#cpu#i-1#CPUUtilization"]


def test_of_a_batch_only_what_failed_comes_again(pipeline: Pipeline) -> None:
    for number in (1, 3):
        pipeline.put(key(number), text(line(f"i-{number}")))
    answer = load("metrics_processor").handler(
        batch(from_event_bridge(key(1)), "{", {}, from_event_bridge(key(3))), Context()
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
    assert len(pipeline.items()) == 2


def test_messages_for_which_no_time_is_left_come_again(pipeline: Pipeline) -> None:
    for number in (1, 2, 3):
        pipeline.put(key(number), text(line(f"i-{number}")))
    events = batch(*(from_event_bridge(key(number)) for number in (1, 2, 3)))
    answer = load("metrics_processor").handler(events, Little())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
    assert list(pipeline.items()) == ["latest#cpu#i-1#CPUUtilization"]


@pytest.mark.parametrize("failure", [StateStoreFailed("throttled"), RuntimeError("a mistake")], ids=repr)
def test_a_failure_that_passes_is_over_in_the_same_call(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    for number in (1, 2):
        pipeline.put(key(number), text(line(f"i-{number}")))
    function = load("metrics_processor")
    created, refusals = function.Processor.created, [failure]

    def sometimes(self: Any, event: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return created(self, event)

    monkeypatch.setattr(function.Processor, "created", sometimes)
    events = batch(from_event_bridge(key(1)), from_event_bridge(key(2)))
    assert function.handler(events, Context()) == {"batchItemFailures": []}
    assert len(pipeline.items()) == 2


def test_a_table_that_cannot_be_used_brings_the_message_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.put(key(), text(line()))
    monkeypatch.setenv("TABLE_NAME", "gone")
    answer = load("metrics_processor").handler(batch(from_event_bridge(key())), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_an_expectation_is_noted(pipeline: Pipeline) -> None:
    pipeline.listing("cpu", key())
    answer = load("metrics_processor").handler(expectation(), Context())
    assert answer == {"run_id": RUN, "expected": 1, "done": 0, "answered": None}
    assert pipeline.items("run#")[f"run#{RUN}"]["token"] == TOKEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "forget"},
        {"run_id": ""},
        {"task_token": None},
        {"expected": [{"metric_type": "cpu"}]},
        {"expected": [{"metric_type": "cpu", "manifest": "m", "objects": 0}] * 2},
    ],
    ids=str,
)
def test_an_expectation_that_the_workflow_would_not_send_is_refused(pipeline: Pipeline, wrong: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r".") as refused:
        load("metrics_processor").handler(expectation(**wrong), Context())
    assert type(refused.value).__name__ == "InvalidRequest"


def test_a_list_of_objects_that_is_missing_is_an_error_with_a_name(pipeline: Pipeline) -> None:
    with pytest.raises(Exception, match="no manifest") as refused:
        load("metrics_processor").handler(expectation(), Context())
    assert type(refused.value).__name__ == "ManifestInvalid"


def test_no_token_is_ever_logged(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.listing("cpu", key())
    pipeline.put(key(), text(line()))
    handler = load("metrics_processor").handler
    for event in (expectation(), batch(from_event_bridge(key())), batch("{")):
        handler(event, Context())
    with pytest.raises(Exception, match=r"."):
        handler(expectation(run_id=""), Context())
    said = "".join([*capsys.readouterr(), *(str(vars(record)) for record in caplog.records)])
    assert RUN in said
    assert TOKEN not in said


def test_the_bucket_of_another_is_left_alone(pipeline: Pipeline) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key(), Body=text(line()))
    event = from_event_bridge(key())
    event["detail"]["bucket"]["name"] = "another"
    assert load("metrics_processor").handler(batch(event), Context()) == {"batchItemFailures": []}
    assert pipeline.items("") == {}
