"""The checks as they are asked for: which channels, which origins, and the verdict as JSON."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from livecheck import channel, judge, static_manifest
from livecheck.channel import Channel
from livecheck.errors import InvalidEvent, LiveCheckError, Missing, SegmentsPending, Throttled
from livecheck.judge import Finding, Limits
from livecheck.observe import Seat, observe
from livecheck.origins import THROTTLED, Bucket, Endpoint, Origin

KINDS = ("mediapackage", "s3")
OPERATIONS = ("epoch", "manifest")
MOST_REASONS = 4


@dataclass(frozen=True)
class Asked:
    """One channel to look at. `domain_name` and `manifest_path` are those of its origin, as module live_origin says."""

    region: str
    channel_id: str
    kind: str
    domain_name: str
    manifest_path: str

    @property
    def url(self) -> str:
        """Where the origin's manifest is, for whoever may read it there."""
        return f"https://{self.domain_name}{self.manifest_path}"


@dataclass(frozen=True)
class Access:
    """How AWS is reached: `client` (service, Region), `credentials` to sign with, `door` where something stands in."""

    client: Callable[[str, str], Any]
    credentials: Callable[[], Any]
    door: str | None = None

    def origin(self, asked: Asked) -> Origin:
        """Who reads a channel's origin."""
        if asked.kind == "s3":
            return Bucket(self.client("s3", asked.region))
        return Endpoint(self.credentials(), asked.region, self.door, time.time)


def parse(event: Any) -> tuple[str, tuple[Asked, ...], Limits]:
    """The operation, the channels and the limits of an event. Raises InvalidEvent."""
    if not isinstance(event, dict):
        raise InvalidEvent("the event is no object")
    operation = event.get("operation", OPERATIONS[0])
    if operation not in OPERATIONS:
        raise InvalidEvent(f"operation is one of {', '.join(OPERATIONS)}, not {operation!r}")
    channels = event.get("channels")
    if not isinstance(channels, list) or not channels:
        raise InvalidEvent("channels is a list of at least one {region, channel_id, origin}")
    limits = event.get("limits") or {}
    known = {"timecode_seconds": "timecode", "delay_seconds": "delay"}
    if not isinstance(limits, dict) or set(limits) - set(known):
        raise InvalidEvent(f"limits has {', '.join(known)} only")
    if not all(isinstance(value, int | float) and value > 0 for value in limits.values()):
        raise InvalidEvent("limits are seconds above 0")
    changed = {known[name]: float(value) for name, value in limits.items()}
    return operation, tuple(_asked(one) for one in channels), replace(Limits(), **changed)  # type: ignore[arg-type]


def _asked(given: Any) -> Asked:
    origin = given.get("origin") if isinstance(given, dict) else None
    if not isinstance(origin, dict):
        raise InvalidEvent("a channel is {region, channel_id, origin: {kind, domain_name, manifest_path}}")
    values = {
        "region": given.get("region"),
        "channel_id": given.get("channel_id"),
        **{name: origin.get(name) for name in ("kind", "domain_name", "manifest_path")},
    }
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise InvalidEvent(f"{name} is text that is not empty")
    if values["kind"] not in KINDS:
        raise InvalidEvent(f"kind of an origin is one of {', '.join(KINDS)}, not {values['kind']!r}")
    if not str(values["manifest_path"]).startswith("/"):
        raise InvalidEvent("manifest_path begins with /")
    return Asked(**values)


def check(event: Any, access: Access, now: datetime) -> dict[str, Any]:
    """Answer an event: {operation, ok, failed, findings}. See `parse` for its form.

    Raises InvalidEvent; SegmentsPending where nothing is there to judge, or nothing is wrong but what settles by itself
    after a start; Throttled; LiveCheckError for the rest.
    """
    operation, asked, limits = parse(event)
    found = epoch(asked, access, now, limits) if operation == "epoch" else manifests(asked, access)
    failed = [one for one in found if not one.ok]
    if failed and all(one.settles for one in failed):
        raise SegmentsPending("; ".join(f"{one.place}: {one.detail}" for one in failed[:MOST_REASONS]))
    return {
        "operation": operation,
        "ok": not failed,
        "failed": len(failed),
        "findings": [one.as_json() for one in failed or found],
    }


def epoch(asked: Sequence[Asked], access: Access, now: datetime, limits: Limits | None = None) -> list[Finding]:
    """Whether all pipelines of the channels number their segments by the epoch, and alike."""
    seats = [
        Seat(
            one.region,
            described(one, access),
            access.origin(one),
            one.url if one.kind == "mediapackage" else "",
            access.client("logs", one.region),
            access.client("cloudwatch", one.region),
        )
        for one in asked
    ]
    return judge.findings(observe(seats, now), limits)


def manifests(asked: Sequence[Asked], access: Access) -> list[Finding]:
    """Whether the multivariant manifest of each Region says what the channels make."""
    found: list[Finding] = []
    static: dict[str, str] = {}
    for one in asked:
        text = _text(access.origin(one), _address(one))
        judged = static_manifest.findings if one.kind == "s3" else static_manifest.packaged
        place = f"{one.region} {one.manifest_path.rpartition('/')[2]}"
        for group in described(one, access).groups:
            found += judged(text, group, place)
        if one.kind == "s3" and text is not None:
            static[one.region] = text
    if len(static) > 1:
        same = len(set(static.values())) == 1
        detail = "the same bytes" if same else "are not the same; they are made of one ladder: apply again"
        found.append(Finding("same manifest", " and ".join(static), same, detail))
    return found


def _address(one: Asked) -> str:
    """Where the manifest is read: the bucket is the first label of its domain name."""
    if one.kind == "s3":
        return f"s3://{bucket_of(one.domain_name)}{one.manifest_path}"
    return one.url


def bucket_of(domain_name: str) -> str:
    """The bucket of `BUCKET.s3.REGION.amazonaws.com`; its name may hold dots."""
    return re.sub(r"\.s3[.-][a-z0-9-]+\.amazonaws\.com(\.cn)?$|\.s3\.amazonaws\.com$", "", domain_name)


def _text(origin: Origin, url: str) -> str | None:
    try:
        return origin.read(url)[0].decode()
    except (Missing, UnicodeDecodeError):
        return None


def described(one: Asked, access: Access) -> Channel:
    """The channel as MediaLive describes it. Raises InvalidEvent for an unknown one."""
    try:
        answer = access.client("medialive", one.region).describe_channel(ChannelId=one.channel_id)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == "NotFoundException":
            raise InvalidEvent(f"there is no channel {one.channel_id} in {one.region}") from error
        raise Throttled(code) if code in THROTTLED else LiveCheckError(f"{code}: {error}") from error
    return channel.read(answer)
