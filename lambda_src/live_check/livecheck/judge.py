"""The verdict on an observation: is every segment numbered by the epoch, and are all pipelines alike?

Sources: https://docs.aws.amazon.com/medialive/latest/ug/pipeline-lock.html (what locking promises),
https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-verify-input.html (2 minutes),
https://docs.aws.amazon.com/medialive/latest/ug/eml-metrics-output-lock.html (PipelinesLocked)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from livecheck.observation import Observation, Pipeline, Place, Track

TICK = Fraction(1, 90_000)


@dataclass(frozen=True)
class Limits:
    """How much is let pass, in seconds; `apart` in segments."""

    timecode: float = 120.0
    """Between a timecode and the time of day: MediaLive's own bound."""
    delay: float = 120.0
    """Between the end of a segment by its number and when it is there."""
    grid: Fraction = 2 * TICK
    """By which a rounded time stamp may miss the grid."""
    apart: int = 2
    """By which the newest numbers of two pipelines may differ: they are read one after the other."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked. `detail` says what was seen and, where that is wrong, what to do.

    `settles`: right after a start it may be so for a while, and be well then.
    """

    check: str
    place: str
    ok: bool
    detail: str
    settles: bool = False

    def as_json(self) -> dict[str, Any]:
        """For a workflow, or another program."""
        return asdict(self)


def findings(seen: Observation, limits: Limits | None = None) -> list[Finding]:
    """All findings, channel by channel, then what concerns all of them. Good ones too."""
    limit = limits or Limits()
    found = [Finding("settings", str(place), False, problem) for place, problem in seen.settings.items()]
    for track in seen.tracks:
        found += _of_track(track, limit)
    for output in dict.fromkeys(track.place.output for track in seen.tracks):
        found += _together([track for track in seen.tracks if track.place.output == output], output, limit)
    for pipeline in seen.pipelines:
        found += _of_pipeline(pipeline, limit)
    return found


def _of_track(track: Track, limit: Limits) -> Iterator[Finding]:
    place = str(track.place)
    if track.problem or track.newest is None:
        yield Finding("manifest", place, False, track.problem or "the manifest names no segment", settles=True)
        return
    if track.ended:
        yield Finding("manifest", place, False, "has EXT-X-ENDLIST: the channel was stopped; players end here")
    yield _clock(track, limit)
    misnamed = [number for number, named in track.named.items() if named not in (None, number)]
    if misnamed:
        one = misnamed[0]
        detail = f"segment {one} is called {track.names[one]}: numbers of manifest and file names are to be the same"
        yield Finding("number", place, False, detail)
    for number in sorted(track.first):
        yield from _of_segment(track, number, limit)


def _clock(track: Track, limit: Limits) -> Finding:
    newest = track.newest or 0
    late = track.seen_at - float((newest + 1) * track.duration)
    by_the_clock = int(Fraction(track.seen_at) / track.duration)
    if -float(track.duration) <= late <= limit.delay:
        return Finding("clock", str(track.place), True, f"newest segment {newest}, {late:.1f} s after its end")
    detail = (
        f"newest segment {newest}, by the time of day it is {by_the_clock}: the numbers do not come from the epoch; "
        "feed embedded timecode in UTC, and set EPOCH_LOCKING"
        if late > limit.delay
        else f"newest segment {newest} has not begun yet ({by_the_clock} is on): the timecode of the feed is ahead"
    )
    return Finding("clock", str(track.place), False, detail)


def _of_segment(track: Track, number: int, limit: Limits) -> Iterator[Finding]:
    place, duration = str(track.place), track.duration
    begins = track.first[number].seconds(number * duration)
    by_time = begins / duration
    if abs(by_time - number) > 1:
        detail = (
            f"segment {number} begins at {float(begins):.3f} s, which is {int(by_time)} times {float(duration):g} s: "
            "number and time stamp do not belong together"
        )
        yield Finding("number", place, False, detail)
        return
    yield Finding("number", place, True, f"segment {number} is time / duration")
    off = begins - round(by_time) * duration
    if abs(off) > limit.grid:
        detail = (
            f"segment {number} begins {float(off) * 1000:+.1f} ms off the grid of {float(duration):g} s: "
            "a GOP does not divide the segment, or the pipeline is not locked"
        )
        yield Finding("grid", place, False, detail)
    else:
        yield Finding("grid", place, True, f"segment {number} begins on the grid of {float(duration):g} s")


