"""What viewers see while an origin of a live stream dies: a real player in front of the edge, segments from a script.

The verdict on stalls is the drill's, not this test's: a busy machine is no fault.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from contract.cloudfront_stage import Stage as Edge
from contract.cloudfront_stage import stage as new_edge
from headend.drill.engine import Outcome, Stage, run
from headend.drill.scenarios import Undo, Where, find
from headend.drill.verdict import Server
from headend.drill.watchers import Address, python_watcher
from headend.localcloud.cloudfront.edge import Edge as Listeners
from running_cloud import RunningCloud
from unit.lambda_src.live_cases import transport_stream

PAGE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html"
SECONDS = 1
WINDOW = 20
TICKS = 90_000
MULTIVARIANT = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000,CODECS="avc1.4d401f"\nprimary_high.m3u8\n'


class Broadcast:
    """Writes a segment a second, numbered by the epoch, and its manifest into both buckets."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._next = int(time.time()) // SECONDS - WINDOW
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, name="broadcast", daemon=True)
        for origin in edge.buckets:
            edge.put(origin, "live/index.m3u8", MULTIVARIANT)

    def start(self) -> None:
        """Returns when the window is full."""
        self._catch_up()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._stop.wait(0.05):
            self._catch_up()

    def _catch_up(self) -> None:
        while (self._next + 1) * SECONDS <= time.time():
            for origin in self._edge.buckets:
                self._put(origin, self._next)
            self._next += 1

    def _put(self, origin: str, number: int) -> None:
        client, bucket = self._edge.s3(origin), self._edge.buckets[origin]
        first = number - WINDOW + 1
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SECONDS}", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        for one in range(first, number + 1):
            lines += [f"#EXTINF:{SECONDS:.3f},", f"primary_high_{one}.ts"]
        body = transport_stream(number * SECONDS * TICKS)
        client.put_object(Bucket=bucket, Key=f"live/primary_high_{number}.ts", Body=body)
        text = "\n".join(lines) + "\n"
        client.put_object(Bucket=bucket, Key="live/primary_high.m3u8", Body=text.encode(), CacheControl="max-age=0")


@dataclass
class Origins:
    """Levers that only break origins."""

    edge: Edge

    def break_origin(self, where: Where, kind: str) -> Undo:
        self.edge.fault(kind, {"primary": "first", "secondary": "second"}[where])
        return self.edge.mend

    def lose_source(self, where: Where, pipeline: int) -> Undo:
        raise NotImplementedError

    def lose_region(self, where: Where) -> Undo:
        raise NotImplementedError

    def pause(self, where: Where, pipeline: int) -> Undo:
        raise NotImplementedError

    def prefer(self, where: Where) -> Undo:
        raise NotImplementedError

    def stop(self, where: Where) -> Undo:
        raise NotImplementedError

    def wait(self, segments: float) -> None:
        raise NotImplementedError


@pytest.fixture
def edge(cloud: RunningCloud) -> Iterator[Edge]:
    made = new_edge(cloud)
    broadcast = Broadcast(made)
    broadcast.start()
    yield made
    broadcast.stop()
    made.mend()


def drill(edge: Edge, path: str) -> Outcome:
    """Play a path in front of the edge."""
    [place] = [one for one in edge.cloud.server.part(Listeners).described() if one["id"] == edge.identifier]
    player = python_watcher(Address(f"{place['http']}/live/index.m3u8"))
    return run(find(path), Stage("s3", SECONDS, Origins(edge), [player]), lambda _line: None)


@pytest.mark.contract(
    "While the primary origin refuses connections viewers are served by the second one, and afterwards by the primary",
    source=PAGE,
    limits="one edge stands for all of CloudFront's",
)
def test_viewers_are_served_by_the_second_origin_while_the_first_refuses(edge: Edge) -> None:
    outcome = drill(edge, "origin-refused")
    [verdict] = outcome.verdicts
    assert (verdict.before, verdict.meanwhile) == (Server("first", "primary"), Server("second", "primary"))
    assert verdict.back is not None
    assert verdict.skipped == ()


@pytest.mark.contract(
    "With an error caching minimum TTL of 0 a stream goes on as soon as the origins do",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html",
    limits="one edge stands for all of CloudFront's",
)
def test_a_stream_goes_on_after_both_origins_refused(edge: Edge) -> None:
    outcome = drill(edge, "blip")
    [verdict] = outcome.verdicts
    assert verdict.meanwhile is None
    assert verdict.skipped == ()
    fault, report = outcome.faults[verdict.player], outcome.reports[verdict.player]
    assert [one for one in report.segments if one.at > fault.ended]
