"""Whether a multivariant manifest says what a channel makes: each rendition of each pipeline, and nothing else.

A static manifest is an object of its own, which has to change with the ladder. One that does not leads players astray.

Source: https://docs.aws.amazon.com/medialive/latest/ug/hls-rm-manifests-contents.html (redundant manifests)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from livecheck.channel import Group, Output
from livecheck.judge import Finding
from livecheck.playlists import NoManifest, Variant, variants

RATE = 0.01
"""By which a FRAME-RATE, which has three decimals, may differ."""
MOST = 2.0
"""How many times the bits of a rendition BANDWIDTH may say."""


@dataclass(frozen=True)
class Expected:
    """One rendition that a manifest is to name."""

    uri: str
    output: Output


def expected(group: Group) -> tuple[Expected, ...]:
    """What a multivariant manifest names when it names both pipelines."""
    bases = [group.base(index) for index in range(len(group.destinations))]
    return tuple(Expected(f"{base}{one.modifier}.m3u8", one) for base in bases for one in group.outputs)


def findings(text: str | None, group: Group, place: str) -> list[Finding]:
    """The verdict on one manifest that names both pipelines; `text` is None where there is none."""
    differences = list(differing(text, group)) if text is not None else ["is missing"]
    if differences:
        return [Finding("manifest", place, False, f"{one}: apply again") for one in differences]
    return [Finding("manifest", place, True, f"names the {len(expected(group))} renditions that the channel makes")]


def packaged(text: str | None, group: Group, place: str) -> list[Finding]:
    """The verdict on a manifest of MediaPackage, which has names of its own and joins the pipelines."""
    if text is None:
        detail = "is not there: start the channel, and let its policy admit you"
        return [Finding("manifest", place, False, detail, settles=True)]
    try:
        named = list(variants(text))
    except NoManifest as error:
        return [Finding("manifest", place, False, f"is no multivariant manifest: {error}")]
    found: list[Finding] = []
    for output in group.outputs:
        size = (output.width, output.height)
        own = next((one for one in named if one.size == size and not list(_rate(one, output))), None)
        if own is None:
            detail = (
                f"has no rendition of {_size(size)} at {float(output.frame_rate):g} frames a second ({output.name})"
            )
            found.append(Finding("manifest", place, False, detail))
        else:
            named.remove(own)
    for one in named:
        detail = f"has {one.uri} ({_size(one.size or (0, 0))}), which the channel does not make: it was changed on air?"
        found.append(Finding("manifest", place, False, detail))
    told = f"has the {len(group.outputs)} renditions that the channel makes"
    return found or [Finding("manifest", place, True, told)]


def differing(text: str, group: Group) -> Iterator[str]:
    """What is different from what the channel makes, one line each; nothing where all is as it should be."""
    try:
        named = variants(text)
    except NoManifest as error:
        yield f"is no multivariant manifest: {error}"
        return
    wanted = expected(group)
    by_uri = {one.uri: one for one in named}
    for uri in sorted({one.uri for one in named if [other.uri for other in named].count(one.uri) > 1}):
        yield f"names {uri} more than once"
    for uri in by_uri.keys() - {one.uri for one in wanted}:
        yield f"names {uri}, which the channel does not make"
    for one in wanted:
        if one.uri in by_uri:
            yield from _of_variant(by_uri[one.uri], one.output)
        else:
            yield f"does not name {one.uri}, which the channel makes"


def _of_variant(variant: Variant, output: Output) -> Iterator[str]:
    size = (output.width, output.height)
    if variant.size is not None and variant.size != size:
        yield f"says {_size(variant.size)} of {variant.uri}, the channel makes {_size(size)}"
    yield from _rate(variant, output)
    bits = output.video_bits + output.audio_bits
    if not bits <= variant.bandwidth <= MOST * bits:
        yield (
            f"says BANDWIDTH={variant.bandwidth} of {variant.uri}, the channel makes {bits} bits a second; "
            "it is to be a little more than that"
        )


def _rate(variant: Variant, output: Output) -> Iterator[str]:
    rate = float(output.frame_rate)
    if variant.frame_rate is not None and abs(variant.frame_rate - rate) > RATE:
        yield f"says {variant.frame_rate:g} frames a second of {variant.uri}, the channel makes {rate:g}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
