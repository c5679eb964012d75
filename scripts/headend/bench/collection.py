"""Collecting host metrics in parallel branches against one after the other, and what 1,000 hosts take.

Both sides are the packaged collector in warm processes, as the workflow calls it, over the local cloud, each of whose
answers is 250 ms late: a process for each branch against one invocation that collects all types. A function's start and
Step Functions' transitions do not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from operator import itemgetter
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from headend.bench import collection_fleet, collector_process
from headend.bench.cold_import import FUNCTION_ENVIRONMENT
from headend.bench.collection_fleet import HostFleet, types
from headend.bench.measurement import Measurement, Ratio, middle
from headend.errors import HeadendError
from headend.localcloud.launcher import LocalCloud

LATENCY = 0.25
"""Seconds that each call of AWS waits."""
COUNTS = (4, 8, 16)
"""Metric types that are collected."""
FEW, MANY = 10, 1000
"""Hosts."""
TURNS = 3
STATE_LIMIT = 256 * 1024
"""Bytes of a state's input or output: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
SERIES_LIMIT = 500


class Worker:
    """A warm collector in a process; `close` ends it."""

    def __init__(self, folder: str, cloud: LocalCloud, latency: float) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = {**kept, **FUNCTION_ENVIRONMENT, **cloud.environment(), "BUCKET_NAME": collection_fleet.BUCKET}
        self._process = subprocess.Popen(
            [sys.executable, "-P", collector_process.__file__, folder, str(latency)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def send(self, payloads: Sequence[dict[str, Any]]) -> None:
        """Have it collect, one after the other."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        self._process.stdin.write(json.dumps(payloads) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Any:
        """What it said last. Raises HeadendError where it has died."""
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        line = self._process.stdout.readline()
        if not line:
            raise HeadendError("the collector died; what it said is above")
        return json.loads(line)


def measure(
    package: Path, work: Path, counts: Sequence[int] = COUNTS, turns: int = TURNS, few: int = FEW, many: int = MANY
) -> Measurement:
    """Collect `counts` metric types of a few hosts both ways, `turns` times; then the four types of few and many hosts.

    Args:
        package: the collector's zip.
        work: scratch space.
    """
    with LocalCloud(work / "cloud") as cloud, _extracted(package) as folder:
        small, large = HostFleet(cloud, few), HostFleet(cloud, many)
        small.make()
        times = {count: [_both(folder, cloud, small, count, turn) for turn in range(turns)] for count in counts}
        few_taken = _taken(folder, cloud, small)
        large.make()
        many_taken = _taken(folder, cloud, large)
    ratios = []
    for count, pairs in times.items():
        sequential, parallel = middle([one for one, _ in pairs]), middle([other for _, other in pairs])
        ratios.append(Ratio(f"{count} types one after the other", sequential, "in parallel", parallel, "s"))
    ratios += figures(few_taken, many_taken, few, many)
    details: dict[str, object] = {"s": times, "few": few_taken, "many": many_taken, "latency_s": LATENCY}
    return Measurement(
        "collection",
        f"collection of host metrics, each call of AWS {LATENCY * 1000:.0f} ms late; and of {many:,} hosts",
        ratios,
        details,
    )


def figures(few_taken: dict[str, Any], many_taken: dict[str, Any], few: int, many: int) -> list[Ratio]:
    """What many hosts take against a few, and against AWS's limits. Both: metric type → what its process said."""
    ratios = [
        Ratio(
            f"calls, {name}, {many:,} hosts",
            sum(taken["calls"].values()),
            f"{few} hosts",
            sum(few_taken[name]["calls"].values()),
            "calls",
        )
        for name, taken in many_taken.items()
    ]
    series = sum(len(collection_fleet.TYPES[name]) for name in many_taken) * many
    batches = sum(taken["calls"]["GetMetricData"] for taken in many_taken.values())
    ratios.append(Ratio("series", float(series), f"GetMetricData requests, at most {SERIES_LIMIT}", batches, ""))
    results = len(json.dumps([taken["results"] for taken in many_taken.values()]))
    ratios.append(Ratio("results of all branches", results, "limit of a state", STATE_LIMIT, "bytes"))
    for said, field, operation in (
        ("GetMetricData request", "largest_request", "GetMetricData"),
        ("GetMetricData answer", "largest_answer", "GetMetricData"),
        ("object", "largest_request", "PutObject"),
    ):
        largest, base = (
            max(one[field].get(operation, 0) for one in taken.values()) for taken in (many_taken, few_taken)
        )
        ratios.append(Ratio(f"largest {said}, {many:,} hosts", largest, f"{few} hosts", base, "bytes"))
    peak, base = (max(one["memory_kib"] for one in taken.values()) / 1024 for taken in (many_taken, few_taken))
    ratios.append(Ratio(f"peak memory, {many:,} hosts", peak, f"{few} hosts", base, "MiB"))
    return ratios


def _both(folder: str, cloud: LocalCloud, fleet: HostFleet, count: int, turn: int) -> tuple[float, float]:
    """Seconds of the types one after the other, and in parallel."""
    names = types(count)
    payloads = [fleet.payload(name, f"bench-{count}-{turn}") for name in names]
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(folder, cloud, LATENCY)) for _ in payloads]
        for worker in workers:
            worker.receive()
        for worker, payload in zip(workers, payloads, strict=True):
            worker.send([payload])  # connections are made, the configuration is read
        for worker in workers:
            worker.receive()
        begun = perf_counter()
        for worker, payload in zip(workers, payloads, strict=True):
            worker.send([payload])
        in_parallel = [worker.receive() for worker in workers]
        parallel = perf_counter() - begun
        workers[0].send([fleet.payload("all", f"bench-{count}-{turn}", names)])
        one_by_one = workers[0].receive()
    [whole] = one_by_one["results"]
    if sorted((one["results"][0] for one in in_parallel), key=itemgetter("metric_type")) != whole["results"]:
        raise HeadendError("both ways must collect the same, and did not")
    return one_by_one["seconds"], parallel


def _taken(folder: str, cloud: LocalCloud, fleet: HostFleet) -> dict[str, Any]:
    """What each of the four types took, in a process of its own, without latency."""
    found = {}
    for name in collection_fleet.TYPES:
        with Worker(folder, cloud, 0) as worker:
            worker.receive()
            worker.send([fleet.payload(name, f"bench-{fleet.hosts}")])
            found[name] = worker.receive()
        [result] = found[name]["results"]
        if (result["hosts"], result["silent"]) != (fleet.hosts, 0):
            raise HeadendError(f"{name}: {fleet.hosts} hosts have data, and the collector says {result}")
    return found


@contextmanager
def _extracted(package: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="headend-bench-") as folder:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        yield folder
