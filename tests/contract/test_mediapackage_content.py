"""Content through MediaPackage V2: put by two pipelines, fetched as HLS, with its endpoint's policies and errors."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import cmaf
from headend.localcloud.mediapackage.origin_sites import SLATE, MediaOrigin
from running_cloud import REGION, RunningCloud

GUIDE = "https://docs.aws.amazon.com/mediapackage/latest/userguide/"
REFERENCE = "https://docs.aws.amazon.com/mediapackage/latest/APIReference/"
FAILOVER = f"{GUIDE}cross-region-failover.html"
ERRORS = f"{REFERENCE}API_ForceEndpointErrorConfiguration.html"
FIRST = 884_000_000
"""The number of the first segment: 2 s each since the epoch."""
UNKNOWN = "AWS publishes neither the status nor how long a manifest has to stand still"
ADMINISTRATOR = ("local", "local")


class Clock:
    """The content's clock, moved by tests."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class Origin:
    """A CMAF channel with an endpoint that everybody may read, and the doors to its content."""

    def __init__(self, cloud: RunningCloud, name: str, *errors: str, **settings: Any) -> None:
        self.cloud = cloud
        self.package = cloud.client("mediapackagev2")
        self.name = name
        self.clock = Clock()
        cloud.server.part(MediaOrigin).now = self.clock
        self.channel = {"ChannelGroupName": "content", "ChannelName": name}
        self.endpoint = {**self.channel, "OriginEndpointName": "hls"}
        made = self.package.create_channel(**self.channel, InputType="CMAF")
        self.channel_arn = made["Arn"]
        self.ingest = [one["Url"] for one in made["IngestEndpoints"]]
        asked = {
            "ContainerType": "CMAF",
            "Segment": {"SegmentDurationSeconds": 2},
            "HlsManifests": [{"ManifestName": "index", "ManifestWindowSeconds": 30}],
            **settings,
        }
        if errors:
            asked["ForceEndpointErrorConfiguration"] = {"EndpointErrorConditions": list(errors)}
        shown = self.package.create_origin_endpoint(**self.endpoint, **asked)
        self.endpoint_arn = shown["Arn"]
        self.url = shown["HlsManifests"][0]["Url"].removesuffix("index.m3u8")
        self.admit("*", "mediapackagev2:GetObject")

    def admit(self, principal: Any, action: str, **condition: Any) -> None:
        """Let the endpoint's policy admit somebody, and nobody else."""
        statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": self.endpoint_arn}
        document = {"Version": "2012-10-17", "Statement": [{**statement, **condition}]}
        self.package.put_origin_endpoint_policy(**self.endpoint, Policy=json.dumps(document))

    def put(self, name: str, body: bytes, pipeline: int = 1, *, signed: bool = True, slate: bool = False) -> int:
        """Put an object of a pipeline; the status."""
        headers = {SLATE: "1"} if slate else {}
        return self._ask("PUT", f"{self.ingest[pipeline - 1]}_{name}", body, headers, signed=signed)[0]

    def segments(self, *numbers: int, pipeline: int = 1, track: str = "high") -> None:
        """Put a header and these segments, counted from FIRST."""
        assert self.put(f"{track}_init.mp4", cmaf.header(), pipeline) == 200
        for number in numbers:
            body = cmaf.segment(FIRST + number, mark=str(pipeline).encode())
            assert self.put(f"{track}_{FIRST + number}.m4s", body, pipeline) == 200

    def get(self, name: str, *, signed: bool = False) -> tuple[int, bytes]:
        return self._ask("GET", f"{self.url}{name}", b"", {}, signed=signed)

    def listed(self, name: str = "index_1.m3u8") -> list[int]:
        """The numbers of the segments that a media manifest names, counted from FIRST."""
        status, body = self.get(name)
        assert status == 200, body
        return [int(number) - FIRST for number in re.findall(r"segment_\d+_(\d+)\.mp4", body.decode())]

    def headers(self, name: str) -> dict[str, str]:
        """The headers of an answer."""
        parts = urlsplit(f"{self.url}{name}")
        connection = http.client.HTTPConnection("127.0.0.1", self.cloud.server.port, timeout=10)
        try:
            connection.request("GET", parts.path, headers={"Host": parts.netloc})
            return dict(connection.getresponse().getheaders())
        finally:
            connection.close()

    def _ask(self, method: str, url: str, body: bytes, headers: dict[str, str], *, signed: bool) -> tuple[int, bytes]:
        request = AWSRequest(method=method, url=url, data=body, headers=headers)
        if signed:
            SigV4Auth(Credentials(*ADMINISTRATOR), "mediapackagev2", REGION).add_auth(request)
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.cloud.server.port, timeout=10)
        try:
            connection.request(method, parts.path, body, {**dict(request.headers), "Host": parts.netloc})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def close(self) -> None:
        self.package.delete_origin_endpoint(**self.endpoint)
        self.package.delete_channel(**self.channel)


