"""Two Regions with buckets on air, in a time of their own: it passes when somebody waits, so no machine is too slow.

The drill's engine and player, the edge, the function that chooses the origin, S3 and what expires manifests are the
ones that there are. Encoders are the media plane's without their pictures: numbers, names and manifests.
"""

from __future__ import annotations

import heapq
import itertools
import json
import math
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from contract.cloudfront_stage import Stage as Edge
from contract.cloudfront_stage import (
    behavior,
    cache_policy,
    function,
    listed,
    new_store,
    stage,
    store_client,
    store_version,
)
from headend.drill import engine
from headend.drill.engine import Outcome
from headend.drill.player import Player, Report, over_http
from headend.drill.scenarios import Scenario, Undo, Where
from headend.localcloud.cloudfront.edge import Edge as Listeners
from headend.localcloud.media import manifests
from headend.localcloud.media.channel_encoding import Numbering
from headend.localcloud.media.grid import TICKS
from headend.localcloud.media.ladder import Ladder, Rendition
from headend.localcloud.media.manifests import Entry
from headend.localcloud.media.pipeline_encoder import Segment
from headend.localcloud.media.uploader import LEAST_SEGMENTS
from running_cloud import RunningCloud
from unit.lambda_src.live_cases import transport_stream

REPOSITORY = Path(__file__).parents[2]
EXPIRE_MANIFEST = REPOSITORY / "lambda_src" / "expire_manifest"
if str(EXPIRE_MANIFEST) not in sys.path:
    sys.path.append(str(EXPIRE_MANIFEST))

from expiry.events import Written  # noqa: E402
from expiry.service import EXPIRED, SUPERSEDED, Expirer  # noqa: E402

__all__ = ["SECONDS", "SUPERSEDED", "Expirer", "Protections", "World", "Written"]

DELIVERY = REPOSITORY / "modules" / "live_delivery"
SECONDS = 2
WINDOW = 10
ENCODING_SECONDS = 0.3
"""From the end of a segment to its manifest."""
DELIVERY_SECONDS = 0.1
"""From the end of a message's delay to the function."""
ANSWER_SECONDS = 120.0
"""Of the wall's clock, which the player does not look at: a busy machine may take so long to answer."""
START = 1_800_000_000.0
"""Seconds since the epoch: a moment on the grid."""
BASES = ("primary", "backup")
ARMING = tuple(f"live/{base}" for base in BASES)
"""What begins so and is a manifest arms the switch, as live_origin's notification has it."""
ORIGINS = {"primary": "first", "secondary": "second"}
ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


@dataclass(frozen=True)
class Protections:
    """What keeps viewers from seeing a fault; a drill takes one away. Each is so in both Regions, but for what is said.

    `expiry_segments`: after so many segments' durations a manifest that was not written again goes, None never.
    `clock_ahead_seconds`: of the secondary Region's feeds. `modifier`: the secondary Region's name modifier.
    """

    error_caching_seconds: int = 0
    expiry_segments: float | None = 1.8
    if_match: bool = True
    epoch_locking: bool = True
    clock_ahead_seconds: float = 0.0
    modifier: str = "_high"


class Time:
    """Seconds since the epoch. Whoever sleeps lets them pass: what falls due meanwhile is done, one after the other."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()

    def __call__(self) -> float:
        return self.now

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something in so many seconds."""
        heapq.heappush(self._due, (self.now + seconds, next(self._order), act))

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + max(0.0, seconds)
        while self._due and self._due[0][0] <= until:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = until


class Viewer:
    """The Python player on a thread of its own, which runs only while the test's thread waits for it, and the other
    way round."""

    name = "the Python player"

    def __init__(self, url: str, time: Time) -> None:
        self._time = time
        self._player = Player(url, over_http(timeout=ANSWER_SECONDS), now=time, wait=self._wait)
        self._thread = threading.Thread(target=self._play, name="viewer", daemon=True)
        self._waits, self._goes_on = threading.Semaphore(0), threading.Semaphore(0)
        self._over = False

    @property
    def report(self) -> Report:
        return self._player.report

    @property
    def elapsed(self) -> float:
        return self._player.elapsed

    def start(self) -> None:
        self._thread.start()
        self._waits.acquire()

    def stop(self) -> Report:
        self._over = True
        self._goes_on.release()
        self._thread.join()
        return self.report

    def _play(self) -> None:
        try:
            self._player.play()
        finally:
            self._over = True
            self._waits.release()

    def _wait(self, seconds: float) -> bool:
        self._time.after(seconds, self._go_on)
        self._waits.release()
        self._goes_on.acquire()
        return self._over

    def _go_on(self) -> None:
        if not self._over:
            self._goes_on.release()
            self._waits.acquire()


