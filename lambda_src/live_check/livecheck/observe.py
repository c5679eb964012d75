"""Looking at a channel: manifests and segments of its origin, as-run log, metrics. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from livecheck import as_run, playlists
from livecheck.channel import Channel, Group, Output
from livecheck.errors import InvalidEvent, LiveCheckError, Missing, NoPicture, SegmentsPending, Throttled
from livecheck.first_picture import Stamp, first_picture
from livecheck.observation import BOTH, Observation, Pipeline, Place, Track
from livecheck.origins import THROTTLED, Origin
from livecheck.playlists import Entry, NoManifest, Variant

NAMESPACE = "AWS/MediaLive"
PERIOD = 10
WINDOW = timedelta(seconds=60)
LOG_PAGES = 20
S3_SCHEMES = ("s3", "s3ssl")


@dataclass(frozen=True)
class Seat:
    """A channel in its Region, with what is needed to look at it. `url` is that of MediaPackage's manifest, if any."""

    region: str
    channel: Channel
    origin: Origin
    url: str
    logs: Any
    cloudwatch: Any


@dataclass(frozen=True)
class _Listed:
    """A rendition whose manifest was read: its segments by number."""

    track: Track
    entries: Mapping[int, Entry]


def observe(seats: Sequence[Seat], now: datetime) -> Observation:
    """Look at all channels. Raises SegmentsPending where no manifest of a channel has a segment yet."""
    settings: dict[Place, str] = {}
    listed: list[tuple[Seat, _Listed]] = []
    for seat in seats:
        if seat.channel.locking != "EPOCH_LOCKING":
            problem = f"OutputLockingMode is {seat.channel.locking}: set EPOCH_LOCKING, or Regions number apart"
            settings[Place(seat.region, BOTH)] = problem
        own = [(seat, one) for one in _manifests(seat, now)]
        if not any(one.entries for _, one in own):
            problems = [one.track.problem for _, one in own if one.track.problem]
            raise SegmentsPending(f"{seat.region}: no segments yet ({problems[0] if problems else 'none is named'})")
        listed += own
    return Observation(
        tuple(_read(seat, one, _chosen(one, listed)) for seat, one in listed),
        tuple(pipeline for seat in seats for pipeline in _pipelines(seat, now)),
        settings,
    )


# Manifests


def _manifests(seat: Seat, now: datetime) -> Iterator[_Listed]:
    for group in seat.channel.groups:
        if seat.url:
            yield from _packaged(seat, group, now)
            continue
        for pipeline, destination in enumerate(group.destinations):
            if urlsplit(destination).scheme not in S3_SCHEMES:
                raise InvalidEvent(f"{destination}: name the origin's manifest; only buckets are found by themselves")
            base = "s3://" + destination.partition("://")[2]
            for output in group.outputs:
                place = Place(seat.region, str(pipeline), output.name)
                track = Track(place, group.duration(output))
                yield _listed(seat, track, f"{base}{output.modifier}.m3u8", now.timestamp())


def _packaged(seat: Seat, group: Group, now: datetime) -> Iterator[_Listed]:
    """MediaPackage joins the pipelines, and may join segments."""
    try:
        named = playlists.variants(seat.origin.read(seat.url)[0].decode())
    except (Missing, NoManifest, UnicodeDecodeError) as error:
        place = Place(seat.region, BOTH)
        yield _Listed(Track(place, group.segment_seconds, problem=str(error)), {})
        return
    for variant in named:
        output = _output(variant, group)
        track = Track(Place(seat.region, BOTH, output.name), group.duration(output))
        yield _listed(seat, track, playlists.joined(seat.url, variant.uri), now.timestamp(), joins=True)


def _output(variant: Variant, group: Group) -> Output:
    """The output that a rendition comes from: of the same size, and of those with the next bit rate."""
    same = [one for one in group.outputs if variant.size in (None, (one.width, one.height))] or list(group.outputs)
    return min(same, key=lambda one: abs(one.video_bits + one.audio_bits - variant.bandwidth))


