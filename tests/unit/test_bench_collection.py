"""The benchmark of collecting host metrics: what it collects, what it counts, and what it makes of that."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from headend.bench import collection, collection_fleet, collector_process
from headend.errors import HeadendError

HANDLER = """
import json
class Client:
    class meta:
        class events:
            register = staticmethod(lambda *_: None)
class _Clients:
    cloudwatch = ec2 = s3 = Client
def _clients():
    return _Clients
def handler(payload, context):
    print("a line of the log")
    if payload == "die":
        raise SystemExit(1)
    return {"got": payload, "function": context.function_name}
"""


class _Cloud:
    def environment(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}


def taken(calls: int, memory: int) -> dict[str, Any]:
    return {
        name: {
            "results": [{"metric_type": name}],
            "calls": {"GetMetricData": calls, "PutObject": 2},
            "largest_request": {"GetMetricData": calls * 1000, "PutObject": 5000},
            "largest_answer": {"GetMetricData": calls * 2000},
            "memory_kib": memory * 1024,
        }
        for name in collection_fleet.TYPES
    }


def test_as_many_metric_types_are_collected_as_asked_for_and_all_have_names_of_their_own() -> None:
    assert collection_fleet.types(6) == ["cpu", "memory", "disk", "network", "cpu_2", "memory_2"]
    assert len(set(collection_fleet.types(16))) == 16


def test_many_hosts_are_compared_with_a_few_and_with_the_limits() -> None:
    ratios = {one.what: one for one in collection.figures(taken(1, 80), taken(3, 100), 10, 1000)}
    assert (ratios["calls, cpu, 1,000 hosts"].value, ratios["calls, cpu, 1,000 hosts"].base) == (5, 3)
    assert (ratios["series"].value, ratios["series"].base) == (5000, 12)
    assert ratios["results of all branches"].ratio < 0.01
    assert ratios["largest GetMetricData answer, 1,000 hosts"].ratio == 3
    assert ratios["peak memory, 1,000 hosts"].ratio == pytest.approx(1.25)


def test_a_worker_is_the_packaged_function_and_its_log_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text(HANDLER, encoding="utf-8")
    cloud: Any = _Cloud()
    with collection.Worker(str(tmp_path), cloud, 0) as worker:
        assert worker.receive() == "ready"
        worker.send(["a", "b"])  # type: ignore[list-item]
        answer = worker.receive()
        assert [one["got"] for one in answer["results"]] == ["a", "b"]
        assert answer["memory_kib"] >= answer["memory_before_kib"]
        worker.send(["die"])  # type: ignore[list-item]
        with pytest.raises(HeadendError, match="died"):
            worker.receive()


class _Request:
    def __init__(self, size: int | None) -> None:
        self.headers = {"Content-Length": str(size)} if size else {}


def test_each_request_is_counted_and_the_largest_remembered() -> None:
    meter = collector_process.Meter(0)
    for size in (10, 30, None):
        meter._send(_Request(size), "before-send.cloudwatch.GetMetricData")
    meter._receive({"body": b"12345"}, "response-received.cloudwatch.GetMetricData")
    meter._receive(None, "response-received.cloudwatch.GetMetricData")
    assert meter.calls == {"GetMetricData": 3}
    assert meter.sent == {"GetMetricData": 30}
    assert meter.received == {"GetMetricData": 5}


def test_the_collector_accepts_what_the_benchmark_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud: Any = _Cloud()
    fleet = collection_fleet.HostFleet(cloud, 3)
    payload = fleet.payload("disk_2", "bench-1")
    document = json.loads(payload["config"])
    assert document["metric_types"]["disk_2"]["queries"] == collection_fleet.TYPES["disk"]
    assert document["hosts"] == {"Bench": ["fleet-of-3"]}
    both = fleet.payload("all", "bench-1", ["cpu", "disk_2"])
    assert sorted(json.loads(both["config"])["metric_types"]) == ["cpu", "disk_2"]
    data = list(fleet._data("CWAgent", ["i-1", "i-2"]))
    assert len(data) == 2 * 2 * collection_fleet.WINDOW // collection_fleet.PERIOD
    assert {"Name": "path", "Value": "/"} in data[1]["Dimensions"]


def test_a_package_is_extracted_and_removed(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    package = tmp_path / "metrics_collector.zip"
    package.write_bytes(buffer.getvalue())
    with collection._extracted(package) as folder:
        assert (Path(folder) / "handler.py").is_file()
        assert folder not in sys.path
    assert not Path(folder).exists()
