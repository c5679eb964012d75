"""What a drill waits for before it breaks anything."""

from __future__ import annotations

import pytest

from headend.drill.player import ORIGIN_HEADER, Answer
from headend.drill.readiness import await_whole, lacks
from headend.errors import HeadendError

URL = "https://edge/live/index.m3u8"
HIGH, LOW = "https://edge/live/primary_high.m3u8", "https://edge/live/backup_high.m3u8"


def answer(text: str, origin: str = "primary") -> Answer:
    return Answer(200, text.encode(), {ORIGIN_HEADER: origin})


def media(segments: int = 3) -> str:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", "#EXT-X-MEDIA-SEQUENCE:7"]
    return "\n".join(lines + [line for number in range(segments) for line in ("#EXTINF:2,", f"{number}.ts")]) + "\n"


def whole() -> dict[str, Answer]:
    names = [url.rpartition("/")[2] for url in (HIGH, LOW)]
    variants = "".join(f"#EXT-X-STREAM-INF:BANDWIDTH=800000\n{name}\n" for name in names)
    return {URL: answer(f"#EXTM3U\n{variants}"), HIGH: answer(media()), LOW: answer(media())}


def test_nothing_is_lacking_where_every_rendition_comes_from_the_same_origin() -> None:
    assert lacks(URL, whole().__getitem__) is None


@pytest.mark.parametrize(
    ("url", "instead", "said"),
    [
        (URL, Answer(0), f"{URL} is not answered"),
        (URL, answer("<html>"), f"{URL} does not begin with #EXTM3U"),
        (LOW, Answer(404), f"{LOW} is answered with 404"),
        (LOW, answer(media(), "secondary"), f"{LOW} comes from secondary, not from primary"),
        (LOW, answer(media(2)), f"{LOW} names 2 segments, and players begin with 3"),
    ],
    ids=["nothing", "not a manifest", "missing", "the other Region", "too young"],
)
def test_what_is_lacking_is_said(url: str, instead: Answer, said: str) -> None:
    assert lacks(URL, {**whole(), url: instead}.__getitem__) == said


def test_it_is_waited_for_until_it_is_whole() -> None:
    answers = {**whole(), LOW: Answer(404)}
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            answers[LOW] = answer(media())

    await_whole(URL, answers.__getitem__, 2.0, now=lambda: sum(slept), sleep=sleep)
    assert len(slept) == 3


def test_what_does_not_become_whole_is_an_error_with_its_reason() -> None:
    slept: list[float] = []
    answers = {**whole(), LOW: Answer(404)}
    with pytest.raises(HeadendError, match=r"nothing is broken yet, and .*backup_high\.m3u8 is answered with 404"):
        await_whole(URL, answers.__getitem__, 2.0, now=lambda: sum(slept), sleep=slept.append)
    assert sum(slept) == pytest.approx(60.0)