def _listed(seat: Seat, track: Track, url: str, now: float, *, joins: bool = False) -> _Listed:
    try:
        body, written = seat.origin.read(url)
        found = playlists.media(body.decode(), url)
    except (Missing, NoManifest, UnicodeDecodeError) as error:
        return _Listed(replace(track, problem=str(error)), {})
    entries = {one.number: one for one in found.entries}
    if joins and entries:
        seconds = Fraction(next(iter(entries.values())).seconds)
        track = replace(track, duration=max(1, round(seconds / track.duration)) * track.duration)
    track = replace(
        track,
        names={number: one.name for number, one in entries.items()},
        named={number: one.named_number for number, one in entries.items()},
        seen_at=now if written is None else written,
        ended=found.ended,
    )
    return _Listed(track, entries)


def _chosen(one: _Listed, listed: Sequence[tuple[Seat, _Listed]]) -> int | None:
    """The segment to read: the newest that all manifests of the output name, else the own newest."""
    alike = [set(other.entries) for _, other in listed if other.track.place.output == one.track.place.output]
    common = set.intersection(*(numbers for numbers in alike if numbers)) if any(alike) else set()
    return max(common & set(one.entries), default=one.track.newest)


def _read(seat: Seat, one: _Listed, number: int | None) -> Track:
    if number is None:
        return one.track
    try:
        return replace(one.track, first={number: _first(seat.origin, one.entries[number])})
    except (Missing, NoPicture) as error:
        return replace(one.track, problem=f"segment {number}: {error}")


def _first(origin: Origin, entry: Entry) -> Stamp:
    header = origin.read(entry.header)[0] if entry.header else b""
    return first_picture(origin.read(entry.url, beginning=True)[0], header)


# What MediaLive says


def _pipelines(seat: Seat, now: datetime) -> Iterator[Pipeline]:
    outputs = tuple(dict.fromkeys(output.name for group in seat.channel.groups for output in group.outputs))
    for pipeline in seat.channel.pipelines:
        place = Place(seat.region, pipeline)
        yield Pipeline(place, outputs, _timecodes(seat, pipeline), _locked(seat, pipeline, now))


def _timecodes(seat: Seat, pipeline: str) -> dict[str, as_run.Timecode]:
    pages = seat.logs.get_paginator("filter_log_events").paginate(
        logGroupName=as_run.GROUP,
        logStreamNames=[as_run.stream(seat.channel.arn, pipeline)],
        filterPattern=f'"{as_run.KIND}"',
    )
    try:
        messages = [event["message"] for page in islice(pages, LOG_PAGES) for event in page["events"]]
    except ClientError as error:
        if _code(error) == "ResourceNotFoundException":
            return {}
        raise _translated(error) from error
    return as_run.timecodes(messages)


def _locked(seat: Seat, pipeline: str, now: datetime) -> float | None:
    try:
        answer = seat.cloudwatch.get_metric_data(
            StartTime=(now - WINDOW).astimezone(UTC),
            EndTime=(now + timedelta(seconds=PERIOD)).astimezone(UTC),
            ScanBy="TimestampDescending",
            MetricDataQueries=[
                {
                    "Id": "locked",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": NAMESPACE,
                            "MetricName": "PipelinesLocked",
                            "Dimensions": [
                                {"Name": "ChannelId", "Value": seat.channel.id},
                                {"Name": "Pipeline", "Value": pipeline},
                            ],
                        },
                        "Period": PERIOD,
                        "Stat": "Minimum",
                    },
                }
            ],
        )
    except ClientError as error:
        raise _translated(error) from error
    values = answer["MetricDataResults"][0]["Values"]
    return float(values[0]) if values else None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _translated(error: ClientError) -> LiveCheckError:
    code = _code(error)
    return Throttled(code) if code in THROTTLED else LiveCheckError(f"{code}: {error}")
