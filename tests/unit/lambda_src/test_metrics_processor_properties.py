"""The metrics processor with whatever may come: every cut of an object, any bytes, any order, any event."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.base_backend import BackendDict
from processing import contents, events, keys
from processing.errors import InvalidRequest
from processing.fleet import aggregate

from unit.lambda_src.processor_cases import TOKEN, Pipeline, from_event_bridge, from_s3, key, line, text

HOSTS = st.sampled_from(["i-1", "i-2", "arn:aws:mediaconnect:eu-central-1:111122223333:flow:1-a:b", "host é"])
LINES = st.lists(st.builds(line, HOSTS, st.integers(-5, 5).map(float), st.integers(0, 3)), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
CPU = keys.parse(key())
assert CPU is not None


@given(LINES, st.data())
def test_every_cut_of_an_object_is_noticed(lines: list[dict[str, Any]], data: st.DataObject) -> None:
    assert CPU is not None
    whole = text(*lines)
    assert contents.parse(whole, CPU).failure is None
    assert contents.parse(whole, CPU).datapoints == len(lines)
    cut = data.draw(st.integers(0, len(whole) - 2))  # without its last line break it is whole
    found = contents.parse(whole[:cut], CPU)
    assert found.failure
    assert (found.datapoints, found.latest) == (0, {})


@given(st.binary(max_size=400) | st.lists(JSON, max_size=4).map(lambda lines: text(*lines)))
def test_whatever_is_in_an_object_it_is_read_or_named(data: bytes) -> None:
    assert CPU is not None
    found = contents.parse(data, CPU)
    assert (found.failure is None) or not found.latest


@given(st.dictionaries(st.sampled_from(sorted(line())), JSON))
def test_a_datapoint_with_any_other_value_is_read_or_named(other: dict[str, Any]) -> None:
    assert CPU is not None
    found = contents.parse(text({**line(), **other}), CPU)
    for datapoint in found.latest.values():
        assert abs(datapoint.value) <= 1e100
        assert datapoint.timestamp.utcoffset() is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": float("nan")},
        {"value": float("inf")},
        {"value": 1e101},
        {"value": True},
        {"value": "1"},
        {"timestamp": "2026-01-01T12:00:00"},
        {"timestamp": "noon"},
        {"host": ""},
        {"host": "é" * 300},
        {"run_id": "another"},
        {"metric_type": "memory"},
    ],
    ids=str,
)
def test_a_line_that_is_no_datapoint_is_named_with_its_number(wrong: dict[str, Any]) -> None:
    assert CPU is not None
    failure = contents.parse(text(line(), {**line(), **wrong}), CPU).failure
    assert failure
    assert failure.reason == "malformed"
    assert failure.detail.startswith("line 2 is no datapoint: ")


@given(LINES, st.randoms(use_true_random=False))
def test_the_latest_values_and_the_fleet_do_not_depend_on_the_order(
    lines: list[dict[str, Any]], chance: random.Random
) -> None:
    assert CPU is not None
    mixed = chance.sample(lines, len(lines))
    one, other = (contents.parse(text(*some), CPU).latest for some in (lines, mixed))
    assert one == other
    assert aggregate(one.values()) == aggregate(other.values())
    newest = {
        host: max((each["timestamp"], each["value"]) for each in lines if each["host"] == host) for host, _ in one
    }
    found = {host: (p.timestamp.strftime("%Y-%m-%dT%H:%M:%SZ"), p.value) for (host, _), p in one.items()}
    assert found == newest


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.tuples(HOSTS, st.integers(-5, 5).map(float), st.integers(0, 3)), max_size=3), min_size=1, max_size=3
    ),
    st.data(),
)
def test_any_order_of_events_with_any_repetitions_ends_the_same(
    aws: None, objects: list[list[tuple[str, float, int]]], data: st.DataObject
) -> None:
    """Each event at least once, the expectation somewhere among them: the answer, and the newest value of each host."""
    BackendDict.reset()
    pipeline = Pipeline()
    created = [
        pipeline.put(key(number), text(*(line(*one) for one in lines))) for number, lines in enumerate(objects, 1)
    ]
    expected = pipeline.listing("cpu", *(one.key for one in created))
    again = data.draw(st.lists(st.sampled_from(range(-1, len(created))), max_size=4))
    for number in data.draw(st.permutations([*range(-1, len(created)), *again])):
        if number < 0:
            pipeline.expect(expected)
        else:
            pipeline.created(created[number])
    points = [one for lines in objects for one in lines]
    answer = {"objects": len(objects), "datapoints": len(points), "failed": [], "failed_objects": 0}
    assert pipeline.states.answers == {TOKEN: answer}
    newest = {host: max((at, value) for one, value, at in points if one == host)[1] for host, _, _ in points}
    assert {name.split("#")[2]: float(item["value"]) for name, item in pipeline.items().items()} == newest


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100))
def test_a_key_is_read_as_it_is_from_eventbridge_and_decoded_from_s3(name: str) -> None:
    assert [one.key for one in events.parse(from_event_bridge(name))] == [name]
    assert [one.key for one in events.parse(from_s3(name))] == [name]


def test_a_plus_or_a_percent_sign_in_a_key_stays_what_it_is() -> None:
    name = key(run_id="a+b%2B c")
    for event in (from_event_bridge(name), from_s3(name)):
        [created] = events.parse_message(json.dumps(event))
        found = keys.parse(created.key)
        assert found is not None
        assert found.run_id == "a+b%2B c"


def test_a_shorter_sequencer_is_compared_as_if_zeros_followed() -> None:
    names = ["0A", "0A1", "0B"]
    padded = [events.parse(from_event_bridge("k", sequencer=name))[0].sequencer for name in names]
    assert padded == sorted(padded)
    [short], [long] = (events.parse(from_event_bridge("k", sequencer=name)) for name in ("0A", "0A00"))
    assert short == long


def test_the_etag_is_called_as_each_of_the_two_kinds_of_event_calls_it() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html, …/notification-content-structure.html"""
    assert [events.parse(event("k", '"e1"'))[0].etag for event in (from_event_bridge, from_s3)] == ["e1", "e1"]
    wrong = from_event_bridge("k")
    wrong["detail"]["object"]["eTag"] = wrong["detail"]["object"].pop("etag")
    with pytest.raises(InvalidRequest, match="'etag'"):
        events.parse(wrong)


