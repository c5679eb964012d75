"""What an hour of a two-Region workflow costs, before it is deployed: from its ladder and headend.prices.

What has no price in the file is named, not guessed. Free units are not taken off: an event may come after others.

Sources: https://docs.aws.amazon.com/medialive/latest/ug/pricing.html (inputs and outputs of running channels),
https://github.com/awsdocs/aws-elemental-medialive-user-guide/blob/main/doc_source/input-specification.md (an input
costs what the channel was told that it takes, whatever comes),
https://aws.amazon.com/mediapackage/pricing/ (each stream that is taken in; its arithmetic: 1,024 Mbit are a Gbit)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, get_args

from headend.config_live import InputSpecification
from headend.config_live_ladder import Ladder, Rendition
from headend.prices import Prices

REGIONS = 2
PIPELINES = 2
SECONDS = 3600
MBIT_IN_GBIT = 1024
"""As AWS counts in its examples."""
TIER = 20_000_000
"""Bits a second of the tier of flows whose price is known. modules/live_region tells MediaLive so many, too, where
nobody has said how many a feed has at most."""
INPUTS = {
    ("AVC", "HD", "MAX_10_MBPS"): "channel_hd_input_10_hour",
    ("AVC", "HD", "MAX_20_MBPS"): "channel_hd_input_20_hour",
}
"""What a channel is told of its feeds -> price."""
AVC_HD = InputSpecification()
"""What it is told where nobody has said anything."""
MAXIMA = {"MAX_10_MBPS": 10_000_000, "MAX_20_MBPS": TIER}
HIGHEST = "MAX_50_MBPS"
CHANNEL_BITS = 10_000_000
"""Bits a second of an output from which on its price is another one."""
CHANNEL_FRAMES = 30
HD = range(720, 1081)
"""Heights of HD; what is lower is SD."""
SWITCH_REQUESTS = 3
"""Of the dead man's switch for each manifest: the message, taking it, and deleting it."""
SWITCH_SECONDS = Fraction(1, 10)
SWITCH_MB = 128
HOURS_IN_A_DAY = 24