@pytest.fixture(scope="module")
def group(cloud: RunningCloud) -> Iterator[None]:
    package = cloud.client("mediapackagev2")
    package.create_channel_group(ChannelGroupName="content")
    yield
    package.delete_channel_group(ChannelGroupName="content")


@pytest.fixture
def origin(cloud: RunningCloud, group: None) -> Iterator[Origin]:
    made = Origin(cloud, "plain")
    yield made
    made.close()


@pytest.fixture
def strict(cloud: RunningCloud, group: None) -> Iterator[Origin]:
    made = Origin(cloud, "strict", "STALE_MANIFEST", "INCOMPLETE_MANIFEST", "SLATE_INPUT")
    yield made
    made.close()


@pytest.mark.contract(
    "The multivariant manifest names a media manifest for each track, which names its segments",
    source=f"{REFERENCE}API_CreateHlsManifestConfiguration.html",
)
def test_content_comes_out_as_it_went_in(origin: Origin) -> None:
    for track in ("low", "high"):
        origin.segments(0, 1, 2, track=track)
    announced = (
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360\nindex_high.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=320x180\nindex_low.m3u8\n"
    )
    assert origin.put("ladder.m3u8", announced.encode()) == 200
    status, body = origin.get("index.m3u8")
    assert status == 200
    assert body.decode().splitlines()[3:] == [
        "#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360",
        "index_1.m3u8",
        "#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=320x180",
        "index_2.m3u8",
    ]
    assert origin.listed("index_1.m3u8") == origin.listed("index_2.m3u8") == [0, 1, 2]
    assert origin.get("segment_1_init.mp4") == (200, cmaf.header())
    assert origin.get(f"segment_1_{FIRST + 1}.mp4") == (200, cmaf.segment(FIRST + 1, mark=b"1"))
    assert origin.get(f"segment_1_{FIRST + 9}.mp4")[0] == 404


@pytest.mark.contract(
    "With EPOCH_LOCKED the sequence numbers are those of the epoch: time by duration", source=FAILOVER
)
def test_sequence_numbers_are_the_epochs(origin: Origin) -> None:
    origin.segments(*range(18))
    body = origin.get("index_1.m3u8")[1].decode()
    assert f"#EXT-X-MEDIA-SEQUENCE:{FIRST + 3}\n" in body, "the window is 30 s: fifteen segments"
    assert "#EXT-X-TARGETDURATION:2\n" in body
    assert origin.listed() == list(range(3, 18))


@pytest.mark.contract(
    "Two pipelines fill each other's gaps: the same number is the same segment", source=f"{GUIDE}what-is-flow-ir.html"
)
def test_two_pipelines_are_one_stream(strict: Origin) -> None:
    strict.segments(0, 1, pipeline=1)
    strict.segments(1, 2, 3, pipeline=2)
    assert strict.listed() == [0, 1, 2, 3]
    assert strict.get(f"segment_1_{FIRST + 1}.mp4")[1].endswith(b"1"), "the first copy stays"


@pytest.mark.contract("Segments of the endpoint may be several of the channel", source=f"{REFERENCE}API_Segment.html")
def test_segments_are_joined(cloud: RunningCloud, group: None) -> None:
    origin = Origin(cloud, "joined", Segment={"SegmentDurationSeconds": 4})
    origin.segments(*range(5))
    first = FIRST // 2
    status, body = origin.get("index_1.m3u8")
    assert status == 200
    assert re.findall(r"segment_1_(\d+)\.mp4", body.decode()) == [str(first), str(first + 1)]
    joined = cmaf.segment(FIRST, mark=b"1") + cmaf.segment(FIRST + 1, mark=b"1")
    assert origin.get(f"segment_1_{first}.mp4") == (200, joined)
    origin.close()


@pytest.mark.contract(
    "STALE_MANIFEST: no new segments, and manifests are answered with an error until there are some",
    source=ERRORS,
    limits=UNKNOWN,
)
def test_a_stale_manifest_is_an_error(strict: Origin) -> None:
    strict.segments(0, 1, 2)
    strict.clock.seconds += 3.5
    assert strict.get("index_1.m3u8")[0] == 200
    strict.clock.seconds += 0.2
    status, body = strict.get("index_1.m3u8")
    assert (status, b"STALE_MANIFEST" in body) == (404, True)
    assert strict.get("index.m3u8")[0] == 404
    assert strict.get(f"segment_1_{FIRST + 2}.mp4")[0] == 200, "segments stay"
    strict.segments(3)
    assert strict.listed() == [0, 1, 2, 3]