class Pipeline:
    """One pipeline of a channel, as MediaLive's HLS output to a bucket is: it writes a segment, then its manifest."""

    def __init__(self, name: str, put: Callable[[str, bytes], object], *, locking: bool, ahead: float) -> None:
        self.writes = True
        self._name = name
        self._put = put
        self._ahead = ahead
        self._numbering = Numbering(locks=locking)
        self._entries: deque[Entry] = deque(maxlen=WINDOW)

    @property
    def manifest(self) -> str:
        """The key of its manifest."""
        return f"live/{self._name}.m3u8"

    def take(self, begins: float) -> None:
        """Write what began then, `SECONDS` of it, and the manifest."""
        self.takes([begins])

    def takes(self, begins: list[float]) -> None:
        """Write several, and the manifest once."""
        for one in begins:
            self._take(one)
        if self.writes and len(self._entries) >= LEAST_SEGMENTS:
            self._write()

    def _take(self, begins: float) -> None:
        pts = round((begins + self._ahead) * TICKS)
        made = Segment(self._name, pts // (SECONDS * TICKS), pts, transport_stream(pts), b"", begins + SECONDS)
        number = self._numbering.number(made)
        if not self.writes:
            return
        if self._entries and number != self._entries[-1].number + 1:
            self._entries.clear()
        name = f"{self._name}_{number:05d}.ts"
        self._put(f"live/{name}", made.body)
        self._entries.append(Entry(number, name, Fraction(pts, TICKS)))

    def end(self) -> None:
        """Tell players that the stream is over."""
        self._write(ended=True)
        self._entries.clear()

    def _write(self, *, ended: bool = False) -> None:
        self._put(self.manifest, manifests.media(list(self._entries), Fraction(SECONDS), ended=ended).encode())


@dataclass
class Region:
    """A channel that writes to a bucket, and the dead man's switch of that bucket."""

    edge: Edge
    origin: str
    time: Time
    protections: Protections
    pipelines: list[Pipeline] = field(default_factory=list)
    on_air: bool = True
    expired: list[tuple[float, str]] = field(default_factory=list)
    """When each manifest was deleted, and which."""

    def __post_init__(self) -> None:
        asked, bucket = self.protections, self.edge.buckets[self.origin]
        second = self.origin == ORIGINS["secondary"]
        modifier, ahead = (asked.modifier, asked.clock_ahead_seconds) if second else (Protections.modifier, 0.0)
        self.expirer = Expirer(self.edge.s3(self.origin), bucket, (), conditional=asked.if_match)
        self.pipelines = [
            Pipeline(base + modifier, self.put, locking=asked.epoch_locking, ahead=ahead) for base in BASES
        ]
        ladder = Ladder((Rendition(modifier, 1280, 720, 3_000_000),), Fraction(SECONDS))
        self.put("live/index.m3u8", manifests.multivariant(ladder, BASES).encode())

    def put(self, key: str, body: bytes) -> None:
        """Write as the channel does."""
        bucket = self.edge.buckets[self.origin]
        etag = str(self.edge.s3(self.origin).put_object(Bucket=bucket, Key=key, Body=body)["ETag"]).strip('"')
        if key.startswith(ARMING) and key.endswith(".m3u8") and self.protections.expiry_segments is not None:
            written = Written(bucket, key, etag, datetime.fromtimestamp(self.time.now, UTC))
            delay = math.ceil(self.protections.expiry_segments * SECONDS) + DELIVERY_SECONDS
            self.time.after(delay, lambda: self._expire(written))

    def begin(self, segments: int) -> None:
        """Be on air as one that has written so many segments so far, and go on."""
        for one in self.pipelines:
            one.takes([self.time.now - back * SECONDS for back in range(segments, 0, -1)])
        self.time.after(SECONDS + ENCODING_SECONDS, self._tick)

    def end(self) -> None:
        """Stop the channel."""
        self.on_air = False
        for one in self.pipelines:
            one.end()

    def start(self) -> None:
        """Start it again."""
        self.on_air = True

    def _tick(self) -> None:
        self._take(self.time.now - ENCODING_SECONDS - SECONDS)
        self.time.after(SECONDS, self._tick)

    def _take(self, begins: float) -> None:
        for one in self.pipelines if self.on_air else ():
            one.take(begins)

    def _expire(self, written: Written) -> None:
        if self.expirer.expire(written) == EXPIRED:
            self.expired.append((self.time.now, written.key))


class World:
    """Both Regions, on air, behind one edge; levers that break them."""

    def __init__(self, cloud: RunningCloud, protections: Protections) -> None:
        self.time = Time(START)
        self.edge, self._store = _edge(cloud, protections)
        self.edge.cloud.server.part(Listeners).requests.now = self.time
        self.regions = {where: Region(self.edge, origin, self.time, protections) for where, origin in ORIGINS.items()}
        self.regions["primary"].begin(WINDOW)
        self.regions["secondary"].begin(WINDOW // 2)  # started later

    def play(self, scenario: Scenario, wait_seconds: float = 0.0) -> Outcome:
        """Play one path with a viewer who comes after so many seconds."""
        self.time.sleep(wait_seconds)
        places = {one["id"]: one["http"] for one in self.edge.cloud.server.part(Listeners).described()}
        viewer = Viewer(f"{places[self.edge.identifier]}/live/index.m3u8", self.time)
        on = engine.Stage("s3", SECONDS, self, [viewer])
        return engine.run(scenario, on, lambda _line: None, now=self.time, sleep=self.time.sleep)

    # Levers

    def lose_source(self, where: Where, pipeline: int) -> Undo:
        one = self.regions[where].pipelines[pipeline]
        one.writes = False

        def mend() -> None:
            one.writes = True

        return mend

    def pause(self, where: Where, pipeline: int) -> Undo:
        return self.lose_source(where, pipeline)

    def break_origin(self, where: Where, kind: str) -> Undo:
        self.edge.fault(kind, ORIGINS[where])
        return self.edge.mend

    def lose_region(self, where: Where) -> Undo:
        return self.break_origin(where, "refuse")

    def prefer(self, where: Where) -> Undo:
        self._say(self.edge.region(ORIGINS[where]))
        return lambda: self._say("auto")

    def stop(self, where: Where) -> Undo:
        self.regions[where].end()
        return self.regions[where].start

    def wait(self, segments: float) -> None:
        self.time.sleep(segments * SECONDS)

    def _say(self, region: str) -> None:
        client = store_client(self.edge.cloud)
        version = store_version(client, self._store)
        client.put_key(KvsARN=self._store, Key="preferred_region", Value=region, IfMatch=version)


def _edge(cloud: RunningCloud, protections: Protections) -> tuple[Edge, str]:
    """A distribution as live_delivery makes it, and the store of its function."""
    store = new_store(cloud)
    made = stage(cloud)
    origins = [{"id": origin, "region": made.region(origin)} for origin in made.buckets]
    settings = {
        "countries": {},
        "location": False,
        "origins": origins,
        "preferred": "auto",
        "quality": False,
        "read_timeout": None,
        "status_codes": [403, 404, 429, 500, 502, 503, 504],
    }
    code = (DELIVERY / "functions" / "choose_origin.js").read_text(encoding="utf-8")
    chooses = function(cloud, code.replace("__SETTINGS__", json.dumps(settings)), store)
    runs = {"FunctionAssociations": listed({"FunctionARN": chooses, "EventType": "viewer-request"})}
    kept = protections.error_caching_seconds
    made.update(
        DefaultCacheBehavior=behavior(cache_policy(cloud, (0, 86400, 86400)), **runs),
        CacheBehaviors=listed({**behavior(cache_policy(cloud, (0, 1, 1)), **runs), "PathPattern": "*.m3u8"}),
        CustomErrorResponses=listed(*({"ErrorCode": code, "ErrorCachingMinTTL": kept} for code in ERRORS)),
    )
    return made, store
