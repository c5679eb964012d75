"""The metrics processor: each object counts once, the newest value stays, and a run that is processed goes on once."""

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from botocore.response import StreamingBody
from moto.core.base_backend import BackendDict
from processing.callback import answer
from processing.errors import CallbackFailed, ManifestInvalid, PublishFailed, StorageFailed
from processing.expectations import Expected
from processing.runs import Done, Run
from processing.service import IGNORED, INCOMPLETE, PROCESSED, REPEATED, Processor

from unit.lambda_src.processor_cases import (
    BUCKET,
    RUN,
    TOKEN,
    Countdown,
    Crash,
    Pipeline,
    key,
    line,
    manifest,
    refusal,
    text,
)

ALL_WELL = {"objects": 3, "datapoints": 4, "failed": [], "failed_objects": 0}


@pytest.fixture
def pipeline(aws: None) -> Iterator[Pipeline]:
    yield Pipeline()


class Work:
    """A run of two metric types with three objects; i-1 is in both objects of the first."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.objects = [
            pipeline.put(key(1), text(line("i-1", 90, 0), line("i-2", 60, 0))),
            pipeline.put(key(2), text(line("i-1", 20, 5))),
            pipeline.put(key(1, "memory"), text(line("i-1", 70, 5, "mem_used_percent"))),
        ]
        self.expected = (pipeline.listing("cpu", key(1), key(2)), pipeline.listing("memory", key(1, "memory")))


def outcome(pipeline: Pipeline) -> tuple[object, ...]:
    """All that anybody can see of a run that is over."""
    values = {name: (item["value"], item["timestamp"]) for name, item in pipeline.items().items()}
    metrics = [pipeline.metric(name) for name in ("CPUUtilization", "HostsReporting")]
    return pipeline.states.answers, values, metrics, pipeline.metric("mem_used_percent", "memory")


def in_the_end() -> tuple[object, ...]:
    values = {
        "latest#cpu#i-1#CPUUtilization": (20, "2026-01-01T12:05:00Z"),
        "latest#cpu#i-2#CPUUtilization": (60, "2026-01-01T12:00:00Z"),
        "latest#memory#i-1#mem_used_percent": (70, "2026-01-01T12:05:00Z"),
    }
    return {TOKEN: ALL_WELL}, values, [[(20, 60, 40)], [(2, 2, 2)]], [(70, 70, 70)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_in_whichever_order_objects_and_expectation_come_the_outcome_is_the_same(
    pipeline: Pipeline, order: tuple[int, ...]
) -> None:
    work = Work(pipeline)
    for position, number in enumerate(order):
        assert (pipeline.states.answers == {}) is (position < 4)
        if number == 3:
            pipeline.expect(*work.expected)
        else:
            pipeline.created(work.objects[number])
    assert outcome(pipeline) == in_the_end()


def test_events_that_come_twice_change_nothing(pipeline: Pipeline) -> None:
    work = Work(pipeline)
    pipeline.created(*work.objects[:2], *work.objects[:2])
    pipeline.expect(*work.expected)
    pipeline.created(*work.objects[2:])
    assert outcome(pipeline) == in_the_end()
    before = pipeline.items("")
    assert {one.what for one in pipeline.created(*work.objects, *work.objects)} == {REPEATED}
    assert pipeline.items("") == before
    assert outcome(pipeline) == in_the_end()


@pytest.mark.parametrize("made_first", [False, True], ids=["before the request", "after the request"])
@pytest.mark.parametrize("last", ["an object", "the expectation"])
def test_a_crash_at_any_request_loses_nothing_and_counts_nothing_twice(aws: None, last: str, made_first: bool) -> None:
    def run(crash_at: int) -> int:
        """Die at that request of the last step, and try the step again; returns how many requests were made."""
        BackendDict.reset()
        pipeline = Pipeline()
        work = Work(pipeline)
        if last == "an object":
            pipeline.expect(*work.expected)
            pipeline.created(*work.objects[:2])
        else:
            pipeline.created(*work.objects)

        def step(processor: Processor) -> None:
            if last == "an object":
                processor.created(work.objects[2])
            else:
                pipeline.expect(*work.expected, processor=processor)

        countdown = Countdown(crash_at, made_first=made_first)
        try:
            step(pipeline.build(countdown))
        except Crash:
            step(pipeline.processor)
        assert outcome(pipeline) == in_the_end()
        return countdown.made

    requests = run(0)
    assert requests > 5
    for number in range(1, requests + 1):
        assert run(number) == number


def test_processors_at_once_answer_once_and_count_each_object_once(pipeline: Pipeline) -> None:
    objects = [pipeline.put(key(number), text(line(f"i-{number}", number))) for number in range(1, 9)]
    pipeline.expect(pipeline.listing("cpu", *(one.key for one in objects)))
    start = threading.Barrier(4)
    failures: list[Exception] = []

    def work(mine: list[int]) -> None:
        try:
            processor = pipeline.build()
            start.wait(60)
            for number in mine:
                processor.created(objects[number])
        except Exception as error:  # noqa: BLE001 - the test's own thread says it
            failures.append(error)

    shares = [[0, 1, 2, 3], [4, 5, 6, 7], [7, 6, 5, 4], [3, 2, 1, 0]]
    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert pipeline.states.answers == {TOKEN: {"objects": 8, "datapoints": 8, "failed": [], "failed_objects": 0}}
    assert len(pipeline.items()) == 8


CUT = {
    "in a line": text(line("i-1"), line("i-2"))[:-40],
    "between lines": text(line("i-1"), line("i-2")).split(b"\n", 1)[0] + b"\n",
    "in the end line": text(line("i-1"))[:-5],
    "to nothing": b"",
    "and joined to another": text(line("i-1")).split(b"\n")[0] + b"\n" + text(line("i-2")),
    "in its middle": text(line("i-1"), line("i-2")).split(b"\n", 1)[1],
}


@pytest.mark.parametrize("content", CUT.values(), ids=CUT.keys())
def test_a_truncated_object_is_named_and_nothing_of_it_is_used(pipeline: Pipeline, content: bytes) -> None:
    cut, whole = pipeline.put(key(1), content), pipeline.put(key(2), text(line("i-3", 50)))
    pipeline.expect(pipeline.listing("cpu", key(1), key(2)))
    first, second = pipeline.created(cut, whole)
    assert (first.what, second.what) == (INCOMPLETE, PROCESSED)
    assert first.failure
    assert first.failure.startswith("truncated: ")
    named = [{"key": key(1), "reason": "truncated"}]
    assert pipeline.states.answers == {TOKEN: {"objects": 1, "datapoints": 1, "failed": named, "failed_objects": 1}}
    assert list(pipeline.items()) == ["latest#cpu#i-3#CPUUtilization"]
    assert pipeline.metric("HostsReporting") == [(1, 1, 1)]


@pytest.mark.parametrize("sequencers", [("0A", "0A1"), ("0A", "0B"), ("", "")], ids=["longer", "greater", "none"])
def test_an_object_that_is_written_again_is_processed_again(pipeline: Pipeline, sequencers: tuple[str, str]) -> None:
    pipeline.created(pipeline.put(key(1), text(line())[:20], sequencer=sequencers[0]))
    whole = pipeline.put(key(1), text(line("i-1"), line("i-2")), sequencer=sequencers[1])
    assert [one.what for one in pipeline.created(whole, whole)] == [PROCESSED, REPEATED]
    pipeline.expect(pipeline.listing("cpu", key(1)))
    assert pipeline.states.answers == {TOKEN: {"objects": 1, "datapoints": 2, "failed": [], "failed_objects": 0}}


def test_the_event_of_an_earlier_version_that_comes_late_changes_nothing(pipeline: Pipeline) -> None:
    cut = pipeline.put(key(1), text(line())[:20], sequencer="0A")
    whole = pipeline.put(key(1), text(line("i-1"), line("i-2")), sequencer="0A1")
    assert [one.what for one in pipeline.created(whole, cut)] == [PROCESSED, REPEATED]
    pipeline.expect(pipeline.listing("cpu", key(1)))
    assert pipeline.states.answers == {TOKEN: {"objects": 1, "datapoints": 2, "failed": [], "failed_objects": 0}}


def test_a_slow_processor_does_not_put_an_older_version_over_a_newer(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = pipeline.put(key(1), text(line())[:20], sequencer="0A")
    get_object = pipeline.s3.get_object

    def slowly(**parameters: Any) -> Any:
        """What was asked for is on its way while the object is written again, and processed by another."""
        answer = get_object(**parameters)
        monkeypatch.setattr(pipeline.s3, "get_object", get_object)
        pipeline.build().created(pipeline.put(key(1), text(line()), sequencer="0B"))
        return answer

    monkeypatch.setattr(pipeline.s3, "get_object", slowly)
    assert [one.what for one in pipeline.created(cut)] == [INCOMPLETE]
    pipeline.expect(pipeline.listing("cpu", key(1)))
    assert pipeline.states.answers == {TOKEN: {"objects": 1, "datapoints": 1, "failed": [], "failed_objects": 0}}


def test_an_object_that_is_gone_is_named_and_holds_nobody_up(pipeline: Pipeline) -> None:
    event = pipeline.put(key(1), text(line()))
    pipeline.s3.delete_object(Bucket=BUCKET, Key=key(1))
    pipeline.expect(pipeline.listing("cpu", key(1)))
    assert [one.what for one in pipeline.created(event)] == [INCOMPLETE]
    assert pipeline.states.answers[TOKEN]["failed"] == [{"key": key(1), "reason": "gone"}]


def test_an_object_that_may_not_be_read_is_an_error_to_try_again_and_not_gone(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = pipeline.put(key(1), text(line()))
    pipeline.expect(pipeline.listing("cpu", key(1)))

    def denied(**_: object) -> None:
        raise refusal("AccessDenied", "GetObject")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.s3, "get_object", denied)
        with pytest.raises(StorageFailed, match="AccessDenied"):
            pipeline.created(event)
    assert pipeline.states.answers == {}
    assert [one.what for one in pipeline.created(event)] == [PROCESSED]
    assert pipeline.states.answers[TOKEN]["failed"] == []


def test_an_object_with_a_line_that_is_no_datapoint_is_named_as_malformed(pipeline: Pipeline) -> None:
    event = pipeline.put(key(1), text(line("i-1"), {**line("i-2"), "value": "much"}))
    pipeline.expect(pipeline.listing("cpu", key(1)))
    [outcome] = pipeline.created(event)
    assert outcome.failure
    assert outcome.failure.startswith("malformed: line 2 is no datapoint: ")
    assert pipeline.states.answers[TOKEN]["failed"] == [{"key": key(1), "reason": "malformed"}]
    assert pipeline.items() == {}


def test_a_connection_that_breaks_while_an_object_is_read_is_no_truncated_object(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = pipeline.put(key(1), text(line()))
    pipeline.expect(pipeline.listing("cpu", key(1)))
    answer = {"ETag": f'"{event.etag}"', "ContentLength": 500, "Body": StreamingBody(BytesIO(text(line())[:20]), 500)}
    with monkeypatch.context() as patch:
        patch.setattr(pipeline.s3, "get_object", lambda **_: answer)
        with pytest.raises(StorageFailed):
            pipeline.created(event)
    pipeline.created(event)
    assert pipeline.states.answers[TOKEN] == {"objects": 1, "datapoints": 1, "failed": [], "failed_objects": 0}


def test_an_object_that_is_far_too_large_is_named_and_not_read(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = pipeline.put(key(1), text(line()))
    pipeline.expect(pipeline.listing("cpu", key(1)))
    answer = {"ETag": f'"{event.etag}"', "ContentLength": 33 * 1024 * 1024}
    monkeypatch.setattr(pipeline.s3, "get_object", lambda **_: answer)
    assert [one.failure for one in pipeline.created(event)] == ["too large: larger than 33554432 bytes"]
    assert pipeline.states.answers[TOKEN]["failed"] == [{"key": key(1), "reason": "too large"}]


def test_an_object_of_an_earlier_attempt_is_not_taken_for_one_that_is_expected(pipeline: Pipeline) -> None:
    left_over, expected = pipeline.put(key(9), text(line("i-9"))), pipeline.put(key(1), text(line("i-1")))
    pipeline.expect(pipeline.listing("cpu", key(1)))
    pipeline.created(left_over)
    assert pipeline.states.answers == {}
    pipeline.created(expected)
    assert pipeline.states.answers == {TOKEN: {"objects": 1, "datapoints": 1, "failed": [], "failed_objects": 0}}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_values_of_one_moment_in_two_objects_the_greater_stays(pipeline: Pipeline, order: int) -> None:
    objects = [pipeline.put(key(1), text(line(value=9))), pipeline.put(key(2), text(line(value=10)))]
    pipeline.created(*objects[::order])
    assert [item["value"] for item in pipeline.items().values()] == [10]


def test_each_object_is_a_sign_of_life_while_the_run_waits(pipeline: Pipeline) -> None:
    work = Work(pipeline)
    pipeline.created(work.objects[0])
    assert pipeline.states.heartbeats == []
    pipeline.expect(*work.expected)
    pipeline.created(*work.objects)
    assert pipeline.states.heartbeats == [TOKEN, TOKEN]


def test_an_execution_that_no_longer_waits_stops_no_object(pipeline: Pipeline) -> None:
    work = Work(pipeline)
    pipeline.expect(*work.expected)
    pipeline.states.open.clear()
    outcomes = pipeline.created(*work.objects, *work.objects)
    assert [one.what for one in outcomes] == [PROCESSED] * 3 + [REPEATED] * 3
    assert [one.answered for one in outcomes] == [None, None, False, None, None, None]
    assert (pipeline.states.answers, *outcome(pipeline)[1:]) == ({}, *in_the_end()[1:])


def test_a_wait_that_is_tried_again_is_answered_with_its_new_token(pipeline: Pipeline) -> None:
    work = Work(pipeline)
    pipeline.expect(*work.expected)
    pipeline.created(*work.objects[:2])
    pipeline.states.open = {"second"}
    pipeline.created(work.objects[2])
    assert pipeline.states.answers == {}
    pipeline.expect(*work.expected, token="second")
    assert pipeline.states.answers == {"second": ALL_WELL}


def test_step_functions_out_of_reach_leaves_the_event_for_another_attempt(pipeline: Pipeline) -> None:
    work = Work(pipeline)
    pipeline.expect(*work.expected)
    pipeline.created(*work.objects[:2])
    pipeline.states.unreachable = refusal("ThrottlingException")
    with pytest.raises(CallbackFailed):
        pipeline.created(work.objects[2])
    pipeline.states.unreachable = None
    assert [one.answered for one in pipeline.created(work.objects[2])] == [True]
    assert outcome(pipeline) == in_the_end()


def test_metrics_that_cloudwatch_refuses_hold_nobody_up_and_are_tried_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(pipeline)
    pipeline.created(*work.objects[:2])
    pipeline.expect(*work.expected)

    def refuse(**_: object) -> None:
        raise refusal("ThrottlingException", "PutMetricData")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.cloudwatch, "put_metric_data", refuse)
        with pytest.raises(PublishFailed, match="memory"):
            pipeline.created(work.objects[2])
    assert pipeline.states.answers == {TOKEN: ALL_WELL}
    pipeline.created(work.objects[2])
    assert outcome(pipeline) == in_the_end()


def test_metrics_are_published_once_in_the_ordinary_course(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    work, published = Work(pipeline), []
    monkeypatch.setattr(pipeline.cloudwatch, "put_metric_data", lambda **given: published.append(given["MetricData"]))
    pipeline.expect(*work.expected)
    pipeline.created(*work.objects, *work.objects)
    assert [[one["MetricName"] for one in data] for data in published] == [
        ["CPUUtilization", "HostsReporting"],
        ["mem_used_percent", "HostsReporting"],
    ]


def test_a_metric_type_is_published_when_its_own_objects_are_there(pipeline: Pipeline) -> None:
    work = Work(pipeline)
    pipeline.expect(*work.expected)
    pipeline.created(work.objects[2])
    assert pipeline.metric("HostsReporting", "memory") == [(1, 1, 1)]
    assert pipeline.metric("HostsReporting", "cpu") == []
    assert pipeline.states.answers == {}


def test_a_metric_type_without_an_object_is_zero_hosts_at_once(pipeline: Pipeline) -> None:
    expected = [pipeline.listing("cpu"), pipeline.listing("memory", key(1, "memory"))]
    pipeline.expect(*expected)
    assert pipeline.metric("HostsReporting", "cpu", datetime.now(UTC)) == [(0, 0, 0)]
    assert (pipeline.metric("HostsReporting", "memory"), pipeline.states.answers) == ([], {})
    pipeline.created(pipeline.put(key(1, "memory"), text(line("i-1", 70, 5, "mem_used_percent"))))
    assert pipeline.states.answers == {TOKEN: {"objects": 1, "datapoints": 1, "failed": [], "failed_objects": 0}}


def test_a_run_without_any_object_is_answered_at_once(pipeline: Pipeline) -> None:
    assert pipeline.expect(pipeline.listing("cpu"), pipeline.listing("memory"))["answered"]
    assert pipeline.states.answers == {TOKEN: {"objects": 0, "datapoints": 0, "failed": [], "failed_objects": 0}}
    now = datetime.now(UTC)
    assert [pipeline.metric("HostsReporting", one, now) for one in ("cpu", "memory")] == [[(0, 0, 0)]] * 2


def test_a_metric_type_of_which_no_object_is_whole_is_zero_hosts(pipeline: Pipeline) -> None:
    pipeline.expect(pipeline.listing("cpu", key(1)))
    pipeline.created(pipeline.put(key(1), text(line())[:20]))
    assert pipeline.metric("HostsReporting", "cpu", datetime.now(UTC)) == [(0, 0, 0)]


def test_metrics_of_no_host_that_cloudwatch_refuses_are_published_with_the_next_object(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise refusal("ThrottlingException", "PutMetricData")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.cloudwatch, "put_metric_data", refuse)
        pipeline.expect(pipeline.listing("cpu"), pipeline.listing("memory", key(1, "memory")))
    pipeline.created(pipeline.put(key(1, "memory"), text(line("i-1", 70, 5, "mem_used_percent"))))
    assert pipeline.metric("HostsReporting", "cpu", datetime.now(UTC)) == [(0, 0, 0)]


@pytest.mark.parametrize(
    ("statistic", "unit"),
    [("Average", "Bytes"), ("Maximum", "Bytes"), ("Minimum", "Bytes"), ("SampleCount", "Count"), ("Sum", "Bytes")],
)
def test_what_all_hosts_have_together_is_the_average_times_the_hosts_that_report(
    pipeline: Pipeline, statistic: str, unit: str
) -> None:
    lines = [{**line(f"i-{value}", value, 5, "NetworkIn"), "statistic": statistic} for value in (40, 60, 80)]
    pipeline.expect(pipeline.listing("network", key(1, "network")))
    pipeline.created(pipeline.put(key(1, "network"), text(*lines)))
    [(least, most, average)] = pipeline.metric("NetworkIn", "network")
    [(_, hosts, _)] = pipeline.metric("HostsReporting", "network")
    assert (least, most, average * hosts) == (40, 80, 40 + 60 + 80)
    assert {item["unit"] for item in pipeline.items().values()} == {unit}


@pytest.mark.parametrize("name", ["raw/other.json", f"runs/{RUN}/cpu.json", key(1) + ".tmp", "raw/metric_type=cpu/x"])
def test_an_object_that_is_none_of_the_collectors_is_left_alone(pipeline: Pipeline, name: str) -> None:
    assert [one.what for one in pipeline.created(pipeline.put(name, text(line())))] == [IGNORED]
    assert pipeline.items("") == {}


def test_many_failed_objects_are_counted_and_the_first_named() -> None:
    names = tuple(key(number) for number in range(1, 61))
    done = {name: Done("e1", "01", 0, "truncated") for name in names}
    said = answer(Run(RUN, TOKEN, {"cpu": names}, done))
    named = [{"key": name, "reason": "truncated"} for name in names[:50]]
    assert said == {"objects": 0, "datapoints": 0, "failed": named, "failed_objects": 60}


def test_a_manifest_that_is_not_what_the_workflow_says_is_refused(pipeline: Pipeline) -> None:
    with pytest.raises(ManifestInvalid, match="no manifest"):
        pipeline.expect(Expected("cpu", manifest(), 1))
    pipeline.listing("cpu", key(1))
    with pytest.raises(ManifestInvalid, match="lists 1 objects, not 2"):
        pipeline.expect(Expected("cpu", manifest(), 2))
    with pytest.raises(ManifestInvalid, match="none of the run's"):
        pipeline.expect(pipeline.listing("cpu", key(1, run_id="another")))
    for content in (b"{}", b"{", b"[1]"):
        pipeline.s3.put_object(Bucket=BUCKET, Key=manifest(), Body=content)
        with pytest.raises(ManifestInvalid, match=r"no JSON|lists no objects"):
            pipeline.expect(Expected("cpu", manifest(), 1))
    assert pipeline.items("") == {}


def test_items_say_what_they_are_and_when_they_may_be_forgotten(pipeline: Pipeline) -> None:
    work = Work(pipeline)
    pipeline.created(*work.objects)
    assert pipeline.items()["latest#cpu#i-1#CPUUtilization"] == {
        "value": 20,
        "unit": "Percent",
        "timestamp": "2026-01-01T12:05:00Z",
        "run_id": RUN,
        "expiration": 1_767_268_800 + 300 + 30 * 86_400,
    }
    assert pipeline.items("run#")[f"run#{RUN}"]["expiration"] == 1_767_268_800 + 30 * 86_400