def test_other_events_of_a_bucket_and_its_test_tell_of_no_object() -> None:
    removed = from_s3("k")
    removed["Records"][0]["eventName"] = "ObjectRemoved:Delete"
    assert events.parse(removed) == []
    assert events.parse({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}) == []


@given(JSON)
def test_a_message_that_is_no_event_of_s3_is_refused(document: Any) -> None:
    with pytest.raises(InvalidRequest):
        events.parse_message(json.dumps({"detail-type": "Object Created", "source": "aws.s3", "detail": document}))
    if document != {"Records": []}:
        with pytest.raises(InvalidRequest):
            events.parse_message(json.dumps(document))


@pytest.mark.parametrize(
    "name",
    [
        "raw/metric_type=cpu/date=2026-01-01/r-0001.json",
        "raw/metric_type=gpu_memory/date=2026-01-01/6f7c7d2e-3ec1-a4b4_0b5a-12345.json",
    ],
)
def test_a_raw_key_says_its_run_and_metric_type(name: str) -> None:
    found = keys.parse(name)
    assert found is not None
    assert f"raw/metric_type={found.metric_type}/date=2026-01-01/{found.run_id}-" in name


def test_a_unit_that_cloudwatch_does_not_know_is_none() -> None:
    assert CPU is not None
    found = contents.parse(text({**line(), "unit": "Furlong"}), CPU).latest
    assert aggregate(found.values())[0]["Unit"] == "None"


def test_a_fleet_in_which_no_host_reports_is_zero_hosts() -> None:
    assert aggregate([]) == [{"MetricName": "HostsReporting", "Unit": "Count", "Value": 0.0}]
