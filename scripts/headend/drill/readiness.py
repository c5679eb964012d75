"""Whether a workflow is whole, so that a drill shows what its own fault does and not what is left of the last one.

Whole is what a player finds that comes anew: every rendition of the multivariant manifest is there, with as many
segments as a player begins with, and all from the same origin.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

from headend.drill import hls
from headend.drill.hls import ManifestError
from headend.drill.player import BEHIND_SEGMENTS, ORIGIN_HEADER, Answer, Fetch
from headend.errors import HeadendError

PATIENCE = 30.0
"""Segments for which is waited."""
LOOK_SECONDS = 0.5


def await_whole(
    url: str,
    fetch: Fetch,
    segment_seconds: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until the workflow that is played at `url` is whole. Raises HeadendError that says what it lacks."""
    deadline = now() + PATIENCE * segment_seconds
    while lack := lacks(url, fetch):
        if now() >= deadline:
            raise HeadendError(
                f"nothing is broken yet, and {lack}; `headend live start` starts the workflow, `headend verify "
                "manifest` and `headend verify epoch` say what is wrong"
            )
        sleep(LOOK_SECONDS)


def lacks(url: str, fetch: Fetch) -> str | None:
    """The first thing that is not there; None where all is."""
    first = fetch(url)
    if first.status != http.HTTPStatus.OK:
        return _told(url, first)
    try:
        for variant in hls.variants(first.body.decode(), url):
            answer = fetch(variant.url)
            if answer.status != http.HTTPStatus.OK:
                return _told(variant.url, answer)
            if _origin(answer) != _origin(first):
                return f"{variant.url} comes from {_origin(answer)}, not from {_origin(first)}"
            there = len(hls.media(answer.body.decode(), variant.url).segments)
            if there < BEHIND_SEGMENTS:
                return f"{variant.url} names {there} segments, and players begin with {BEHIND_SEGMENTS}"
    except (ManifestError, UnicodeDecodeError) as error:
        return str(error)
    return None


def _told(url: str, answer: Answer) -> str:
    return f"{url} is answered with {answer.status}" if answer.status else f"{url} is not answered"


def _origin(answer: Answer) -> str:
    return answer.headers.get(ORIGIN_HEADER, "")