@pytest.mark.contract(
    "INCOMPLETE_MANIFEST: a gap in the manifest is an error until it has left the window", source=ERRORS, limits=UNKNOWN
)
def test_a_gap_is_an_error(strict: Origin) -> None:
    strict.segments(0, 1, 3)
    status, body = strict.get("index_1.m3u8")
    assert (status, b"INCOMPLETE_MANIFEST" in body) == (404, True)
    strict.segments(*range(4, 17))
    assert strict.get("index_1.m3u8")[0] == 404
    strict.segments(17)
    assert strict.listed() == list(range(3, 18))


@pytest.mark.contract("SLATE_INPUT: segments of slate count as missing", source=ERRORS, limits=UNKNOWN)
def test_slate_counts_as_missing(strict: Origin) -> None:
    strict.segments(0, 1)
    assert strict.put(f"high_{FIRST + 2}.m4s", cmaf.segment(FIRST + 2), slate=True) == 200
    strict.segments(3)
    assert strict.get("index_1.m3u8")[0] == 404
    strict.segments(2, pipeline=2)
    assert strict.listed() == [0, 1, 2, 3], "the other pipeline has the picture"


@pytest.mark.contract("Without forced errors an old or broken manifest is served as it is", source=ERRORS)
def test_without_forced_errors_manifests_are_served(origin: Origin) -> None:
    origin.segments(0, 1, 3)
    origin.clock.seconds += 60
    status, body = origin.get("index_1.m3u8")
    assert status == 200
    assert "#EXT-X-GAP" in body.decode()


@pytest.mark.contract(
    "Numbers that go backward are refused with 409 until the channel is reset", source=f"{GUIDE}resetting.html"
)
def test_numbers_do_not_go_backward(origin: Origin) -> None:
    origin.segments(4, 5)
    assert origin.put(f"high_{FIRST}.m4s", cmaf.segment(FIRST)) == 409
    origin.package.reset_channel_state(**origin.channel)
    assert origin.get("index_1.m3u8")[0] == 404, "nothing is left"
    origin.segments(0)
    assert origin.listed() == [0]


@pytest.mark.contract(
    "With EPOCH_LOCKED segments lie on the epoch's grid", source=FAILOVER, limits="the status is the local cloud's own"
)
def test_segments_off_the_grid_are_refused(origin: Origin) -> None:
    origin.segments(0)
    assert origin.put(f"high_{FIRST + 1}.m4s", cmaf.segment(FIRST + 1, begins=30.0)) == 409
    assert origin.put("high_nonsense.txt", b"") == 400
    assert origin.put(f"high_{FIRST + 1}.m4s", b"no media") == 400


@pytest.mark.contract(
    "A channel takes in what its policy or the encoder's own allows: nothing that is not signed",
    source=f"{GUIDE}channel-auth.html",
)
def test_who_may_put(origin: Origin) -> None:
    assert origin.put("high_init.mp4", cmaf.header(), signed=False) == 403
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "mediapackagev2:PutObject",
        "Resource": origin.channel_arn,
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    origin.package.put_channel_policy(**origin.channel, Policy=json.dumps(document))
    assert origin.put("high_init.mp4", cmaf.header(), signed=False) == 200


@pytest.mark.contract(
    "An endpoint gives what its policy or the reader's own allows: without either nothing",
    source=f"{GUIDE}endpoint-auth.html",
)
def test_who_may_get(origin: Origin) -> None:
    origin.segments(0)
    assert origin.get("index.m3u8")[0] == 200
    origin.admit({"Service": "cloudfront.amazonaws.com"}, "mediapackagev2:GetObject")
    assert origin.get("index.m3u8")[0] == 403
    assert origin.get("missing.m3u8")[0] == 403, "who may not read does not learn what there is"
    assert origin.get("index.m3u8", signed=True)[0] == 200, "the account's own"
    origin.package.delete_origin_endpoint_policy(**origin.endpoint)
    assert origin.get("index.m3u8")[0] == 403


@pytest.mark.contract(
    "An answer says by CMSD which endpoint of which Region it comes from, what it is and how long it plays",
    source=f"{GUIDE}cmsd.html",
    limits="the keys n, st, sf, ot and d; no quality scores",
)
def test_answers_say_where_they_come_from(origin: Origin) -> None:
    origin.segments(0)
    said = origin.headers(f"segment_1_{FIRST}.mp4")["CMSD-Static"]
    assert said == f'n="MediaPackage:{REGION}:content:plain:hls",st=l,sf=(d h),d=2000,ot=av'
    assert origin.headers("index.m3u8")["CMSD-Static"].endswith("ot=m")