def _together(tracks: Sequence[Track], output: str, limit: Limits) -> Iterator[Finding]:
    there = [track for track in tracks if track.newest is not None]
    if len(there) < 2:
        return
    newest = {track.place: track.newest or 0 for track in there}
    low, high = min(newest, key=newest.__getitem__), max(newest, key=newest.__getitem__)
    numbers = set.intersection(*(set(track.names) for track in there))
    if newest[high] - newest[low] > limit.apart or not numbers:
        detail = f"{high} is at segment {newest[high]}, {low} at {newest[low]}: they cannot replace each other"
        yield Finding("same numbers", output, False, detail)
    else:
        detail = f"{len(there)} manifests, {len(numbers)} segments in all of them, newest {max(numbers)}"
        yield Finding("same numbers", output, True, detail)
    yield from _same_pictures(there, output, limit)
    yield from _same_names(there, output)


def _same_pictures(tracks: Sequence[Track], output: str, limit: Limits) -> Iterator[Finding]:
    read = [track for track in tracks if track.first]
    for number in sorted(set.intersection(*(set(track.first) for track in read)) if len(read) > 1 else ()):
        begins = {track.place: track.first[number].seconds(number * track.duration) for track in read}
        first, last = min(begins, key=begins.__getitem__), max(begins, key=begins.__getitem__)
        apart = begins[last] - begins[first]
        if apart > limit.grid:
            detail = f"segment {number} begins {float(apart) * 1000:.1f} ms later in {last} than in {first}"
            yield Finding("same pictures", output, False, detail)
        else:
            yield Finding("same pictures", output, True, f"segment {number} begins with the same picture everywhere")


def _same_names(tracks: Sequence[Track], output: str) -> Iterator[Finding]:
    """The same pipeline of two Regions names the same segment alike: the edge asks the other Region by that name."""
    for pipeline in dict.fromkeys(track.place.pipeline for track in tracks):
        own = [track for track in tracks if track.place.pipeline == pipeline]
        for other in (one for one in own[1:] if one.place.region != own[0].place.region):
            for number in sorted(set(own[0].names) & set(other.names))[-1:]:
                one, two = own[0].names[number], other.names[number]
                place = f"{Place('both Regions', pipeline, output)}"
                if one == two:
                    yield Finding("same names", place, True, one)
                else:
                    detail = (
                        f"segment {number} is {one} in {own[0].place.region} and {two} in {other.place.region}; "
                        "base names and name modifiers are to be the same"
                    )
                    yield Finding("same names", place, False, detail)


def _of_pipeline(pipeline: Pipeline, limit: Limits) -> Iterator[Finding]:
    place = str(pipeline.place)
    for output in pipeline.outputs:
        where = str(Place(pipeline.place.region, pipeline.place.pipeline, output))
        known = pipeline.timecodes.get(output)
        if known is None:
            detail = "no initial_timecode in the as-run log: the feed has no embedded timecode, or nothing has come yet"
            yield Finding("timecode", where, False, detail, settles=True)
            continue
        ahead = known.seconds_ahead
        ok = abs(ahead) <= limit.timecode
        detail = f"{known.timecode}, {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} {known.logged:%H:%M:%S}"
        remedy = f"; MediaLive locks within {limit.timecode:g} s: set the contribution encoder's clock by NTP, in UTC"
        yield Finding("timecode", where, ok, detail + ("" if ok else remedy))
    if pipeline.locked is None:
        detail = "no PipelinesLocked in the last minute: is the channel running?"
        yield Finding("locked", place, False, detail, settles=True)
    elif pipeline.locked < 1:
        detail = "PipelinesLocked is 0: see the other findings, and MediaLive's alerts"
        yield Finding("locked", place, False, detail, settles=True)
    else:
        yield Finding("locked", place, True, "PipelinesLocked is 1")