Kind = Literal["mediapackage", "s3"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Item:
    """One line: `count` units of a price in an hour."""

    what: str
    count: Fraction
    price: str


@dataclass(frozen=True)
class Cost:
    """An hour: its items, US dollars for each, and what has no price."""

    items: tuple[tuple[Item, float], ...]
    unpriced: tuple[str, ...]

    @property
    def total(self) -> float:
        """US dollars."""
        return sum(usd for _, usd in self.items)


@dataclass(frozen=True)
class Event:
    """What is priced. `contribution_bits`: of each feed at most; `viewers` at a time, `viewer_bits` each (0: the best).

    `specification`: what MediaLive is told of feeds. `caches`: how many of CloudFront's caches ask an origin for the
    whole ladder at the same time. `retention_days`: how long a bucket keeps segments.
    """

    ladder: Ladder
    kind: Kind = "mediapackage"
    contribution_bits: int = TIER
    specification: InputSpecification = AVC_HD
    viewers: int = 0
    viewer_bits: int = 0
    caches: int = 1
    retention_days: int = 1

    @property
    def told(self) -> tuple[str, str, str]:
        """What the channel is told of its feeds, as modules/live_region does: codec, resolution, bit rate."""
        most = next((name for name, bits in MAXIMA.items() if self.contribution_bits <= bits), HIGHEST)
        given = self.specification
        return given.codec, given.resolution, given.maximum_bitrate or most

    def bits(self, rendition: Rendition) -> int:
        """Bits a second of a rendition with its sound."""
        return rendition.bitrate + self.ladder.audio.bitrate

    @property
    def ladder_bits(self) -> int:
        """Bits a second of all renditions."""
        return sum(self.bits(one) for one in self.ladder.renditions.values())

    @property
    def segments(self) -> Fraction:
        """Segments of one rendition in an hour."""
        return Fraction(SECONDS, self.ladder.segment_seconds)


def gigabytes(bits: int) -> Fraction:
    """GB in an hour of so many bits a second, as AWS counts in its examples."""
    return Fraction(bits, 1_000_000) / MBIT_IN_GBIT * SECONDS / 8


def cost(event: Event, prices: Prices) -> Cost:
    """An hour on air in both Regions."""
    items, unpriced = [], []
    for found in (*_flows(event), *_channels(event), *_origins(event, prices.hours_in_a_month), *_delivery(event)):
        if isinstance(found, str):
            unpriced.append(found)
        else:
            items.append((found, prices.prices[found.price].cost(float(found.count))))
    return Cost(tuple(items), tuple(dict.fromkeys(unpriced)))


def _flows(event: Event) -> Iterator[Item | str]:
    count = Fraction(REGIONS * PIPELINES)
    yield Item("flows, two a Region", count, "flow_hour")
    if event.contribution_bits > TIER:
        yield f"input and output of flows above {TIER // 1_000_000} Mbit/s"
        return
    yield Item("their inputs", count, "input_tier_hour")
    yield Item("their outputs to MediaLive", count, "output_tier_hour")


def _channels(event: Event) -> Iterator[Item | str]:
    if price := INPUTS.get(event.told):
        yield Item("inputs of channels, one a Region", Fraction(REGIONS), price)
    else:
        yield f"input of a channel: {', '.join(event.told)}"
    hd = sd = 0
    for name, one in event.ladder.renditions.items():
        rate = event.ladder.rate(one)
        if one.bitrate >= CHANNEL_BITS or rate.frames > CHANNEL_FRAMES or one.height > HD[-1]:
            yield (
                f"output {name}: {one.width} x {one.height}, {rate} frames a second, "
                f"{one.bitrate / 1e6:g} Mbit/s (known: up to 1080 lines, 30 frames, below 10 Mbit/s)"
            )
        elif one.height in HD:
            hd += 1
        else:
            sd += 1
    if hd:
        yield Item(f"HD outputs of channels, {hd} a Region", Fraction(REGIONS * hd), "channel_hd_output_hour")
    if sd:
        yield Item(f"SD outputs of channels, {sd} a Region", Fraction(REGIONS * sd), "channel_sd_output_hour")


def _origins(event: Event, hours_in_a_month: int) -> Iterator[Item]:
    written = Fraction(REGIONS * PIPELINES)
    if event.kind == "mediapackage":
        taken_in = written * gigabytes(event.ladder_bits)
        yield Item("GB into MediaPackage, four pipelines", taken_in, "package_ingest_gb")
        if event.viewers:
            yield Item("GB out of it to caches", event.caches * gigabytes(event.ladder_bits), "package_origination_gb")
        return
    manifests = written * len(event.ladder.renditions) * event.segments
    yield Item("segments and manifests that four pipelines write", 2 * manifests, "s3_write")
    months = Fraction(event.retention_days * HOURS_IN_A_DAY, hours_in_a_month)
    kept = written * gigabytes(event.ladder_bits) * months
    yield Item(f"GB-months of segments, kept for {event.retention_days} d", kept, "s3_gb_month")
    yield Item("requests of the dead man's switch, three for each manifest", SWITCH_REQUESTS * manifests, "sqs_request")
    yield Item("runs of the function that expires manifests", manifests, "lambda_request")
    seconds = manifests * SWITCH_SECONDS * Fraction(SWITCH_MB, 1024)
    yield Item("GB-seconds of it, taken to be 0.1 s of 128 MB", seconds, "lambda_gb_second_arm64")
    if event.viewers:
        read = 2 * event.caches * len(event.ladder.renditions) * event.segments
        yield Item("segments and manifests that caches read", read, "s3_read")


def _delivery(event: Event) -> Iterator[Item]:
    if not event.viewers:
        return
    bits = event.viewer_bits or max(event.bits(one) for one in event.ladder.renditions.values())
    requests = 2 * event.viewers * event.segments
    yield Item("GB to viewers", event.viewers * gigabytes(bits), "edge_gb")
    yield Item("their requests, a manifest and a segment each time", requests, "edge_request")
    yield Item("runs of the edge's function", requests, "edge_function")
    yield Item("reads of its store", requests, "edge_store_read")


def arithmetic(item: Item, prices: Prices) -> str:
    """How an item's cost is calculated: `4 * 0.16`."""
    price = prices.prices[item.price]
    per = f" / {price.per:,.0f}" if price.per != 1 else ""
    return f"{_number(item.count)} * {price.usd:g}{per}"


def lines(found: Cost, prices: Prices) -> Iterator[str]:
    """The table for a terminal."""
    for item, usd in found.items:
        yield f"{usd:10.4f}  {item.what}: {arithmetic(item, prices)}"
    yield f"{found.total:10.4f}  USD an hour, together"
    for what in found.unpriced:
        yield f"         ?  no price is known: {what}"
    first, last = prices.seen
    dates = first if first == last else f"{first} to {last}"
    yield f"prices of {prices.region}, read {dates}, without tax and free units (scripts/headend/prices.yaml)"


def data(found: Cost, prices: Prices) -> dict[str, Any]:
    """The same for a program: US dollars."""
    return {
        "region": prices.region,
        "usd_an_hour": round(found.total, 6),
        "items": [
            {"what": item.what, "count": float(item.count), "price": item.price, "usd": round(usd, 6)}
            for item, usd in found.items
        ],
        "unpriced": list(found.unpriced),
    }


def _number(count: Fraction) -> str:
    return f"{int(count):,}" if count.denominator == 1 else f"{float(count):,.4g}"
